"""Commands that hold a session over WebSocket open: a bridge between its events and lines of JSON.

They are made from the facts of the catalog's connects, as `command` makes those of operations.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from typer._click.core import Context, Parameter
from typer.core import TyperCommand

from ..catalog import load
from ..core import results
from ..core.errors import UsageError
from . import globals as global_options
from .extra import Extra, Given, options
from .parameters import make_parameters

if TYPE_CHECKING:
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


class ConnectCommand(TyperCommand):
    """The command of one connect."""

    opens_session = True

    def __init__(self, name: str, socket_name: str) -> None:
        self.socket_name = socket_name
        super().__init__(name, add_help_option=False, rich_markup_mode=None)

    @cached_property
    def operation(self) -> Operation:
        """The handshake's facts and words."""
        return load.socket(self.socket_name)

    @cached_property
    def own_parameters(self) -> list[Any]:
        """The handshake's parameters, then those of the bridge."""
        return [*make_parameters(self.operation), *options(EXTRAS)]

    @property
    def params(self) -> list[Parameter]:
        """Arguments and options: the session's, then the global ones."""
        return [*self.own_parameters, *global_options.options()]

    @params.setter
    def params(self, value: list[Parameter]) -> None:
        """Typer assigns an empty list at the start; there is nothing to keep."""

    def invoke(self, ctx: Context) -> Any:
        """Open the session and show its events."""
        app: App = ctx.obj
        app.options.update(global_options.collect(ctx))
        if app.config.defaults:
            from . import defaults

            defaults.fill_options(app, ctx, self.operation.command)
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
        return results.Events(bridge.events(), reader=_reader(app), endless=True)

    def page(self, ctx: Context) -> str:
        """The help page."""
        from .help import operation_page

        return operation_page(self, ctx)


def _plan(given: Given) -> Any:
    from .bridge import Plan

    return Plan(
        files=given.list("send"),
        until=given.list("until"),
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
