"""The pace of many requests: what the `x-ratelimit-*` headers leave room for, and no sooner than a
429 allows.

The API's limits are buckets that fill up again steadily: `limit` is a bucket's size, `remaining`
what is in it, `reset` the time until it is full. One such bucket for requests and one for tokens
are kept here, taken from at every send and set right by every answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Mapping

from ...core.retry import delay, server_delay

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_KINDS = ("requests", "tokens")
SHORTEST = 0.001


def seconds(text: str) -> float | None:
    """A span as the API writes it (`6ms`, `1m30s`, `2`), in seconds."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        found = _SPAN.findall(text)
    whole = "".join(number + unit for number, unit in found) == text
    return sum(float(number) * _SECONDS[unit] for number, unit in found) if whole else None


class Bucket:
    """What one limit leaves room for."""

    def __init__(self) -> None:
        self._left = math.inf
        self._rate = math.inf
        self._at = 0.0

    def set(
        self, now: float, limit: float, remaining: float, reset: float, on_way: float = 0.0
    ) -> None:
        """The server says how it stands, what is on its way to it not counted."""
        self._left, self._at = remaining - on_way, now
        missing = limit - remaining
        self._rate = missing / reset if missing > 0 and reset > 0 else math.inf

    def take(self, now: float, amount: float) -> None:
        """Something is sent."""
        self._fill(now)
        self._left -= amount

    def wait(self, now: float, amount: float) -> float:
        """Seconds until there is room for so much."""
        self._fill(now)
        return max(0.0, (amount - self._left) / self._rate) if self._left < amount else 0.0

    def _fill(self, now: float) -> None:
        if now > self._at and self._left < math.inf:
            self._left += (now - self._at) * self._rate
        self._at = now


class Pace:
    """Lets requests go one by one. `clock` and `sleep` are the time it goes by."""

    def __init__(
        self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        import asyncio

        self._clock = clock
        self._sleep = sleep
        self._gate = asyncio.Lock()
        self._buckets = {kind: Bucket() for kind in _KINDS}
        self._blocked = 0.0
        self._refused = 0
        self._going = 0
        self._size = 0.0

    @property
    def blocked(self) -> float:
        """Seconds until a 429 lets requests go again."""
        return max(0.0, self._blocked - self._clock())

    async def turn(self) -> None:
        """Wait until a request may go. It must be followed by `back`."""
        async with self._gate:
            while (left := self._wait()) > 0:
                await self._sleep(max(left, SHORTEST))
            now = self._clock()
            for kind, amount in self._need():
                self._buckets[kind].take(now, amount)
            self._going += 1

    def _wait(self) -> float:
        now = self._clock()
        waits = [self._buckets[kind].wait(now, amount) for kind, amount in self._need()]
        return max(self._blocked - now, *waits)

    def _need(self) -> tuple[tuple[str, float], ...]:
        return ("requests", 1.0), ("tokens", self._size)

    def back(self) -> None:
        """A request has come back, with an answer or without."""
        self._going -= 1

    def answered(self, headers: Mapping[str, str], tokens: int) -> None:
        """An answer that was none of 429, with what its headers say, and the tokens it took."""
        self._refused = 0
        if tokens:
            self._size = tokens if not self._size else 0.9 * self._size + 0.1 * tokens
        now = self._clock()
        for kind, amount in self._need():
            limit, remaining = (_number(headers, f"{n}-{kind}") for n in ("limit", "remaining"))
            reset = seconds(headers.get(f"x-ratelimit-reset-{kind}", ""))
            if limit is not None and remaining is not None and reset is not None:
                self._buckets[kind].set(now, limit, remaining, reset, self._going * amount)

    def refused(self, headers: Mapping[str, str]) -> float:
        """A 429: everybody waits as long as it says, or ever longer. Returns the seconds."""
        now = self._clock()
        if self._blocked <= now:
            self._refused += 1
        asked = server_delay(headers)
        pause = asked if asked is not None and 0 <= asked < math.inf else delay(self._refused)
        self._blocked = max(self._blocked, now + pause)
        return pause


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        return float(headers["x-ratelimit-" + name])
    except (KeyError, ValueError):
        return None
