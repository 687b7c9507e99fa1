"""Commands that hold a session over WebSocket open: a bridge between its events and lines of JSON.

They are made from the facts of the catalog's connects, as `command` makes those of operations.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..catalog import load
from ..core import results
from ..core.errors import UsageError
from .command import FactsCommand
from .extra import Extra, Given, options

if TYPE_CHECKING:
    from typer._click.core import Context

    from ..catalog.model import Operation
    from ..core.context import App
    from .gather import Call

GROUP = "Session"
EXTRAS = (
    Extra(
        "send",
        ("--send",),
        "FILE",
        "Send the events of a file first, one JSON object a line; may be repeated.",
        GROUP,
        "list",
    ),
    Extra(
        "until",
        ("--until",),
        "EVENT",
        "End after an event of this type, `*` standing for anything; may be repeated.",
        GROUP,
        "list",
    ),
    Extra("for", ("--for",), "SECONDS", "End the session after this long.", GROUP),
    Extra(
        "linger",
        ("--linger",),
        "SECONDS",
        "Without --until: at the end of the input, end once the server has been silent for this "
        "long; default 3.",
        GROUP,
    ),
    Extra("fail", ("--fail-on-error",), "", "End at the first error event.", GROUP, "flag"),
)
LINGER = 3.0


class ConnectCommand(FactsCommand):
    """The command of one connect."""

    opens_session = True

    @cached_property
    def operation(self) -> Operation:
        """The handshake's facts and words."""
        return load.socket(self.operation_name)

    def extra_parameters(self) -> list[Any]:
        """The options of the bridge."""
        return [*options(EXTRAS)]

    def invoke(self, ctx: Context) -> Any:
        """Open the session and show its events."""
        app = self.settle(ctx)
        if app.option("wait"):
            raise UsageError(f"--wait: `{ctx.command_path}` starts nothing that can be waited for")
        from ..render.show import show

        show(app, self.run(app, ctx))

    def run(self, app: App, ctx: Context) -> results.Result:
        """The handshake (`--dry-run`), or the session's events. Raises OaiError."""
        from . import gather
        from .run import check_output

        call = gather.gather(app, self.operation, self.own_parameters, ctx.params, take_pipe=False)
        if app.option("dry_run") or app.option("curl"):
            return handshake(app, call)
        check_output(app, streams=True)
        plan = _plan(Given(EXTRAS, ctx.params))
        from .bridge import Bridge

        bridge = Bridge(app, call, plan)
        app.closers.append(bridge.close)
        bridge.open()
        events = islice(bridge.events(), app.option("max_items"))
        return results.Events(events, reader=_reader(app), endless=True)


def _plan(given: Given) -> Any:
    from .bridge import Plan

    until = given.list("until")
    if "" in until:
        raise UsageError("--until is empty", "name a type of event, such as response.done")
    return Plan(
        files=given.list("send"),
        until=until,
        seconds=given.number("for", 0.0, 0.001) if given.text("for") else None,
        linger=given.number("linger", LINGER),
        fail=given.flag("fail"),
    )


def _reader(app: App) -> Any:
    """How a person on a terminal sees events; elsewhere every format is lines of JSON."""
    if not app.console.stdout_tty or app.option("output"):
        return None
    from ..render.event_lines import EventLines

    return EventLines(app.console)


def handshake(app: App, call: Call) -> results.Result:
    """The request that would open the session."""
    from ..core import envelope
    from ..core.request import build
    from ..render import preview

    request = build(call.operation, call.values)
    address = envelope.url(app.settings, request)
    spelled = address.replace("http", "ws", 1)
    app.options.pop("output", None)
    if app.option("curl"):
        text = preview.curl(app, request, call.operation.auth)
        return results.Text(text.replace(address, spelled, 1) + "\n")
    shown = preview.as_json(app, request, call.operation.auth)
    return results.Document({**shown, "url": spelled})
