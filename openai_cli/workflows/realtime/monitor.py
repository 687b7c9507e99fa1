"""`oai realtime calls monitor`: a call as it goes on."""

from __future__ import annotations

from itertools import islice

import typer

from ...catalog import load
from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...engine.workflow import WorkflowCommand
from .call_lines import CallLines

app = typer.Typer()

SOCKET = "realtime.connect"


@app.command(cls=WorkflowCommand)
def monitor(
    ctx: typer.Context,
    call: str = typer.Argument(..., metavar="CALL_ID", help="ID of the call."),
    only: list[str] = typer.Option(
        [],
        "--events",
        metavar="EVENT",
        help="Tell only events of this type, `*` standing for anything; may be repeated.",
    ),
) -> results.Result:
    """Show what is said in a call, and what the model does, until the call is over. On a terminal
    that is a line for each turn, in a pipe every event as a line of JSON. A connection that drops
    is opened again, up to --max-retries times. Ctrl-C ends the looking, not the call.

    oai realtime calls monitor rtc_123
    oai realtime calls monitor rtc_123 -f text > call.txt
    oai realtime calls monitor rtc_123 --events '*.transcript*.done' --jq .transcript
    """
    from ...engine.bridge import Bridge, Plan
    from ...engine.connecting import handshake
    from ...engine.gather import Call
    from ...engine.run import check_output

    context: App = ctx.obj
    if not call:
        raise UsageError("CALL_ID is empty")
    asked = Call(load.socket(SOCKET), {"call_id": call})
    if context.option("dry_run") or context.option("curl"):
        return handshake(context, asked)
    check_output(context, streams=True)
    bridge = Bridge(context, asked, Plan(listen=True))
    context.closers.append(bridge.close)
    bridge.open()
    events = bridge.events()
    if only:
        from fnmatch import fnmatchcase

        events = (
            event
            for event in events
            if any(fnmatchcase(str(event.get("type")), pattern) for pattern in only)
        )
    events = islice(events, context.option("max_items"))
    return results.Events(events, reader=CallLines(context.console), endless=True)
