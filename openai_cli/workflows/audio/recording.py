"""What `oai audio record` does: microphone to file, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ...catalog.record import Record
from ...core import results
from ...core.errors import OaiError, OutcomeError, UsageError
from ...core.save import check_target
from ...render.media import target
from ..sound import wav
from ..sound.capture import Microphone
from ..sound.encode import EXTENSIONS
from ..sound.meter import Meter, clock
from ..sound.outlet import Outlet
from ..sound.pcm import WIDTH
from ..sound.silence import Listener

if TYPE_CHECKING:
    from ...core.context import App

NOBODY = 30.0
"""Seconds without a word after which nobody is expected to speak any more."""


class Ends(Record):
    """When a recording is over: after so many seconds (0: never), and after a pause of so many
    seconds behind speech (0: never)."""

    duration: float = 0.0
    pause: float = 0.0


class Taken(Record):
    """What came of it: how long it is, what interrupted it, and whether nobody spoke."""

    seconds: float = 0.0
    stopped: KeyboardInterrupt | None = None
    nobody: bool = False


def run(app: App, device: str, rate: int, ends: Ends) -> results.Result:
    """Record to the place that the command line means. Raises OaiError."""
    place = _place(app)
    if place is None:
        judge(_record(app, device, rate, ends, _Pipe(app)))
        return results.Shown()
    named = bool(app.option("output"))
    with _file(place, new=not named) as late:
        taken = _record(app, device, rate, ends, late)
    if taken.seconds and not app.console.quiet:
        app.console.note(f"recorded {clock(taken.seconds)} to {late.path}")
    judge(taken)
    if named:
        return results.Shown()
    value = {"file": str(late.path), "seconds": round(taken.seconds, 3)}
    return results.Document(value, human=f"{late.path}\n")


def to_file(app: App, path: Path, device: str, rate: int, ends: Ends) -> Taken:
    """Record to a file. Raises OaiError; `judge` says whether what was taken is any good."""
    with _file(path, new=False) as late:
        return _record(app, device, rate, ends, late)


def judge(taken: Taken) -> None:
    """Ctrl-C is a good end, unless there was nothing to keep yet; SIGTERM is none."""
    stop = taken.stopped
    if stop is not None and (not taken.seconds or type(stop) is not KeyboardInterrupt):
        raise stop
    if taken.nobody:
        raise OutcomeError(f"nobody spoke in {NOBODY:g} s", "is it the right --device?")


# -- where to -----------------------------------------------------------------------------------


def _place(app: App) -> Path | None:
    """The file to write, or the name to begin a new one's with; None for stdout."""
    name = app.option("output")
    if name == "-" or (not name and not app.console.stdout_tty):
        if app.console.stdout_tty:
            raise UsageError("sound is not written to a terminal", "leave -o out, or name a file")
        return None
    moment = datetime.fromtimestamp(app.console.now()).strftime("%Y-%m-%d-%H%M%S")
    fresh = f"recording-{moment}.wav"
    path = target(name, fresh) if name else Path(fresh)
    check(path)
    return path


def check(path: Path) -> None:
    """Raise UsageError where no WAV file can be written, or none is meant."""
    check_target(path)
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "name a file to write to")
    if EXTENSIONS.get(path.suffix.lower(), "wav") != "wav":
        raise UsageError(
            f"recordings are WAV files, and {path} is called another kind",
            f"`oai audio record | ffmpeg -i - {path.name}` makes one",
        )


class _Pipe:
    """stdout, as a place to record to."""

    def __init__(self, app: App) -> None:
        self._app = app

    def open(self) -> wav.Writable:
        """stdout itself."""
        return Outlet(self._app.console)


class _Late:
    """A file that is made when the first sound is there: what stood at its place stays until then.

    It is written where it belongs, not beside: a WAV file is whole after every block.
    """

    def __init__(self, path: Path, new: bool) -> None:
        self.path = path
        self._new = new
        self.stream: BinaryIO | None = None

    def open(self) -> BinaryIO:
        """The open file, unbuffered; a new one never takes the place of another."""
        plain = self.path
        for number in range(2, 1000):
            try:
                self.stream = self.path.open("xb" if self._new else "wb", buffering=0)
                return self.stream
            except FileExistsError:
                self.path = plain.with_stem(f"{plain.stem}-{number}")
            except OSError as error:
                raise UsageError(f"cannot write {self.path}: {error.strerror or error}") from None
        raise UsageError(f"cannot write {plain}: too many of that name")


@contextmanager
def _file(path: Path, *, new: bool) -> Iterator[_Late]:
    late = _Late(path, new)
    try:
        yield late
    except OSError as error:
        raise OaiError(f"cannot write {late.path}: {error.strerror or error}") from error
    finally:
        if late.stream is not None:
            late.stream.close()


# -- recording ----------------------------------------------------------------------------------


def _record(app: App, device: str, rate: int, ends: Ends, place: _Pipe | _Late) -> Taken:
    """Write blocks until the end, whichever comes first; Ctrl-C keeps what was recorded."""
    meter, taken, tape = Meter(app), Taken(), _Tape(place, rate)
    try:
        with Microphone(device, rate) as microphone:
            try:
                for block in _until(microphone.blocks(), rate, ends, meter, taken):
                    tape.write(block)
            except KeyboardInterrupt as stop:
                # What the device has given by now belongs to the recording.
                taken.stopped = stop
                microphone.stop()
                for block in microphone.blocks():
                    tape.write(block)
            _tell_lost(app, microphone.lost)
    finally:
        meter.clear()
    taken.seconds = tape.seconds
    return taken


class _Tape:
    """Opens its place when there is something to write."""

    def __init__(self, place: _Pipe | _Late, rate: int) -> None:
        self._place = place
        self._rate = rate
        self._writer: wav.Writer | None = None

    def write(self, block: bytes) -> None:
        """Another block. Raises OSError."""
        if self._writer is None:
            self._writer = wav.Writer(self._place.open(), self._rate)
        self._writer.write(block)

    @property
    def seconds(self) -> float:
        """How much is written."""
        return self._writer.seconds if self._writer else 0.0


def _until(
    blocks: Iterator[bytes], rate: int, ends: Ends, meter: Meter, taken: Taken
) -> Iterator[bytes]:
    """The blocks up to the end, and the meter beside them."""
    listener = Listener(rate)
    left = int(ends.duration * rate) * WIDTH if ends.duration else None
    for block in blocks:
        listener.hear(block)
        meter.show(listener.seconds, "Ctrl-C ends it", listener.level)
        if left is not None:
            block = block[:left]
            left -= len(block)
        yield block
        if left == 0 or (ends.pause and listener.ended(ends.pause)):
            return
        if ends.pause and not listener.spoken and listener.seconds > NOBODY:
            taken.nobody = True
            return


def _tell_lost(app: App, seconds: float) -> None:
    if seconds:
        app.console.warn(f"{seconds:.1f} s of sound were lost: what reads it is too slow")
