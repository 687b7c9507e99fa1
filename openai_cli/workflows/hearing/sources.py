"""What is to be heard: a file as it is, or one that has to be converted or cut first."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ...catalog.record import Record
from ...core.errors import OaiError, UsageError
from ...core.moments import clock
from ...core.request import FileValue
from ..sound import decode, ffmpeg, wav
from ..sound.faults import no_ffmpeg, typed
from ..sound.pcm import WIDTH
from . import limits
from .limits import Split

if TYPE_CHECKING:
    from ...core.context import App

STDIN = "-"
UNNAMED = "stdin"
READ = 1 << 20


class Source(Record):
    """A recording: the file, and where it has to go in pieces, how many seconds they may have.

    `seconds` is how long it is, None where nobody measured it.
    """

    file: FileValue
    longest: float = 0.0
    seconds: float | None = None

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(str(self.file.source))

    @property
    def pieces(self) -> int:
        """About how many pieces it makes; 0 where it goes as it is."""
        if not self.longest:
            return 0
        return math.ceil(self.seconds / self.longest) if self.seconds else 1


def source(file: FileValue, model: str, split: Split) -> Source:
    """What has to be done with a file. Raises OaiError where that cannot be done here, before
    anything is sent."""
    if split.never or not isinstance(file.source, str) or not Path(file.source).is_file():
        return Source(file)
    path = Path(file.source)
    size = path.stat().st_size
    named = limits.kind(file.filename)
    converted = named in limits.OTHERS
    if converted and named == "opus" and _starts(path) == "ogg":
        # The API knows Opus by another name.
        file = FileValue(file.source, str(Path(file.filename).with_suffix(".ogg")))
        converted = False
    seconds = None
    most = limits.longest(model)
    if size > limits.SHORT or split.seconds:
        seconds = length(path)
    sound = size > limits.SHORT and named in limits.TAKEN
    unknown = sound and seconds is None and most < math.inf and bool(ffmpeg.found())
    too_long = (seconds or 0) > min(most, split.seconds or most)
    unmeasured = bool(split.seconds) and seconds is None
    if not (converted or size > limits.LARGEST or too_long or unknown or unmeasured):
        return Source(file, seconds=seconds)
    _check_readable(path, file.filename)
    longest = min(split.seconds or most, most - limits.MARGIN, limits.PIECE_SECONDS)
    return Source(file, longest, seconds)


def _starts(path: Path) -> str:
    with path.open("rb") as stream:
        return limits.sniffed(stream.read(16))


def length(path: Path) -> float | None:
    """Seconds of a recording by its header; None where that does not tell."""
    try:
        with path.open("rb") as stream:
            reader = wav.Reader(stream)
            size = path.stat().st_size if reader.size is None else reader.size
            return size / (reader.rate * reader.channels * WIDTH)
    except wav.NotPlain:
        found = decode.by_library(path)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    if found is None:
        return ffmpeg.seconds(path)
    found.close()
    return found.frames / found.rate if found.frames else None


def _check_readable(path: Path, name: str) -> None:
    """Raise OaiError for what nothing here can decode."""
    if ffmpeg.found():
        return
    with path.open("rb") as stream:
        try:
            wav.Reader(stream)
            return
        except wav.NotPlain:
            pass
    if (found := decode.by_library(path)) is None:
        error = no_ffmpeg(f"converting {name}")
        raise OaiError(error.message, f"{error.hint}; `--split never` sends the file as it is")
    found.close()


def spooled(app: App, file: FileValue, folder: Path) -> FileValue:
    """What comes through a pipe, as a file; one without a name gets one that tells its kind.

    Raises UsageError for a terminal, OaiError for a full disk.
    """
    stream = _stream(app, file)
    start = wav.read_exactly(stream, 16)
    name = file.filename
    found = limits.sniffed(start)
    if name == UNNAMED and found:
        name = f"{UNNAMED}.{found}"
    path = folder / f"{UNNAMED}{Path(name).suffix}"
    try:
        with path.open("wb") as kept:
            kept.write(start)
            while data := stream.read(READ):
                kept.write(data)
    except OSError as error:
        raise OaiError(f"cannot write {path}: {error.strerror or error}") from None
    return FileValue(str(path), name)


def _stream(app: App, file: FileValue) -> wav.Readable:
    if file.source == STDIN:
        if app.console.stdin_tty:
            raise typed()
        assert app.console.stdin is not None
        return app.console.stdin
    return Path(str(file.source)).open("rb")


def piped(file: FileValue) -> bool:
    """Whether a file can be read only once."""
    return file.source == STDIN or (
        isinstance(file.source, str) and not Path(file.source).is_file()
    )


def folder() -> tempfile.TemporaryDirectory[str]:
    """Where pieces lie until they are sent."""
    return tempfile.TemporaryDirectory(prefix="oai-hearing-", ignore_cleanup_errors=True)


def announce(app: App, source: Source) -> None:
    """Say that a recording goes in several pieces."""
    if source.pieces < 2 or app.console.quiet:
        return
    long = clock(source.seconds or 0)
    app.console.note(f"{source.file.filename} is {long} long: {source.pieces} pieces or more")
