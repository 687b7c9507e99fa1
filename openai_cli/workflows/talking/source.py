"""Sound that does not come from a microphone: recordings, pipes, and silence.

A recording is spoken in its own time, as a person would; nobody listens faster than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import UsageError
from ..sound import decode
from ..sound.capture import FASTEST, RATE
from ..sound.pcm import WIDTH, Converter

if TYPE_CHECKING:
    from ...core.console import Console
    from ...core.context import App
    from ..sound.decode import Sound

BLOCK = 0.04
"""Seconds of one block."""
SIZE = int(RATE * BLOCK) * WIDTH


def opened(app: App, name: str, rate: int) -> Sound:
    """The sound of a file, or of stdin for `-`; with a `rate` it holds nothing but samples.

    Raises UsageError, and OaiError for what only ffmpeg can read.
    """
    if not 0 <= rate <= FASTEST:
        raise UsageError(f"--rate wants 1 to {FASTEST} Hz, not {rate}")
    path = Path(name).expanduser()
    raw = rate or (RATE if path.name.lower().endswith(decode.RAW) else 0)
    if name == "-":
        stream = app.inputs.stdin_stream("the sound")
        return decode.of_samples(stream, raw, 1) if raw else decode.of_stream(stream, "stdin")
    if not raw:
        return decode.of_file(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    sound = decode.of_samples(file, raw, 1)
    sound.behind = (file,)
    return sound


class Pace:
    """Lets one block after the other pass in its own time."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = console.clock()

    def wait(self) -> None:
        """Until the next block is due. A source that was late does not hurry afterwards."""
        now = self._console.clock()
        if self._next > now:
            self._console.sleep(self._next - now)
        else:
            self._next = now
        self._next += BLOCK


class Recording:
    """A sound, spoken. `fast` leaves time out; with `tail` silence follows until `stop`, as from a
    microphone in a quiet room. While `hold` says so, it waits (and gives silence).

    `over` says whether all of it has been spoken.
    """

    def __init__(
        self,
        console: Console,
        sound: Sound,
        *,
        fast: bool = False,
        tail: bool = False,
        hold: Callable[[], bool] = lambda: False,
    ) -> None:
        self._console = console
        self._sound = sound
        self._fast = fast
        self._tail = tail
        self._hold = hold
        self._stopped = False
        self.over = False

    def blocks(self) -> Iterator[bytes]:
        """Blocks of 24 kHz mono samples. Raises OaiError for broken sound."""
        pace = Pace(self._console)
        for block in self._converted():
            while self._hold() and not self._stopped:
                pace.wait()
                yield bytes(SIZE)
            if self._stopped:
                return
            if not self._fast:
                pace.wait()
            yield block
        self.over = True
        while self._tail and not self._stopped:
            pace.wait()
            yield bytes(SIZE)

    def _converted(self) -> Iterator[bytes]:
        sound = self._sound
        convert = Converter(sound.rate, sound.channels, RATE, 1)
        rest = b""
        for piece in sound.blocks:
            rest += convert.feed(piece)
            whole = len(rest) // SIZE * SIZE
            for at in range(0, whole, SIZE):
                yield rest[at : at + SIZE]
            rest = rest[whole:]
        if rest:
            yield rest

    def stop(self) -> None:
        """No more."""
        self._stopped = True

    def close(self) -> None:
        """Let go what it is read from."""
        self.stop()
        self._sound.close()


def silence(console: Console) -> Recording:
    """Nobody speaks: blocks that only tell the time."""
    return Recording(console, decode.Sound(RATE, 1, 0, iter(())), tail=True)
