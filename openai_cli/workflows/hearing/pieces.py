"""A recording as files that the API takes: mono, cut where nobody speaks, each made when it is its
turn and gone when the next one is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...catalog.record import Record
from ...core.errors import OaiError, UsageError
from ...core.request import FileValue
from ..sound import decode, encode, ffmpeg
from ..sound.decode import Sound
from ..sound.pcm import WIDTH, Converter
from . import limits
from .cutting import cut
from .sources import Source


class Part(Record):
    """A file to send; it begins `start` seconds after the whole does. `number` counts from 0."""

    file: FileValue
    start: float = 0.0
    number: int = 0


def parts(source: Source, folder: Path) -> Iterator[Part]:
    """The recording itself, or its pieces one after the other; they lie in `folder`.

    Raises OaiError for what is no sound, and for a full disk.
    """
    if not source.longest:
        yield Part(source.file)
        return
    try:
        for part in _pieces(source, folder):
            yield part
            Path(str(part.file.source)).unlink(missing_ok=True)
    except OSError as error:
        raise OaiError(f"cannot write {folder}: {error.strerror or error}") from error


def only(source: Source, folder: Path) -> Part:
    """The recording as one piece. Raises UsageError where it makes several."""
    pieces = _pieces(source, folder)
    part = next(pieces)
    if next(pieces, None) is not None:
        raise UsageError("-f raw shows one answer, and this recording needs several", "use -f json")
    return part


def _pieces(source: Source, folder: Path) -> Iterator[Part]:
    sound = opened(source)
    longest = min(source.longest, limits.PIECE / (sound.rate * WIDTH))
    tape: _Tape | None = None
    try:
        for number, pcm in cut(sound.blocks, sound.rate, longest):
            if tape is None:
                tape = _Tape(source, folder, sound.rate, number, 0.0)
            elif number != tape.number:
                yield tape.part()
                tape = _Tape(source, folder, sound.rate, number, tape.end)
            tape.write(pcm)
        if tape is None:
            raise UsageError(f"{source.file.filename}: there is no sound in it")
        yield tape.part()
    finally:
        sound.close()


def opened(source: Source) -> Sound:
    """The sound, mono. Raises OaiError."""
    if ffmpeg.found():
        name = source.file.filename
        decoder = ffmpeg.Decoder(source.path, name, "-ac", "1", "-ar", str(limits.RATE))
        return Sound(decoder.reader.rate, 1, None, decoder.reader.blocks(), (decoder,))
    found = decode.of_file(source.path)
    if found.channels == 1:
        return found
    convert = Converter(found.rate, found.channels, found.rate, 1).feed
    return Sound(found.rate, 1, found.frames, map(convert, found.blocks), found.behind)


class _Tape:
    """A piece that is being written: FLAC, which loses nothing, or WAV without libsndfile."""

    def __init__(self, source: Source, folder: Path, rate: int, number: int, start: float) -> None:
        form = "flac" if _compresses() else "wav"
        self.number = number
        self._start = start
        self._rate = rate
        self._size = 0
        self._name = f"{Path(source.file.filename).stem}.{form}"
        self._path = folder / f"{number:04}.{form}"
        self._stream = self._path.open("wb")
        self._encoder = encode.encoder(form, self._stream, rate)

    def write(self, pcm: bytes) -> None:
        """More samples. Raises OSError."""
        self._encoder.write(pcm)
        self._size += len(pcm)

    @property
    def end(self) -> float:
        """Where the next piece begins, in seconds."""
        return self._start + self._size / (self._rate * WIDTH)

    def part(self) -> Part:
        """The finished file. Raises OSError."""
        self._encoder.close()
        self._stream.close()
        return Part(FileValue(str(self._path), self._name), self._start, self.number)


def _compresses() -> bool:
    try:
        import soundfile  # noqa: F401
    except (ImportError, OSError):
        return False
    return True
