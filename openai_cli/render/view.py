"""One object for people: names on the left, values on the right, nested objects indented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.console import harmless
from . import cells

if TYPE_CHECKING:
    from ..core.console import Console


def view(console: Console, value: Any) -> str:
    """The text, ending with a line end."""
    lines = _block(console, value, 0) if isinstance(value, dict | list) else [cells.cell("", value)]
    return "".join(line + "\n" for line in lines)


def _block(console: Console, value: Any, depth: int) -> list[str]:
    indent = "  " * depth
    if isinstance(value, list):
        return [line for item in value for line in _item(console, item, depth)]
    keys = [key for key in value if value[key] is not None]
    longest = max((cells.width(key) for key in keys), default=0)
    lines = []
    for key in keys:
        inner = value[key]
        label = console.style(cells.pad(harmless(key), min(longest, 24)), "2")
        if _nested(inner):
            lines.append(f"{indent}{console.style(harmless(key), '2')}")
            lines.extend(_block(console, inner, depth + 1))
        else:
            lines.extend(_field(indent, label, _text(key, inner)))
    return lines


def _field(indent: str, label: str, text: str) -> list[str]:
    first, *more = text.split("\n")
    if not more:
        return [f"{indent}{label}  {first}".rstrip()]
    return [f"{indent}{label}".rstrip(), *(f"{indent}  {line}" for line in (first, *more))]


def _item(console: Console, item: Any, depth: int) -> list[str]:
    indent = "  " * depth
    if not _nested(item):
        return [f"{indent}- {_text('', item)}"]
    lines = _block(console, item, depth + 1)
    return [f"{indent}- {lines[0].lstrip()}", *lines[1:]] if lines else []


def _nested(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value)
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def _text(key: str, value: Any) -> str:
    return harmless(value) if isinstance(value, str) else cells.cell(key, value) or "-"
