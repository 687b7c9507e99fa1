"""Tokens, roughly: a word or a sign with the space before it."""

from __future__ import annotations

import json
import re
from typing import Any

_TOKEN = re.compile(r"\s*(?:\w{1,8}|[^\w\s])|\s+")


def split(text: str) -> list[str]:
    """The tokens of a text; joined they are the text again."""
    return _TOKEN.findall(text)


def count(value: Any) -> int:
    """How many tokens a text, or the texts inside a JSON value, amount to."""
    if value is None:
        return 0
    return len(split(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))


def cut(text: str, limit: int | None) -> tuple[str, bool]:
    """The text, or its first `limit` tokens and True if some had to go."""
    pieces = split(text)
    if limit is None or len(pieces) <= limit:
        return text, False
    return "".join(pieces[:limit]), True
