"""Which of the frames given to a device have been heard by now."""

from __future__ import annotations

from collections import deque

KEPT = 1000


class Timeline:
    """Runs of frames and the moment at which each begins to sound; silence between is no run.

    Times are seconds on the device's clock.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._runs: deque[tuple[float, int]] = deque(maxlen=KEPT)
        self._over = 0
        self.given = 0

    def add(self, at: float, frames: int) -> None:
        """So many more frames begin to sound at `at`."""
        if len(self._runs) == KEPT:
            self._over += self._runs[0][1]
        self._runs.append((at, frames))
        self.given += frames

    def heard(self, now: float) -> int:
        """Frames whose sound is over by `now`."""
        while self._runs and now >= self._runs[0][0] + self._runs[0][1] / self._rate:
            self._over += self._runs.popleft()[1]
        begun = sum(
            min(frames, max(0, round((now - at) * self._rate))) for at, frames in self._runs
        )
        return self._over + begun
