"""What the rules for an example yield: a level and a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from ..jsonl.findings import ERROR, WARNING, named

Finding = tuple[str, str]
Findings = Iterator[Finding]


def error(place: str, sentence: str) -> Finding:
    """Something that the API refuses, or cannot learn from."""
    return ERROR, f"{place} {sentence}" if place else sentence


def warning(place: str, sentence: str) -> Finding:
    """Something that is allowed and hardly meant."""
    return WARNING, f"{place} {sentence}" if place else sentence


def shown(value: object) -> str:
    """A value in a message: a short text itself, anything else by its type."""
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:39] + "…")
    return named(value)
