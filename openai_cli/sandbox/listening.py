"""Understanding the sandbox's voice in sound that went through a codec, a loudspeaker, a resampler:
the strongest pitch of each moment says which sign it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import voice

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Samples = NDArray[numpy.float64]

HOPS = 4
"""Looks a tone while the call is searched."""
SURE = 0.6
"""Share of the energy that a sign has where it is really there."""
KEPT = 0.8
"""The middle part of a tone, which its neighbours do not reach."""
FINE = 40
"""Steps a tone in which its exact beginning is searched."""
AT_A_TIME = 2000


def understood(samples: Samples, rate: int) -> list[str]:
    """The utterances in mono samples, in order; none where nobody of ours speaks."""
    ear = _Ear(samples, rate)
    found, at = [], 0.0
    while (start := ear.call(at)) is not None:
        heard, at = ear.signs(start)
        found.append(voice.text_of(heard))
    return found


class _Ear:
    def __init__(self, samples: Samples, rate: int) -> None:
        import numpy

        self._np = numpy
        self._samples = samples
        self._tone = rate * voice.TONE / voice.RATE
        self._size = max(8, int(self._tone * KEPT))
        times = numpy.arange(self._size) / rate
        window = numpy.hanning(self._size)
        turns = numpy.outer(times, numpy.array(voice.HERTZ)) * 2 * numpy.pi
        self._waves = numpy.exp(-1j * turns) * window[:, None]
        self._window = window

    def _powers(self, starts: Samples) -> Samples:
        """Share of the energy that each sign has in tones beginning at these places."""
        np = self._np
        edge = (self._tone - self._size) / 2
        first = np.clip(np.rint(starts + edge).astype(int), 0, len(self._samples) - self._size)
        parts = []
        for at in range(0, len(first), AT_A_TIME):
            rows = self._samples[first[at : at + AT_A_TIME, None] + np.arange(self._size)]
            whole = ((rows * self._window) ** 2).sum(axis=1) * self._window.sum() ** 2
            whole /= (self._window**2).sum() * 2
            parts.append(np.abs(rows @ self._waves) ** 2 / np.maximum(whole[:, None], 1e-9))
        made: Samples = np.concatenate(parts)
        return made

    def call(self, after: float) -> float | None:
        """Where the first sign begins behind the next call; None where nobody calls."""
        np = self._np
        starts = np.arange(after, len(self._samples) - self._tone, self._tone / HOPS)
        if not len(starts):
            return None
        there = np.flatnonzero(self._powers(starts)[:, voice.CALL] > SURE)
        if not len(there):
            return None
        # The call is three tones long, and the mark comes right behind it.
        rough = starts[there[0]] + 2.5 * self._tone
        near = rough + np.arange(-1.5 * self._tone, 1.5 * self._tone, self._tone / FINE)
        before = self._powers(near - self._tone)[:, voice.CALL]
        behind = self._powers(near)[:, voice.MARK]
        best = near[int(np.argmax(np.minimum(before, behind)))]
        return float(best + self._tone)

    def signs(self, start: float) -> tuple[list[int], float]:
        """The signs from there up to the mark, and where that was."""
        np = self._np
        starts = np.arange(start, len(self._samples) - self._size, self._tone)
        if not len(starts):
            return [], start
        best = self._powers(starts).argmax(axis=1)
        ends = np.flatnonzero(best >= voice.CALL)
        count = int(ends[0]) if len(ends) else len(best)
        return [int(sign) for sign in best[:count]], start + count * self._tone
