"""`oai fine-tuning check`: training data checked before it is uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...engine.workflow import WorkflowCommand

if TYPE_CHECKING:
    from .check import Report

app = typer.Typer()

COLUMNS = ("file", "line", "level", "problem")


@app.command("check", cls=WorkflowCommand)
def check_(
    ctx: typer.Context,
    file: str = typer.Argument(..., metavar="FILE", help="The examples, one a line; - is stdin."),
    method: str = typer.Option(
        "",
        "--method",
        metavar="supervised|preference|reinforcement",
        help="What they are for (dpo is preference). Left out: what the first example looks like.",
    ),
    max_tokens: int = typer.Option(
        65536, "--max-tokens", metavar="N", help="Warn about examples longer than about N tokens."
    ),
) -> results.Result:
    """Check a file of training examples. Looked at are roles, order, content, weights, tools and
    their calls, duplicates and length, each problem told with its line. Exit code 2 if there are
    errors; warnings are about what is allowed and hardly meant. The first 1000 problems are listed;
    --max-items sets how many.

    oai fine-tuning check train.jsonl
    oai fine-tuning check pairs.jsonl --method preference -f json
    """
    from ...render.progress import Progress
    from ..jsonl import shown
    from . import formats
    from .check import check

    context: App = ctx.obj
    if method and method not in formats.METHODS:
        wanted = ", ".join(formats.METHODS)
        raise UsageError(f"--method wants one of {wanted}, not {method!r}")
    if max_tokens < 1:
        raise UsageError("--max-tokens wants 1 or more")
    progress = Progress(context, "checked", shown.total([file]))
    try:
        report = check(
            file,
            method,
            max_tokens=max_tokens,
            keep=shown.keep(context),
            progress=progress.add,
            stdin=shown.stdin(context, [file], "the examples"),
        )
    finally:
        progress.clear()
    return shown.result(context, report.as_dict(), report.problems, summary(report), COLUMNS)


def summary(report: Report) -> str:
    """The counts as text for people."""
    from ...render.cells import size
    from ..jsonl.shown import verdict

    rows = [
        ("method", report.method),
        ("examples", f"{report.examples:,}"),
        ("size", size(report.bytes)),
        ("tokens", f"about {report.tokens:,}, the longest example {report.longest:,} (estimates)"),
        ("result", verdict(report.errors, report.warnings)),
    ]
    return "".join(f"{name:<8}  {text}\n" for name, text in rows)
