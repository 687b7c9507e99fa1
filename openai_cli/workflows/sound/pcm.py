"""16-bit samples: their level, and their conversion to another rate or number of channels."""

from __future__ import annotations

import array
import math
import sys

WIDTH = 2
"""Bytes of a sample."""
QUIETEST = -96.0
_FULL = 32768.0


def samples(pcm: bytes) -> array.array[int]:
    """Little-endian bytes as numbers; an odd byte at the end is left out."""
    found = array.array("h", pcm[: len(pcm) // WIDTH * WIDTH])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def as_bytes(numbers: array.array[int]) -> bytes:
    """Numbers as little-endian bytes."""
    if sys.byteorder == "big":
        numbers = array.array("h", numbers)
        numbers.byteswap()
    return numbers.tobytes()


def level(pcm: bytes) -> float:
    """The loudness of a block in dBFS: 0 is as loud as can be, -96 is silence."""
    numbers = samples(pcm)
    if not numbers:
        return QUIETEST
    power = sum(number * number for number in numbers) / len(numbers)
    if not power:
        return QUIETEST
    return max(QUIETEST, 10 * math.log10(power / (_FULL * _FULL)))


class Converter:
    """Turns a stream of blocks into another rate and number of channels, block by block.

    Rates are changed by linear interpolation, on the way down after averaging: plain, and good
    enough for speech. Sound servers do better, and are asked first.
    """

    def __init__(self, rate: int, channels: int, to_rate: int, to_channels: int) -> None:
        self._channels = channels
        self._to_channels = to_channels
        self._step = rate / to_rate
        # Averaging over one output step keeps what the new rate cannot carry out of it.
        self._span = max(1, round(self._step))
        self._at = 0.0
        self._rest: list[array.array[int]] = [array.array("h") for _ in range(to_channels)]
        self._same = rate == to_rate and channels == to_channels

    def feed(self, pcm: bytes) -> bytes:
        """The converted sound of the next block; a few frames are kept for the one after."""
        if self._same:
            return pcm
        lanes = self._lanes(samples(pcm))
        if self._step == 1:
            return as_bytes(_interleaved(lanes))
        return as_bytes(_interleaved(self._resampled(lanes)))

    def _lanes(self, numbers: array.array[int]) -> list[array.array[int]]:
        """The channels wanted, each by itself."""
        lanes = [numbers[at :: self._channels] for at in range(self._channels)]
        if self._to_channels == self._channels:
            return lanes
        if self._to_channels > self._channels:
            return [lanes[min(at, self._channels - 1)] for at in range(self._to_channels)]
        mixed = (sum(frame) // self._channels for frame in zip(*lanes, strict=True))
        return [array.array("h", mixed)] * self._to_channels

    def _resampled(self, lanes: list[array.array[int]]) -> list[array.array[int]]:
        made = []
        ends = self._at
        for at, lane in enumerate(lanes):
            line = self._rest[at] + lane
            out, ends, used = self._walk(line)
            self._rest[at] = line[used:]
            made.append(out)
        self._at = ends
        return made

    def _walk(self, line: array.array[int]) -> tuple[array.array[int], float, int]:
        """The new samples, where the next one lies, and how many old ones are done with."""
        out = array.array("h")
        at, span = self._at, self._span
        last = len(line) - span - 1
        while at <= last:
            whole = int(at)
            part = at - whole
            here = sum(line[whole : whole + span]) / span
            there = sum(line[whole + 1 : whole + 1 + span]) / span
            out.append(int(here + (there - here) * part))
            at += self._step
        used = min(int(at), len(line))
        return out, at - used, used


def _interleaved(lanes: list[array.array[int]]) -> array.array[int]:
    if len(lanes) == 1:
        return lanes[0]
    mixed = array.array("h", bytes(WIDTH * len(lanes) * len(lanes[0])))
    for at, lane in enumerate(lanes):
        mixed[at :: len(lanes)] = lane
    return mixed
