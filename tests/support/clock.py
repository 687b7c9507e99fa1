"""Time that passes only when somebody sleeps."""

from __future__ import annotations


class FakeTime:
    """A clock and its sleep; `slept` are the naps taken. `interrupt` is pressed in that nap."""

    def __init__(self, interrupt: int = 0) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._interrupt = interrupt

    def clock(self) -> float:
        """Seconds since some moment."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)
        if len(self.slept) == self._interrupt:
            raise KeyboardInterrupt
        self.now += seconds
