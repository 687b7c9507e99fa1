"""Events for the eye: one line each, its type first and ids last, cut to what fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.console import harmless
from ..core.live.base import Lines
from . import cells, documents

if TYPE_CHECKING:
    from ..core.console import Console

SHOWN = 40
BESIDE = ("type", "event_id")
"""Fields that are shown elsewhere, or help nobody."""


class EventLines(Lines):
    """Tells of events of any family."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def feed(self, event: dict[str, Any]) -> str:
        """The event's line."""
        rest = _short({key: value for key, value in event.items() if key not in BESIDE})
        kind = str(event.get("type", "event"))
        text = documents.line(rest) if rest else ""
        return cells.fit(harmless(f"{kind}  {text}".rstrip()), self._console.width) + "\n"


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > 2 * SHOWN:
        return f"{value[:SHOWN]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {key: _short(value[key]) for key in sorted(value, key=_says_little)}
    return [_short(inner) for inner in value] if isinstance(value, list) else value


def _says_little(name: str) -> bool:
    return name.endswith(("id", "_index")) or name == "object"
