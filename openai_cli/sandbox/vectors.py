"""Texts as vectors: words and pieces of words, hashed, so that similar texts lie close."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from zlib import crc32

_WORD = re.compile(r"\w+")
_PIECE = 3


def features(text: str) -> dict[str, float]:
    """Words and the three-letter pieces of longer ones, with their weights."""
    found: dict[str, float] = {}
    for word in _WORD.findall(text.lower()):
        found[word] = found.get(word, 0.0) + 1.0
        for start in range(len(word) - _PIECE if len(word) > _PIECE else 0):
            piece = f"~{word[start : start + _PIECE]}"
            found[piece] = found.get(piece, 0.0) + 0.4
    return found


def embed(text: str, size: int) -> list[float]:
    """A vector of length one."""
    vector = [0.0] * size
    # A little of everything keeps an empty text from having no direction at all.
    for feature, weight in {"": 0.05, **features(text)}.items():
        hashed = crc32(feature.encode())
        vector[hashed % size] += weight if hashed & 0x10000 else -weight
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]


def likeness(first: dict[str, float], second: dict[str, float]) -> float:
    """The cosine of the angle between two texts' features, from 0 to 1."""
    shared = sum(weight * second[name] for name, weight in first.items() if name in second)
    size = _length(first.values()) * _length(second.values())
    return shared / size if size else 0.0


def _length(weights: Iterable[float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights))
