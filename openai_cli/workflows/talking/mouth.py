"""The model's voice on its way to somebody's ear, and how much of it has been heard.

Sound comes faster than it sounds. It waits here, and only a second of it goes to the loudspeaker
ahead of time, so that it can be stopped at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from ...catalog.record import Record
from ..sound.capture import RATE
from ..sound.pcm import WIDTH

AHEAD = RATE
"""Frames that may wait in the loudspeaker's own queue."""
PIECE = RATE // 25 * WIDTH
"""Bytes handed over at a time."""
SLACK = RATE // 50
"""Frames that a conversion between rates may keep back: they count as heard."""


class Output(Protocol):
    """A loudspeaker, or what stands for one."""

    def write(self, pcm: bytes) -> None:
        """Play this next."""

    def ends(self) -> None:
        """Nothing more comes for now."""

    def clear(self) -> None:
        """Drop what has not sounded yet."""

    def played(self) -> int:
        """Frames that have sounded."""

    def close(self) -> None:
        """Fall silent."""


class Nobody:
    """Where there is no loudspeaker: time passes as if somebody listened, or, without a clock, no
    time at all."""

    def __init__(self, clock: Callable[[], float] | None) -> None:
        self._clock = clock
        self._total = 0
        self._before = 0
        self._since = 0.0

    def write(self, pcm: bytes) -> None:
        """Listen to this next."""
        if self._clock and self.played() >= self._total:
            self._before, self._since = self._total, self._clock()
        self._total += len(pcm) // WIDTH

    def ends(self) -> None:
        """Nothing follows from that."""

    def clear(self) -> None:
        """Listen no further."""
        self._total = self._before = self.played()

    def played(self) -> int:
        """Frames that would have been heard by now."""
        if self._clock is None:
            return self._total
        passed = int((self._clock() - self._since) * RATE)
        return min(self._total, self._before + passed)

    def close(self) -> None:
        """There is nothing to close."""


class Spoken(Record):
    """One answer's sound: how many frames came, and where in all that was played it begins."""

    item: str
    came: int = 0
    start: int = -1
    given: int = 0
    over: bool = False


class Cut(Record):
    """An answer that was stopped: so many milliseconds of it were heard."""

    item: str
    heard: int


class Mouth:
    """Plays answers one after the other. Its methods may be called from any thread.

    With `tape` everything that sounds can be taken back with `heard_sound`.
    """

    def __init__(self, output: Output, *, tape: bool = False) -> None:
        self._output = output
        self._lock = threading.RLock()
        self._waiting: deque[tuple[Spoken, bytes]] = deque()
        self._spoken: deque[Spoken] = deque(maxlen=8)
        self._written = 0
        self._rests = True
        self._tape = bytearray() if tape else None
        self._taped = 0

    def play(self, item: str, pcm: bytes) -> None:
        """More sound of an answer."""
        pcm = pcm[: len(pcm) // WIDTH * WIDTH]
        with self._lock:
            spoken = self._of(item)
            if spoken is None:
                spoken = Spoken(item)
                self._spoken.append(spoken)
            spoken.came += len(pcm) // WIDTH
            for at in range(0, len(pcm), PIECE):
                self._waiting.append((spoken, pcm[at : at + PIECE]))
            self.pump()

    def ended(self, item: str) -> None:
        """All sound of an answer has come."""
        with self._lock:
            if spoken := self._of(item):
                spoken.over = True
            self.pump()

    def _of(self, item: str) -> Spoken | None:
        return next((one for one in reversed(self._spoken) if one.item == item), None)

    def pump(self) -> None:
        """Hand on as much as the loudspeaker is to have; to be called again and again.

        Raises DeviceError when the loudspeaker fails.
        """
        with self._lock:
            while self._waiting and self._written - self._output.played() < AHEAD:
                self._hand_over(*self._waiting.popleft())
            last = self._spoken[-1] if self._spoken else None
            if last and last.over and not self._waiting and not self._rests:
                self._rests = True
                self._output.ends()

    def _hand_over(self, spoken: Spoken, pcm: bytes) -> None:
        if not self._sounds():
            self._written = self._output.played()
            if self._tape is not None:
                self._taped = self._written - len(self._tape) // WIDTH
        if spoken.start < 0:
            spoken.start = self._written
        self._rests = False
        self._output.write(pcm)
        spoken.given += len(pcm) // WIDTH
        self._written += len(pcm) // WIDTH
        if self._tape is not None:
            self._tape += pcm

    def _sounds(self) -> bool:
        return self._written - self._output.played() > SLACK

    @property
    def playing(self) -> bool:
        """Whether something is still to be heard."""
        with self._lock:
            return bool(self._waiting) or self._sounds()

    def came(self, item: str) -> int:
        """Frames of an answer that have come."""
        with self._lock:
            spoken = self._of(item)
            return spoken.came if spoken else 0

    def heard(self, item: str) -> int:
        """Frames of an answer that have been heard."""
        with self._lock:
            spoken = self._of(item)
            if spoken is None or spoken.start < 0:
                return 0
            heard = self._output.played() - spoken.start
            all_heard = heard >= spoken.given - SLACK and spoken.given == spoken.came
            return spoken.came if all_heard else max(0, min(heard, spoken.given))

    def stop(self) -> Cut | None:
        """Fall silent at once; what was cut off, if anything."""
        with self._lock:
            if not self.playing:
                return None
            self._waiting.clear()
            self._output.clear()
            cut = self._cut_short()
            self._written = self._output.played()
            self._rests = True
            if self._tape is not None:
                del self._tape[max(0, self._written - self._taped) * WIDTH :]
            return cut

    def _cut_short(self) -> Cut | None:
        """The first answer that was not heard to its end; what came behind it was not heard."""
        found: Cut | None = None
        for spoken in self._spoken:
            heard = self.heard(spoken.item)
            if heard < spoken.came and spoken.item:
                found = found or Cut(spoken.item, heard * 1000 // RATE)
                spoken.came = spoken.given = heard
                spoken.start = max(spoken.start, 0)
        return found

    def heard_sound(self) -> bytes:
        """The samples that have sounded since the last call; only with `tape`."""
        with self._lock:
            if self._tape is None:
                return b""
            count = max(0, self._output.played() - self._taped) * WIDTH
            found = bytes(self._tape[:count])
            del self._tape[:count]
            self._taped += len(found) // WIDTH
            return found

    def close(self) -> None:
        """Fall silent, and give the loudspeaker back."""
        with self._lock:
            self._waiting.clear()
            self._output.close()
