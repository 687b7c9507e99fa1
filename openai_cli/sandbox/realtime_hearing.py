"""The buffer that sound comes into, and where in it somebody speaks.

Speech is told from silence by its energy alone, in steps of 20 ms: enough for a sandbox, and the
same every time.
"""

from __future__ import annotations

from array import array
from operator import mul

from ..catalog.record import Record
from .call import Object
from .realtime_voice import RATE

STEP = RATE // 50
LOUD = 350.0
"""Root mean square above which a step counts as speech at the usual threshold of 0.5."""
_EAGERNESS = {"low": 1200, "medium": 600, "auto": 600, "high": 300}


class Started(Record):
    """Somebody began to speak; milliseconds since the session began."""

    at: int


class Stopped(Record):
    """Somebody ended; `sound` is what was said, with a little before and after it."""

    at: int
    sound: bytes


class Hearing:
    """Sound as it comes in. `detection` are the settings of turn detection; None: by hand."""

    def __init__(self) -> None:
        self.detection: Object | None = None
        self.speaking = False
        self._kept = bytearray()
        self._rest = b""
        self._at = 0
        self._quiet = 0

    @property
    def now(self) -> int:
        """Milliseconds of sound so far."""
        return self._at * 1000 // RATE

    def add(self, sound: bytes) -> list[Started | Stopped]:
        """Take sound in; what it tells about who speaks."""
        if self.detection is None:
            self._kept += sound
            self._at += len(sound) // 2
            return []
        found: list[Started | Stopped] = []
        data = self._rest + sound
        whole = len(data) - len(data) % (STEP * 2)
        self._rest = data[whole:]
        for start in range(0, whole, STEP * 2):
            happened = self._step(data[start : start + STEP * 2])
            if happened is not None:
                found.append(happened)
        return found

    def _step(self, sound: bytes) -> Started | Stopped | None:
        self._kept += sound
        self._at += STEP
        samples = array("h", sound)
        loud = (sum(map(mul, samples, samples)) / STEP) ** 0.5 > self._threshold
        if loud:
            self._quiet = 0
            if not self.speaking:
                self.speaking = True
                return Started(max(self.now - 20 - self._prefix, 0))
        elif self.speaking:
            self._quiet += 20
            if self._quiet >= self._silence:
                return Stopped(self.now, self.commit())
        else:
            del self._kept[: -self._prefix * RATE // 1000 * 2 or None]
        return None

    def commit(self) -> bytes:
        """What has come since the last commit; the buffer is empty afterwards."""
        sound = bytes(self._kept) + self._rest
        self._at += len(self._rest) // 2
        self.clear()
        return sound

    def clear(self) -> None:
        """Forget what came."""
        self._kept, self._rest, self._quiet, self.speaking = bytearray(), b"", 0, False

    # -- settings -----------------------------------------------------------------------------

    def _setting(self, name: str, default: float) -> float:
        value = (self.detection or {}).get(name)
        return default if value is None else float(value)

    @property
    def _threshold(self) -> float:
        return LOUD * 2 * max(self._setting("threshold", 0.5), 0.05)

    @property
    def _prefix(self) -> int:
        return int(self._setting("prefix_padding_ms", 300))

    @property
    def _silence(self) -> int:
        eager = (self.detection or {}).get("eagerness", "auto")
        usual = _EAGERNESS.get(eager, 600) if self._semantic else 500
        return int(self._setting("silence_duration_ms", usual))

    @property
    def _semantic(self) -> bool:
        return (self.detection or {}).get("type") == "semantic_vad"
