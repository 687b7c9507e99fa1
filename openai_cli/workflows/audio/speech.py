"""`oai audio speech create`: the operation's options, and hearing the speech as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer._click.core import Context

from ...core.errors import UsageError
from ...engine import extra
from ...engine.command import OperationCommand
from ...engine.extra import Extra, Given

if TYPE_CHECKING:
    from ...core import results
    from ...core.context import App
    from ...engine.gather import Call

GROUP = "Sound"
EXTRAS = (
    Extra("play", ("--play",), "", "Play the speech as it arrives.", GROUP, "flag"),
    Extra(
        "device",
        ("--device",),
        "DEVICE",
        "Speaker for --play, as `oai audio devices` names it.",
        GROUP,
    ),
)


class SpeechCommand(OperationCommand):
    """Speech to a file, a pipe or the loudspeaker; texts of any length."""

    def __init__(self, name: str, operation_name: str, _: str = "") -> None:
        super().__init__(name, operation_name)

    def extra_parameters(self) -> list[Any]:
        """What hearing adds."""
        return list(extra.options(EXTRAS))

    def run(self, app: App, ctx: Context) -> results.Result:
        """Gather, then speak; the plain request where something else than sound is asked for."""
        from ...core import results
        from ...core.api import events
        from ...engine import gather, run

        given = Given(EXTRAS, ctx.params)
        call = gather.gather(
            app,
            self.operation,
            self.own_parameters,
            ctx.params,
            lambda call: _format_from_name(app, call),
        )
        plays, device = given.flag("play"), given.text("device")
        if device and not plays:
            raise UsageError("--device says where --play is heard: add --play")
        if plays:
            _check_play(app, call)
        elif _wants_events(app, call):
            run.check_output(app, streams=True)
            return results.Events(events(app.api.open(call.operation, call.values, call.body)))
        elif _is_plain(app, call):
            return run.run(app, call)
        from . import speaking

        return speaking.run(app, call, speaking.Hearing(plays, device))


def _format_from_name(app: App, call: Call) -> None:
    """The file's name decides the format, unless one is given."""
    from ..sound.encode import EXTENSIONS

    name = str(app.option("output") or "").lower()
    form = EXTENSIONS.get("." + name.rpartition(".")[2]) if "." in name else None
    if form and not call.has("response_format"):
        call.values["response_format"] = form


def _wants_events(app: App, call: Call) -> bool:
    """Whether the answer is to be shown as events, each as it comes."""
    shown_only = app.option("dry_run") or app.option("curl")
    as_it_is = shown_only or app.settings.format == "raw"
    return call.get("stream_format") == "sse" and not as_it_is


def _is_plain(app: App, call: Call) -> bool:
    """Whether the answer is not sound to be saved: an untouched answer, a body whose input is no
    text."""
    untouched = app.settings.format == "raw" or app.option("jq")
    events = call.get("stream_format") == "sse"
    return bool(events or untouched or not isinstance(call.get("input"), str))


def _check_play(app: App, call: Call) -> None:
    if call.get("stream_format") == "sse":
        raise UsageError("--play plays sound, not events", "leave --stream-format out")
    if app.settings.format == "raw" or app.option("jq"):
        raise UsageError("--play plays the answer: it cannot be filtered, or printed raw")
