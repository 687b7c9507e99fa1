"""`oai webhooks trigger`: a signed sample of an event, sent to a handler that is being written."""

from __future__ import annotations

from typing import Any

import typer

from ...core import results, signature
from ...core.context import App
from ...core.errors import OutcomeError, UsageError
from ...core.wire import encode_json
from ...engine.workflow import WorkflowCommand
from . import PORT, samples, secret, sending

app = typer.Typer()


@app.command(cls=WorkflowCommand)
def trigger(
    ctx: typer.Context,
    event: str = typer.Argument(..., metavar="EVENT", help="The event's type: batch.completed."),
    to: str = typer.Option(
        f"http://127.0.0.1:{PORT}/", "--to", metavar="URL", help="Where the handler listens."
    ),
    data: str = typer.Option(
        "", "--data", metavar="JSON|@FILE", help="What the event says of the thing it is about."
    ),
) -> results.Result:
    """Send a signed sample of a webhook event to a handler, and tell what it answered.

    oai webhooks trigger batch.completed
    oai webhooks trigger response.failed --to http://localhost:3000/hook --data '{"id": "resp_1"}'
    """
    context: App = ctx.obj
    if not event:
        raise UsageError("EVENT is empty")
    sending.check_address("--to", to)
    if context.option("curl"):
        why = "--curl: a signature is good for minutes, and a command for curl would outlive it"
        raise UsageError(why, "--dry-run shows the request")
    now = int(context.console.now())
    made = samples.event(event, now, _data(context, data))
    payload = encode_json(made)
    signed = signature.headers(payload, secret.at_hand(context), id=made["id"], timestamp=now)
    if context.option("dry_run"):
        shown = {"method": "POST", "url": to, "headers": signed, "body": made}
        return results.Document(shown)
    return _send(context, to, signed, payload, made)


def _data(app: App, text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        found = app.inputs.document(text, what="--data")
    except ValueError as error:
        raise UsageError(f"--data {error}") from None
    if not isinstance(found, dict):
        raise UsageError("--data wants a JSON object")
    return found


def _send(
    app: App, to: str, headers: dict[str, str], payload: bytes, event: dict[str, Any]
) -> results.Result:
    status, answered = sending.post(app, to, headers, payload)
    problem = None
    if not 200 <= status < 300:
        problem = OutcomeError(f"the handler answered {status}", "the API would try again")
    told = {"event": event, "url": to, "status": status, "answer": answered}
    return results.Document(told, problem=problem)
