"""`oai webhooks verify`: whether a delivery is genuine."""

from __future__ import annotations

import typer

from ...core import results
from ...core.signature import TOLERANCE
from ...engine.workflow import WorkflowCommand
from . import delivery

app = typer.Typer()


@app.command(cls=WorkflowCommand)
def verify(
    ctx: typer.Context,
    payload: str = typer.Argument(..., metavar="FILE", help="The body as it came; - is stdin."),
    headers: str = typer.Option(
        "", "--headers", metavar="FILE", help="Its headers, as lines or as a JSON object."
    ),
    tolerance: float = typer.Option(
        TOLERANCE, "--tolerance", metavar="SECONDS", help="How old it may be."
    ),
) -> results.Result:
    """Tell whether a webhook delivery was signed with your secret: exit 0 or 8.

    oai webhooks verify body.json --headers headers.txt
    """
    delivery.verified(ctx.obj, payload, headers, tolerance)
    return results.Done("the delivery is genuine")
