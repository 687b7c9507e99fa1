"""What the commands of sessions share: whether events or text are shown, and `--dry-run`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ...catalog import load
from ...core import results

if TYPE_CHECKING:
    from ...core.context import App

Event = dict[str, Any]


def wants_events(app: App) -> bool:
    """Whether the server's events are the result, rather than what is said."""
    return bool(app.option("jq")) or app.settings.format not in ("auto", "text")


def run(app: App, start: Callable[[bool], Iterator[Event]]) -> results.Result:
    """The events that `start` gives as the result; or, as text, all that it shows by itself.
    `start` is told which."""
    if wants_events(app):
        return results.Events(start(False), endless=True)
    for _ in start(True):
        pass
    return results.Shown()


def previewed(app: App) -> bool:
    """Whether only the request is to be shown."""
    return bool(app.option("dry_run") or app.option("curl"))


def preview(app: App, connect: str, query: dict[str, Any], first: Event) -> results.Result:
    """The handshake, and the event that would come first."""
    from ...engine.connecting import handshake
    from ...engine.gather import Call

    shown = handshake(app, Call(load.socket(connect), query))
    if isinstance(shown, results.Document):
        shown.value = {**shown.value, "events": [first]}
    return shown
