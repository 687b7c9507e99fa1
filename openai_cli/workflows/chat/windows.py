"""How much models can read at once, where it is known, and how much of it a conversation fills."""

from __future__ import annotations

WINDOWS = {
    "gpt-3.5-turbo": 16_385,
    "gpt-4-turbo": 128_000,
    "gpt-4.1": 1_047_576,
    "gpt-4o": 128_000,
    "gpt-4": 8_192,
    "gpt-5": 400_000,
    "o1": 200_000,
    "o3": 200_000,
    "o4-mini": 200_000,
}
"""Context windows in tokens by the beginning of a model's name; the longest beginning counts."""

NEARLY_FULL = 0.8


def window(model: str) -> int | None:
    """The window of a model in tokens; None where nobody told us."""
    name = model.removeprefix("ft:")
    known = [prefix for prefix in WINDOWS if name.startswith(prefix)]
    return WINDOWS[max(known, key=len)] if known else None


def percent(model: str, tokens: int) -> int:
    """How full the window is in percent; 0 where it is not known."""
    size = window(model)
    return tokens * 100 // size if size else 0


def filling(model: str, tokens: int) -> str:
    """How full the window is, in words; empty where it is not known."""
    size = window(model)
    return f"{tokens:,} of {size:,} tokens ({percent(model, tokens)} %)" if size else ""


def nearly_full(model: str, tokens: int) -> bool:
    """Whether it is time to make room."""
    size = window(model)
    return size is not None and tokens > size * NEARLY_FULL
