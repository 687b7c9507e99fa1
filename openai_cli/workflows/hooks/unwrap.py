"""`oai webhooks unwrap`: the event in a genuine delivery."""

from __future__ import annotations

import typer

from ...core import results
from ...engine.workflow import WorkflowCommand
from . import delivery

app = typer.Typer()


@app.command(cls=WorkflowCommand)
def unwrap(
    ctx: typer.Context,
    payload: str = delivery.PAYLOAD,
    headers: str = delivery.HEADERS,
    tolerance: float = delivery.TOLERATED,
) -> results.Result:
    """Print the event of a webhook delivery, if it is genuine; exit 8 if not.

    oai webhooks unwrap body.json --headers headers.txt --jq .data.id
    """
    return delivery.event(ctx.obj, payload, headers, tolerance)
