"""Speech and silence, told apart by energy. Pure: blocks in, a judgement out.

The threshold follows the room: it lies a little above the quietest the microphone has heard.
"""

from __future__ import annotations

from .pcm import QUIETEST, WIDTH, level

STEP = 0.02
"""Seconds that are judged at a time."""
ONSET = 0.06
"""Seconds of loudness that make speech; a click is shorter."""
ABOVE = 10.0
"""Decibels over the room's own noise from which on a sound is speech."""
LOWEST, HIGHEST = -55.0, -25.0
"""The threshold in dBFS stays between these whatever the room does."""
AT_FIRST = -45.0
"""How loud in dBFS a room may be taken for before it was quiet once: somebody may be speaking."""
FORGETS, LEARNS = 2.0, 40.0
"""Decibels a second by which the memory of the quietest moment rises, and falls at most: one gap
between two words is no quiet room."""


class Listener:
    """Hears blocks of 16-bit mono samples.

    `level` is the last step's loudness in dBFS, `speaking` whether somebody speaks, `spoken`
    whether anybody ever did, `quiet` how many seconds ago speech ended (or, before any, how long
    nothing was said), `seconds` how much was heard.
    """

    def __init__(self, rate: int, *, hangover: float = 0.25) -> None:
        self._rate = rate
        self._size = max(1, int(rate * STEP)) * WIDTH
        self._hangover = hangover
        self._floor: float | None = None
        self._rest = b""
        self._loud = 0.0
        self.level = QUIETEST
        self.speaking = False
        self.spoken = False
        self.quiet = 0.0
        self.seconds = 0.0

    @property
    def threshold(self) -> float:
        """The loudness in dBFS from which on something counts as speech."""
        floor = QUIETEST if self._floor is None else self._floor
        return min(max(floor + ABOVE, LOWEST), HIGHEST)

    def hear(self, pcm: bytes) -> bool:
        """Judge another block; whether somebody speaks at its end."""
        data = self._rest + pcm
        whole = len(data) // self._size * self._size
        self._rest = data[whole:]
        for at in range(0, whole, self._size):
            self._step(level(data[at : at + self._size]))
        return self.speaking

    def _step(self, loudness: float) -> None:
        self.level = loudness
        self.seconds += STEP
        self._adapt(loudness)
        if loudness >= self.threshold:
            self._loud += STEP
            if self.speaking or self._loud >= ONSET - 1e-9:
                self.speaking = self.spoken = True
                self.quiet = 0.0
                return
        else:
            self._loud = 0.0
        self.quiet += STEP
        if self.quiet > self._hangover:
            self.speaking = False

    def _adapt(self, loudness: float) -> None:
        """The room is as loud as its quietest moment; speech has such moments between words."""
        if self._floor is None:
            self._floor = min(loudness, AT_FIRST)
        elif loudness < self._floor:
            self._floor = max(loudness, self._floor - LEARNS * STEP)
        else:
            self._floor = min(loudness, self._floor + FORGETS * STEP)

    def ended(self, pause: float) -> bool:
        """Whether somebody spoke and has been quiet for so many seconds."""
        return self.spoken and self.quiet >= pause
