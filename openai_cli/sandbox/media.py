"""Small valid files: a sound, an archive."""

from __future__ import annotations

import math
import struct

from .recordings import wav_head
from .voice import RATE


def pcm(seconds: float = 0.25) -> bytes:
    """A quiet tone as 16-bit samples, one channel, 24 kHz."""
    # 480 Hz: one wave is exactly 50 samples, so that long sounds cost nothing to make.
    wave = [int(6000 * math.sin(2 * math.pi * n / 50)) for n in range(50)]
    return struct.pack("<50h", *wave) * max(1, int(RATE * seconds) // 50)


def wav(seconds: float = 0.25) -> bytes:
    """The tone as a WAV file."""
    data = pcm(seconds)
    return wav_head(len(data)) + data


def archive() -> bytes:
    """An empty zip file."""
    return b"PK\x05\x06" + bytes(18)


def sample(collection: str) -> tuple[bytes, str]:
    """What the content of a member of a collection looks like when nobody uploaded any."""
    if collection.startswith("skills"):
        return archive(), "application/zip"
    if collection.startswith("live"):
        return wav(), "audio/wav"
    return f"Content of a member of {collection} in the sandbox.\n".encode(), "text/plain"
