"""`oai webhooks unwrap`: the event in a genuine delivery."""

from __future__ import annotations

import typer

from ...core import results
from ...core.signature import TOLERANCE
from ...engine.workflow import WorkflowCommand
from . import delivery

app = typer.Typer()


@app.command(cls=WorkflowCommand)
def unwrap(
    ctx: typer.Context,
    payload: str = typer.Argument(..., metavar="FILE", help="The body as it came; - is stdin."),
    headers: str = typer.Option(
        "", "--headers", metavar="FILE", help="Its headers, as lines or as a JSON object."
    ),
    tolerance: float = typer.Option(
        TOLERANCE, "--tolerance", metavar="SECONDS", help="How old it may be."
    ),
) -> results.Result:
    """Print the event of a webhook delivery, if it is genuine; exit 8 if not.

    oai webhooks unwrap body.json --headers headers.txt --jq .data.id
    """
    return delivery.event(ctx.obj, payload, headers, tolerance)
