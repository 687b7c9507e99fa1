"""Both sides of a conversation on one tape: the person left, the model right, as they were heard.

The microphone's blocks are the clock. The model's sound is put where it sounded: a run of it stays
whole, and a new run begins where the clock then stands.
"""

from __future__ import annotations

import array
import threading
from collections.abc import Callable
from pathlib import Path

from ...core.errors import UsageError
from ...core.save import check_target
from ..sound import wav
from ..sound.capture import RATE
from ..sound.pcm import WIDTH, as_bytes, samples

LAG = int(0.12 * RATE)
"""Frames by which writing stays behind, so that the model's sound has arrived."""
DRIFT = int(0.1 * RATE)
"""Frames by which a run may stray from the clock before it counts as a new one."""
STEREO = 2


class Tape:
    """Writes a WAV file that is whole at every moment. `heard` gives what the model said since it
    was last asked. Raises UsageError where the file cannot be made."""

    def __init__(self, path: Path, heard: Callable[[], bytes]) -> None:
        check_target(path)
        try:
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror or error}") from None
        self._writer = wav.Writer(self._file, RATE, STEREO)
        self._heard = heard
        self._lock = threading.Lock()
        self._left = bytearray()
        self._right = bytearray()

    def add(self, block: bytes) -> None:
        """The person's next block. Raises OSError."""
        with self._lock:
            if self._file.closed:
                return
            self._left += block
            self._place(self._heard())
            self._write(len(self._left) // WIDTH - LAG)

    def _place(self, heard: bytes) -> None:
        """Put what was heard behind what was heard before, or where it belongs now."""
        if not heard:
            return
        expected = len(self._left) - len(heard)
        if expected - len(self._right) > DRIFT * WIDTH:
            self._right += bytes(expected - len(self._right))
        self._right += heard

    def _write(self, frames: int) -> None:
        if frames <= 0:
            return
        size = frames * WIDTH
        left, right = self._left[:size], self._right[:size]
        mixed = array.array("h", bytes(size * STEREO))
        mixed[::STEREO] = samples(bytes(left).ljust(size, b"\0"))
        mixed[1::STEREO] = samples(bytes(right).ljust(size, b"\0"))
        self._writer.write(as_bytes(mixed))
        del self._left[:size], self._right[:size]

    def close(self) -> None:
        """Write what is left. Raises OSError."""
        with self._lock:
            if not self._file.closed:
                self._place(self._heard())
                self._write(max(len(self._left), len(self._right)) // WIDTH)
                self._file.close()
