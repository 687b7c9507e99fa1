"""How sessions speak and hear: 16-bit samples at 24 kHz inside, the formats of the API outside."""

from __future__ import annotations

import base64
import binascii
from array import array
from functools import lru_cache
from typing import Any

from . import voice
from .errors import ApiError

RATE = voice.RATE
PIECE = RATE // 10
"""Samples in one audio event: a tenth of a second."""
_LONGEST = 15 << 20


@lru_cache(maxsize=4)
def spoken(text: str) -> bytes:
    """A text as sound."""
    return b"".join(voice.utter(text))


def heard(sound: bytes) -> str:
    """What was said: the words, where the sandbox's own voice said them."""
    words = " ".join(voice.exactly(sound) or _understood(sound)).strip()
    return words or f"I heard {len(sound) / 2 / RATE:.1f} seconds of sound."


def _understood(sound: bytes) -> list[str]:
    """The words in sound that has been on its way: loudspeakers, telephones."""
    import numpy

    from .listening import understood

    samples = numpy.frombuffer(sound, "<i2").astype(float)
    return understood(samples, RATE) if len(samples) >= PIECE else []


def decoded(audio: Any, form: str = "audio/pcm") -> bytes:
    """The sound of an event as samples, or an error."""
    if not isinstance(audio, str):
        raise ApiError(400, "'audio' has to be a text.", param="audio", code="invalid_type")
    if len(audio) > _LONGEST * 4 // 3:
        raise ApiError(400, "'audio' holds more than 15 MiB.", param="audio", code="invalid_value")
    try:
        data = base64.b64decode(audio, validate=True)
    except (binascii.Error, ValueError):
        message = "'audio' is not valid base64."
        raise ApiError(400, message, param="audio", code="invalid_value") from None
    if form != "audio/pcm":
        return _widened(data, form)
    if len(data) % 2:
        message = "'audio' does not hold whole 16-bit samples."
        raise ApiError(400, message, param="audio", code="invalid_value")
    return data


def encoded(sound: bytes, form: str = "audio/pcm") -> str:
    """Samples as an event carries them."""
    return base64.b64encode(sound if form == "audio/pcm" else _narrowed(sound, form)).decode()


# -- telephone sound: ITU-T G.711, 8 bits at 8 kHz ------------------------------------------------


def _mu_law(code: int) -> int:
    code = ~code & 0xFF
    size = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return -size if code & 0x80 else size


def _a_law(code: int) -> int:
    code ^= 0x55
    exponent, size = code >> 4 & 7, (code & 0x0F) << 4
    size = size + 8 if not exponent else size + 0x108 << exponent - 1
    return size if code & 0x80 else -size


_LAWS = {"audio/pcmu": _mu_law, "audio/pcma": _a_law}
_tables: dict[str, tuple[list[int], bytes]] = {}


def _table(form: str) -> tuple[list[int], bytes]:
    """The sample of each code, and the nearest code of each sample's upper 12 bits."""
    if form not in _tables:
        law = _LAWS[form]
        samples = [law(code) for code in range(256)]
        by_size = sorted(range(256), key=lambda code: samples[code])
        codes, at = bytearray(), 0
        for step in range(4096):
            sample = step * 16 - 32768
            while at < 255 and abs(samples[by_size[at + 1]] - sample) <= abs(
                samples[by_size[at]] - sample
            ):
                at += 1
            codes.append(by_size[at])
        _tables[form] = (samples, bytes(codes))
    return _tables[form]


def _widened(data: bytes, form: str) -> bytes:
    samples, _ = _table(form)
    return array("h", [samples[code] for code in data for _ in range(RATE // 8000)]).tobytes()


def _narrowed(sound: bytes, form: str) -> bytes:
    _, codes = _table(form)
    samples = array("h", sound)[:: RATE // 8000]
    return bytes(codes[(sample + 32768) >> 4] for sample in samples)
