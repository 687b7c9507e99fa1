"""Values as short text for people: times, sizes, nested values; widths as terminals count them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..core.console import harmless
from ..core.values import dig
from . import documents

__all__ = ["cell", "dig", "fit", "fit_end", "is_time", "moment", "pad", "size", "width"]

EARLIEST, LATEST = 946_684_800, 4_102_444_800
SIZES = ("B", "kB", "MB", "GB", "TB")


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    import wcwidth

    return max(wcwidth.wcswidth(text), 0)


def pad(text: str, columns: int) -> str:
    """`text` filled up with spaces to that many columns."""
    return text + " " * max(columns - width(text), 0)


def fit(text: str, columns: int) -> str:
    """`text` cut to that many columns, an ellipsis showing where."""
    if width(text) <= columns:
        return text
    kept = ""
    used = 1
    for char in text:
        used += width(char)
        if used > columns:
            break
        kept += char
    return kept + "…"


def fit_end(text: str, columns: int) -> str:
    """The end of `text` in that many columns, an ellipsis showing what is left out."""
    if width(text) <= columns:
        return text
    at, used = len(text), 1
    while at and (used := used + width(text[at - 1])) <= columns:
        at -= 1
    return "…" + text[at:]


def cell(name: str, value: Any) -> str:
    """A field's value in one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(name, value)
    if isinstance(value, str):
        return harmless(" ".join(value.split()))
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return harmless(", ".join(str(item) for item in value))
    return harmless(documents.line(value)) if value else ""


def _number(name: str, value: float) -> str:
    leaf = name.rpartition(".")[2]
    if is_time(leaf, value):
        return moment(value)
    if leaf in ("bytes", "usage_bytes", "size_bytes", "size") or leaf.endswith("_bytes"):
        return size(value)
    return str(value)


def is_time(leaf: str, value: float) -> bool:
    """Whether a number is a Unix time by its name and its size."""
    named = leaf.endswith(("_at", "_time")) or leaf in ("created", "expires")
    return named and EARLIEST < value < LATEST


def moment(seconds: float) -> str:
    """A Unix time in the local time zone."""
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S")


def size(count: float) -> str:
    """A number of bytes with three figures: `1.23 MB`."""
    at = 0
    while count >= 1000 and at < len(SIZES) - 1:
        count /= 1000
        at += 1
    return f"{count:.0f} {SIZES[at]}" if not at else f"{count:.3g} {SIZES[at]}"
