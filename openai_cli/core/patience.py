"""How often to look at something that takes its time, how long, and which failures to sit out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from .errors import ApiError, NetworkError, OaiError, RateLimitError, ServerError, WaitTimeout
from .retry import FINAL_CODES, server_delay

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
SHORTEST_HINT, LONGEST_HINT = 0.1, 300.0
LOOK, LAST_LOOK = 60.0, 5.0
"""Seconds for one look, and what a look gets at least when the time is nearly up."""
PATIENCE = 600.0
"""Without a time-out: seconds of nothing but failed looks after which the last failure is final."""


class Patience:
    """The pace of one wait.

    Seconds between looks are `every`, or what the server asks for, or 1 doubling up to 30.
    `trouble` is told of every look that failed in passing: those are borne until `timeout`, or for
    ten minutes where there is none.
    """

    def __init__(
        self,
        *,
        every: float | None = None,
        timeout: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        trouble: Callable[[OaiError], None] = lambda error: None,
    ) -> None:
        self.timeout = timeout or math.inf
        self.failing = False
        self._every = every
        self._clock = clock
        self._sleep = sleep
        self._trouble = trouble
        self._end = clock() + self.timeout
        self._backoff = FIRST_PAUSE
        self._bad_since = 0.0

    @property
    def left(self) -> float:
        """Seconds until the time is up."""
        return self._end - self._clock()

    @property
    def within(self) -> float:
        """Seconds that one look may take, so that a server that hangs cannot outlast the time."""
        return min(LOOK, max(self.left, LAST_LOOK))

    def bear(self, error: OaiError) -> None:
        """A look failed. Raises the error when it will not pass, or has lasted too long."""
        now = self._clock()
        if not self.failing:
            self.failing, self._bad_since = True, now
        lasted = now - self._bad_since
        if not passes(error) or (self.timeout == math.inf and lasted >= PATIENCE):
            raise error
        self._trouble(error)

    def pause(self, headers: Mapping[str, str], state: Callable[[], str]) -> None:
        """Sleep until the next look; `headers` came with the last one.

        Raises WaitTimeout when there is no time for one: `state()` says what is still going on.
        """
        left = self.left
        if left <= 0:
            raise WaitTimeout(f"{state()} after {self.timeout:g} s")
        self._sleep(min(self._pace(headers), left))

    def _pace(self, headers: Mapping[str, str]) -> float:
        if self._every:
            return self._every
        asked = poll_hint(headers)
        if asked is not None:
            return asked
        pause, self._backoff = self._backoff, min(self._backoff * 2, LONGEST_PAUSE)
        return pause


def poll_hint(headers: Mapping[str, str]) -> float | None:
    """Seconds after which the server wants to be asked again, where it says so in earnest."""
    try:
        asked = float(headers["openai-poll-after-ms"]) / 1000
    except (KeyError, ValueError):
        found = server_delay(headers)
        asked = math.nan if found is None else found
    if not math.isfinite(asked) or asked < 0:
        return None
    return min(max(asked, SHORTEST_HINT), LONGEST_HINT)


def passes(error: OaiError) -> bool:
    """Whether a failed look says nothing about the work: the network, or the server, had a bad
    moment."""
    if isinstance(error, RateLimitError):
        return (error.code or error.type) not in FINAL_CODES
    busy = isinstance(error, ApiError) and error.status in (408, 409)
    return busy or isinstance(error, NetworkError | ServerError)
