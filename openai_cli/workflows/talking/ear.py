"""Sound on its way to the server: a thread that reads blocks and sends them on.

Who may speak when is a `Turns`: always, while a key is held, or until a pause.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ...core.errors import OaiError
from ..sound.capture import RATE
from ..sound.pcm import WIDTH
from ..sound.silence import Listener

APPEND = "input_audio_buffer.append"
SHORTEST = RATE // 10
"""Frames that the server takes for a turn, at least."""
PAUSE = 0.6
"""Seconds of quiet behind speech that end a turn, where we find turns."""
LONGEST = 30.0
"""Seconds after which a turn is ended at the next breath, where we find turns."""
BREATH = 0.15
RELEASE = 4
"""Blocks that still belong to a turn after its key was released: fingers are ahead of mouths."""


class Source(Protocol):
    """Where blocks of samples come from."""

    def blocks(self) -> Iterator[bytes]:
        """Blocks as they come."""

    def stop(self) -> None:
        """No more."""


class Turns(Protocol):
    """Decides about each block, in the ear's thread."""

    def admit(self, block: bytes) -> bool:
        """Whether this block is sent."""

    def over(self) -> bool:
        """Whether a turn has ended with the last block."""

    def left(self) -> bool:
        """At the end of all sound: whether an unfinished turn is left."""


class Always:
    """The server finds the turns."""

    def admit(self, block: bytes) -> bool:
        """It hears everything."""
        return True

    def over(self) -> bool:
        """It finds that out."""
        return False

    def left(self) -> bool:
        """It knows."""
        return False


class Never(Always):
    """Nothing is sent: somebody types, and the blocks only tell the time."""

    def admit(self, block: bytes) -> bool:
        """Not this one either."""
        return False


class Whole(Always):
    """All of the sound is one turn."""

    def __init__(self) -> None:
        self._frames = 0

    def admit(self, block: bytes) -> bool:
        """It belongs to the turn."""
        self._frames += len(block) // WIDTH
        return True

    def left(self) -> bool:
        """The whole turn, if it is one."""
        return self._frames >= SHORTEST


class Held:
    """A turn lasts while a key says so."""

    def __init__(self) -> None:
        self.open = False
        self._after = 0
        self._frames = 0
        self._ended = False

    def press(self) -> None:
        """A turn begins."""
        self.open, self._after = True, 0

    def release(self) -> None:
        """It ends, with what is on its way."""
        self.open, self._after = False, RELEASE

    def admit(self, block: bytes) -> bool:
        """Only inside a turn."""
        self._ended = False
        if not self.open and not self._after:
            return False
        self._frames += len(block) // WIDTH
        if not self.open:
            self._after -= 1
            self._ended = not self._after
        return True

    def over(self) -> bool:
        """The last of it has been sent."""
        if not self._ended:
            return False
        frames, self._frames, self._ended = self._frames, 0, False
        return frames >= SHORTEST

    def left(self) -> bool:
        """A key that is still held when the sound ends."""
        return self._frames >= SHORTEST


class Pauses:
    """A turn ends where somebody pauses, or draws breath after speaking for long."""

    def __init__(self) -> None:
        self._listener = Listener(RATE)
        self._spoke = False
        self._frames = 0

    def admit(self, block: bytes) -> bool:
        """Everything is sent: the server hears better than we do."""
        self._frames += len(block) // WIDTH
        self._spoke |= self._listener.hear(block)
        return True

    def over(self) -> bool:
        """Whether it is quiet behind speech for long enough."""
        long = self._frames > LONGEST * RATE
        if not self._spoke or self._listener.quiet < (BREATH if long else PAUSE):
            return False
        self._spoke, self._frames = False, 0
        return True

    def left(self) -> bool:
        """Whether somebody spoke since the last turn."""
        return self._spoke and self._frames >= SHORTEST


class Ear:
    """Sends what a source gives. `muted` holds sound back; `tap` gets every block, muted or not;
    `commit` is called at the end of a turn, `ended` at the end of all sound, both in the thread."""

    def __init__(
        self,
        source: Source,
        turns: Turns,
        send: Callable[[dict[str, Any]], bool],
        *,
        kind: str = APPEND,
        muted: Callable[[], bool] = lambda: False,
        tap: Callable[[bytes], None] | None = None,
        commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._source = source
        self._turns = turns
        self._send = send
        self._kind = kind
        self._muted = muted
        self._tap = tap
        self._commit = commit
        self._thread = threading.Thread(target=self._listen, daemon=True, name="oai-ear")
        self._problem: OaiError | OSError | None = None
        self.ended = threading.Event()
        self.last = b""

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._source.stop()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def check(self) -> None:
        """Raise what went wrong while listening, if anything did."""
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise problem

    def _listen(self) -> None:
        try:
            for block in self._source.blocks():
                self.take(block)
            if self._turns.left():
                self._commit()
        except (OaiError, OSError) as error:
            self._problem = error
        finally:
            self.ended.set()

    def take(self, block: bytes) -> None:
        """One more block."""
        self.last = block
        if self._tap:
            self._tap(block)
        if self._muted() or not self._turns.admit(block):
            return
        self._send({"type": self._kind, "audio": base64.b64encode(block).decode()})
        if self._turns.over():
            self._commit()
