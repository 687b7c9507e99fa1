"""`oai batches check`: request files checked before they cost anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ...core import results
from ...core.context import App
from ...engine.workflow import WorkflowCommand

if TYPE_CHECKING:
    from .check_report import Report

app = typer.Typer()

COLUMNS = ("file", "line", "custom_id", "level", "problem")


@app.command("check", cls=WorkflowCommand)
def check_(
    ctx: typer.Context,
    files: list[str] = typer.Argument(
        ..., metavar="FILE", help="Files of requests, one a line; - is stdin."
    ),
) -> results.Result:
    """Check request files: every problem with its line. Counts, size and an estimate of the tokens
    follow. Exit code 2 if a line is wrong. Warnings are about what the API may refuse or what
    `oai batches run` does by itself. The first 1000 problems are listed; --max-items sets how many.

    oai batches check requests.jsonl
    oai batches check part-*.jsonl -f json
    oai batches check requests.jsonl -f csv -o problems.csv
    """
    from ...render.progress import Progress
    from ..jsonl import shown
    from .check import check

    context: App = ctx.obj
    progress = Progress(context, "checked", shown.total(files))
    try:
        report = check(
            files,
            keep=shown.keep(context),
            progress=progress.add,
            stdin=shown.stdin(context, files, "the requests"),
        )
    finally:
        progress.clear()
    return shown.result(context, report.as_dict(), report.problems, summary(report), COLUMNS)


def summary(report: Report) -> str:
    """The counts as text for people."""
    from ...render.cells import size
    from ..jsonl.shown import verdict

    rows = [
        ("requests", f"{report.requests:,}"),
        ("size", size(report.bytes)),
        ("endpoint", _named({file.endpoint for file in report.files})),
        ("model", _named({file.model for file in report.files})),
        ("tokens in", f"about {report.tokens:,} (an estimate{_without(report)})"),
        ("result", verdict(report.errors, report.warnings)),
    ]
    return "".join(f"{name:<9}  {text}\n" for name, text in rows)


def _named(names: set[str]) -> str:
    """The one name that files have which have any."""
    names.discard("")
    return "several" if len(names) > 1 else "".join(names) or "-"


def _without(report: Report) -> str:
    media = sum(file.media for file in report.files)
    return f"; requests with images, sound or files, not counted: {media:,}" if media else ""
