"""How many tokens a text has, roughly: counted from its letters, without a vocabulary.

The weights were fitted to OpenAI's newest public encoding over English and German prose, code, JSON
and nine scripts: prose, code and JSON come out within a tenth, other scripts within a third.
"""

from __future__ import annotations

from typing import Any

_PLAIN = bytes((*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1), ord(" ")))
_LETTER, _WORD, _SIGN = 0.15, 0.5, 0.55
_TWO_BYTES, _THREE_BYTES, _FOUR_BYTES = 0.25, 0.65, 1.2
"""Tokens that a character costs which UTF-8 writes in so many bytes."""


def of_text(text: str) -> float:
    """The tokens of a text, estimated."""
    plain = text.encode("ascii", "ignore")
    signs = len(plain.translate(None, _PLAIN))
    letters = len(plain) - signs - plain.count(b" ")
    found = _LETTER * letters + _WORD * len(plain.split()) + _SIGN * signs
    others = len(text) - len(plain)
    return found + _of_others(text, others, len(plain)) if others else found


def _of_others(text: str, count: int, plain: int) -> float:
    """The tokens of the characters beyond ASCII, by how many bytes they take on average."""
    width = (len(text.encode("utf-8", "replace")) - plain) / count
    if width < 2.4:
        return _TWO_BYTES * count
    return (_THREE_BYTES if width < 3.4 else _FOUR_BYTES) * count


def of_value(value: Any) -> float:
    """The tokens of a JSON value such as a tool's schema: its names, its texts and its signs."""
    if isinstance(value, str):
        return of_text(value)
    if isinstance(value, dict):
        return sum(of_text(key) + 1 + of_value(inner) for key, inner in value.items())
    if isinstance(value, list):
        return sum(of_value(inner) for inner in value)
    return 1.0


_OVERHEAD = 4.0
"""Tokens that the frame of a message costs: its role, its start and its end."""

_UNCOUNTED = frozenset(
    ("id", "call_id", "tool_call_id", "type", "role", "detail", "status", "name", "format")
)
"""Fields of a message or part whose text is not read by the model, or costs next to nothing."""

_MEDIA = frozenset(("image_url", "input_audio", "file", "file_id", "file_data", "file_url", "data"))


def of_content(value: Any) -> tuple[float, bool]:
    """The tokens of a text, of messages or parts, or of one of them; and whether there are images,
    sound or files in it, which are not counted."""
    if isinstance(value, str):
        return of_text(value), False
    if isinstance(value, list):
        return _items(value)
    if isinstance(value, dict):
        return _fields(value)
    return 0.0, False


def _items(items: list[Any]) -> tuple[float, bool]:
    """Messages, parts or texts; whole numbers are tokens themselves, as embeddings take them."""
    found, media = 0.0, False
    for item in items:
        if isinstance(item, int):
            found += 1
        else:
            tokens, some = of_content(item)
            found, media = found + tokens, media or some
    return found, media


def _fields(item: dict[str, Any]) -> tuple[float, bool]:
    """A message, a part of its content, or a call: whatever text stands in it."""
    found, media = _OVERHEAD if "role" in item else 0.0, False
    for name, value in item.items():
        if name in _MEDIA:
            media = True
        elif name not in _UNCOUNTED:
            tokens, some = of_content(value)
            found, media = found + tokens, media or some
    return found, media
