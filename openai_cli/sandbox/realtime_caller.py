"""A phone call in the sandbox: somebody rings, says a few things, and hangs up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from .realtime_link import LONGEST
from .realtime_settings import conversation
from .realtime_talk import TalkSession

LINES = (
    "Hello, my name is Ada.",
    "Could you count to 5 for me?",
    "Who am I?",
)
"""What every caller says, one line after each answer."""
_PAUSE = 0.05
_LOOK = 0.2
"""Seconds between two looks at whether the call has been ended by a request."""


class CallSession(TalkSession):
    """A call under way. `active` says whether it still is; `hang_up` ends it."""

    def __init__(
        self,
        active: Callable[[], bool],
        hang_up: Callable[[], None],
        delay: float,
        pace: float,
    ) -> None:
        settings = conversation("gpt-realtime")
        settings["audio"]["input"]["transcription"] = {"model": "gpt-4o-transcribe"}
        super().__init__(settings, delay, pace)
        self._active = active
        self._hang_up = hang_up
        self._script = self._spoken_by_caller()
        self._next = time.monotonic()

    def left(self) -> None:
        """A call goes on when nobody watches."""

    def idle(self) -> float:
        """What the caller does while nobody else speaks."""
        now = time.monotonic()
        if not self._active():
            self.end(1000, "call ended")
            return LONGEST
        if now < self._next:
            return min(self._next - now, _LOOK)
        pause = next(self._script, None)
        if pause is None:
            self._hang_up()
            self.end(1000, "call ended")
            return LONGEST
        self._next = now + pause
        return 0.0

    def _spoken_by_caller(self) -> Iterator[float]:
        at = 0
        for line in LINES:
            yield _PAUSE
            self.speech_started(at)
            at += 60 * len(line)
            yield _PAUSE
            self.speech_stopped(at, line)
            at += 2000
        yield _PAUSE
