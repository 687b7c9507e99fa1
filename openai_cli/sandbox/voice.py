"""The sandbox's voice: text as tones, so that what was spoken can be understood again.

Each half of a byte is one of sixteen tones; a call tone and a mark stand before an utterance, two
marks behind it. A tone lasts a fiftieth of a second and holds whole waves, so that one passes into
the next without a click, and utterances may be joined. Samples are 16-bit, mono, 24 kHz.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from functools import cache

RATE = 24_000
TONE = 480
"""Samples of a tone."""
LOUDNESS = 8000
CALL, MARK = 16, 17
HERTZ = (*range(600, 2200, 100), 2400, 2700)
"""The pitch of each half byte, then of the call and the mark."""
OPENING = (CALL, CALL, CALL, MARK)
CLOSING = (MARK, MARK)
MOST = 1 << 16
"""Bytes of text that are spoken, at most."""


@cache
def tone(sign: int) -> bytes:
    """The samples of one sign."""
    step = 2 * math.pi * HERTZ[sign] / RATE
    wave = (int(LOUDNESS * math.sin(step * at)) for at in range(TONE))
    return struct.pack(f"<{TONE}h", *wave)


def signs(text: str) -> Iterator[int]:
    """The tones of a text, in order."""
    yield from OPENING
    for byte in text.encode()[:MOST]:
        yield byte >> 4
        yield byte & 15
    yield from CLOSING


def size(text: str) -> int:
    """How many bytes of samples a text takes."""
    halves = 2 * min(len(text.encode()), MOST)
    return (len(OPENING) + halves + len(CLOSING)) * TONE * 2


def utter(text: str, at_a_time: int = 8) -> Iterator[bytes]:
    """The samples of a text, a few tones at a time."""
    waiting: list[bytes] = []
    for sign in signs(text):
        waiting.append(tone(sign))
        if len(waiting) == at_a_time:
            yield b"".join(waiting)
            waiting.clear()
    if waiting:
        yield b"".join(waiting)


def exactly(pcm: bytes) -> list[str]:
    """The utterances in samples that nothing has changed since they were spoken."""
    known = {tone(sign): sign for sign in range(len(HERTZ))}
    opening = b"".join(tone(sign) for sign in OPENING)
    found, width = [], TONE * 2
    at = pcm.find(opening)
    while at >= 0:
        at += len(opening)
        heard = []
        while (sign := known.get(pcm[at : at + width], MARK)) != MARK:
            heard.append(sign)
            at += width
        found.append(text_of(heard))
        at = pcm.find(opening, at)
    return found


def text_of(heard: list[int]) -> str:
    """Half bytes as text; what was misheard becomes a replacement character."""
    pairs = zip(heard[::2], heard[1::2], strict=False)
    return bytes((high & 15) << 4 | low & 15 for high, low in pairs).decode(errors="replace")
