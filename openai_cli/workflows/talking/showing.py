"""What the commands of sessions share: whether events or text are shown, and `--dry-run`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ...catalog import load
from ...core import results
from ...core.errors import UsageError

if TYPE_CHECKING:
    from ...core.context import App

Event = dict[str, Any]


def wants_events(app: App) -> bool:
    """Whether the server's events are the result, rather than what is said."""
    return bool(app.option("jq")) or app.settings.format not in ("auto", "text")


def check_stdout(app: App, sound: str) -> None:
    """Raise UsageError where sound (for `-`) and events would both go to stdout."""
    if sound == "-" and wants_events(app) and app.option("output") in (None, "", "-"):
        raise UsageError("stdout cannot carry both the sound and the events", "save one in a file")


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
