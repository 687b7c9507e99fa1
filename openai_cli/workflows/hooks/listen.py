"""`oai webhooks listen`: a receiver on this machine, for writing and trying handlers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...core.live import Lines
from ...core.wire import is_loopback
from ...engine.workflow import WorkflowCommand
from . import PORT, delivery, secret, sending
from .inbox import Inbox

app = typer.Typer()

DOCUMENTS = ("json", "yaml")
LAST_PORT = 65535


@app.command(cls=WorkflowCommand)
def listen(
    ctx: typer.Context,
    port: int = typer.Option(PORT, "--port", "-p", help="Port to listen on; 0 takes a free one."),
    host: str = typer.Option("127.0.0.1", "--host", help="Address to listen on."),
    public: bool = typer.Option(False, "--public", help="Allow an address beyond this machine."),
    forward_to: str = typer.Option(
        "", "--forward-to", metavar="URL", help="Pass each delivery on to this address."
    ),
    events: str = typer.Option(
        "", "--events", metavar="A,B", help="Only these types of events; * stands for anything."
    ),
    tolerance: float = delivery.TOLERATED,
    print_secret: bool = typer.Option(
        False, "--print-secret", help="Print the signing secret in use, and end."
    ),
) -> results.Result:
    """Receive webhook deliveries: verify each, print its event, and pass it on if you like.

    oai webhooks listen --port 4242
    oai webhooks listen --events 'batch.*' --forward-to http://localhost:3000/hook
    """
    context: App = ctx.obj
    key = secret.at_hand(context)
    if print_secret:
        return results.Text(key + "\n")
    _check(context, port, host, public=public)
    delivery.check_tolerance(tolerance)
    if forward_to:
        sending.check_address("--forward-to", forward_to)
    wanted = [name.strip() for name in events.split(",") if name.strip()]
    heard = _events(context, key, wanted, tolerance, (host, port), forward_to)
    # As one document, events are what they are, all of them.
    reader = None if context.settings.format in DOCUMENTS else Told()
    return results.Events(heard, reader=reader, endless=True)


def _check(app: App, port: int, host: str, *, public: bool) -> None:
    """Raise UsageError for what cannot be listened to, or not be shown."""
    from ...engine.run import check_output

    check_output(app, streams=True)
    style = app.settings.format
    if style in DOCUMENTS and app.option("max_items") is None and not app.option("jq"):
        raise UsageError(f"-f {style} waits for the last event", "use -f jsonl, or --max-items N")
    if not 0 <= port <= LAST_PORT:
        raise UsageError(f"--port wants 0 to {LAST_PORT}")
    if not is_loopback(host) and not public:
        raise UsageError(f"{host} can be reached from other machines", "add --public to mean it")


def _events(
    app: App,
    key: str,
    wanted: list[str],
    tolerance: float,
    place: tuple[str, int],
    forward_to: str,
) -> Iterator[dict[str, Any]]:
    """The events of genuine deliveries as they come, each passed on as well."""
    from .listening import closed_by_interrupt, listening
    from .receiver import Receiver

    inbox = Inbox(most=app.option("max_items"))
    receiver = Receiver(key, inbox, wanted, tolerance, app.console.warn, app.console.now)
    with listening(receiver, *place) as address, _forwarder(app, forward_to) as forward:
        if not app.console.quiet:
            app.console.note(f"listening on {address} (Ctrl-C ends it)")
        with closed_by_interrupt(inbox):
            for found in inbox.deliveries():
                forward(found)
                yield found.event


@contextmanager
def _forwarder(app: App, to: str) -> Iterator[Any]:
    if not to:
        yield lambda _: None
        return
    from .forwarding import Forwarder

    forwarder = Forwarder(app, to)
    try:
        yield forwarder.send
    finally:
        forwarder.close()


class Told(Lines):
    """Events as lines for people: when, what happened, to what."""

    def feed(self, event: dict[str, Any]) -> str:
        """The event's line."""
        data = event.get("data")
        fields = data.items() if isinstance(data, dict) else ()
        about = next((str(value) for name, value in fields if _is_id(name)), "")
        kind, about = (" ".join(text.split()) for text in (event["type"], about))
        return f"{time.strftime('%H:%M:%S')}  {kind}  {about}".rstrip() + "\n"


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")
