"""`oai webhooks listen`: a receiver on this machine, for writing and trying handlers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import typer

from ...core import results
from ...core.context import App
from ...core.errors import OaiError, UsageError
from ...core.live import Quiet
from ...core.signature import TOLERANCE
from ...core.wire import is_loopback
from ...engine.workflow import WorkflowCommand
from . import PORT, secret
from .inbox import Inbox

app = typer.Typer()


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
    tolerance: float = typer.Option(
        TOLERANCE, "--tolerance", metavar="SECONDS", help="How old a delivery may be."
    ),
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
    if not is_loopback(host) and not public:
        raise UsageError(f"{host} can be reached from other machines", "add --public to mean it")
    if forward_to and not forward_to.startswith(("http://", "https://")):
        raise UsageError(f"--forward-to wants an http:// or https:// address, not {forward_to!r}")
    wanted = [name.strip() for name in events.split(",") if name.strip()]
    heard = _events(context, key, wanted, tolerance, (host, port), forward_to)
    return results.Events(heard, reader=Lines(), endless=True)


def _events(
    app: App,
    key: str,
    wanted: list[str],
    tolerance: float,
    place: tuple[str, int],
    forward_to: str,
) -> Iterator[dict[str, Any]]:
    """The events of genuine deliveries as they come, each passed on as well."""
    from .listening import listening
    from .receiver import Receiver

    inbox = Inbox()
    receiver = Receiver(key, inbox, wanted, tolerance, app.console.warn, app.console.now)
    with listening(receiver, *place) as address, _forwarder(app, forward_to) as forward:
        if not app.console.quiet:
            app.console.note(f"listening on {address} (Ctrl-C ends it)")
        for delivery in islice(inbox.deliveries(), app.option("max_items")):
            forward(delivery)
            yield delivery.event


@contextmanager
def _forwarder(app: App, to: str) -> Iterator[Any]:
    if not to:
        yield lambda delivery: None
        return
    from .forwarding import Forwarder

    forwarder = Forwarder(app, to)
    try:
        yield forwarder.send
    finally:
        forwarder.close()


class Lines(Quiet):
    """Events as lines for people: when, what happened, to what."""

    def feed(self, event: dict[str, Any]) -> str:
        """The event's line."""
        data = event.get("data")
        about = next((str(v) for k, v in data.items() if _is_id(k)), "") if data else ""
        return f"{time.strftime('%H:%M:%S')}  {event.get('type')}  {about}".rstrip() + "\n"

    def final(self) -> Any:
        """There is no whole."""
        return None

    def problem(self) -> OaiError | None:
        """Nothing can be wrong with what is genuine."""
        return None

    def text(self, document: Any) -> str | None:
        """Events are never one document."""
        return None

    def rest(self) -> str:
        """Nothing is held back."""
        return ""


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")
