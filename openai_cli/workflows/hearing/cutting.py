"""Long sound cut where it is quietest. Pure: samples in, numbered samples out.

Only the stretch in which a cut may lie is kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from ..sound.pcm import WIDTH, samples

WINDOW = 60.0
"""Seconds before the longest piece is full in which a quiet place is looked for."""
SHARE = 3
"""Of short pieces, the last third."""
STEP = 0.02
QUIET = 0.4
"""Seconds over which a place has to be quiet."""
LEAST = 0.5
"""Seconds that the last piece has at least: the API refuses less than a tenth of one."""


def cut(blocks: Iterable[bytes], rate: int, longest: float) -> Iterator[tuple[int, bytes]]:
    """16-bit mono samples, each run with the number of its piece, from 0; no piece is longer than
    `longest` seconds."""
    cutter = _Cutter(rate, longest)
    for block in blocks:
        yield from cutter.feed(block)
    yield from cutter.end()


class _Cutter:
    """`out` bytes of the piece went on already, `held` may still be cut."""

    def __init__(self, rate: int, longest: float) -> None:
        self._rate = rate
        self._limit = max(self._bytes(longest), WIDTH * SHARE)
        self._window = min(self._bytes(WINDOW), self._limit // SHARE // WIDTH * WIDTH)
        self._least = min(self._bytes(LEAST), self._window)
        self._held = bytearray()
        self._out = 0
        self._number = 0

    def _bytes(self, seconds: float) -> int:
        return int(seconds * self._rate) * WIDTH

    def feed(self, block: bytes) -> Iterator[tuple[int, bytes]]:
        self._held += block
        while self._out + len(self._held) >= self._limit + self._least:
            yield from self._cut()
        yield from self._give(self._limit - self._window - self._out)

    def end(self) -> Iterator[tuple[int, bytes]]:
        if self._out + len(self._held) > self._limit:
            yield from self._cut()
        yield from self._give(len(self._held))

    def _cut(self) -> Iterator[tuple[int, bytes]]:
        first = max(self._limit - self._window - self._out, 0)
        last = min(self._limit - self._out, len(self._held) - self._least)
        at = first + quietest(bytes(self._held[first:last]), self._rate)
        yield from self._give(at)
        self._number += 1
        self._out = 0

    def _give(self, count: int) -> Iterator[tuple[int, bytes]]:
        if count > 0 and self._held:
            data = bytes(self._held[:count])
            del self._held[:count]
            self._out += len(data)
            yield self._number, data


def quietest(pcm: bytes, rate: int) -> int:
    """The byte at which the quietest place of some samples has its middle: the last one of several;
    the end of samples that are too short to tell."""
    size = max(1, int(rate * STEP)) * WIDTH
    steps = [_power(pcm[at : at + size]) for at in range(0, len(pcm) - size + 1, size)]
    span = min(max(1, round(QUIET / STEP)), len(steps) // 4)
    if not span:
        return len(pcm)
    sums = [0, *accumulate(steps)]
    places = range(len(steps) - span + 1)
    best = min(reversed(places), key=lambda at: sums[at + span] - sums[at])
    return (best * size + span * size // 2) // WIDTH * WIDTH


def _power(pcm: bytes) -> int:
    return sum(number * number for number in samples(pcm))
