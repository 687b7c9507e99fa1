"""`oai webhooks verify`: whether a delivery is genuine."""

from __future__ import annotations

import typer

from ...core import results
from ...engine.workflow import WorkflowCommand
from . import delivery

app = typer.Typer()


@app.command(cls=WorkflowCommand)
def verify(
    ctx: typer.Context,
    payload: str = delivery.PAYLOAD,
    headers: str = delivery.HEADERS,
    tolerance: float = delivery.TOLERATED,
) -> results.Result:
    """Tell whether a webhook delivery was signed with your secret: exit 0 or 8.

    oai webhooks verify body.json --headers headers.txt
    """
    delivery.verified(ctx.obj, payload, headers, tolerance)
    return results.Done("the delivery is genuine")
