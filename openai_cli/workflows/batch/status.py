"""`oai batches status`: how far a job is, running or not, from any terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ...core import results
from ...core.context import App
from ...core.errors import OaiError, UsageError
from ...engine.workflow import WorkflowCommand

if TYPE_CHECKING:
    from .state import State

app = typer.Typer()


@app.command("status", cls=WorkflowCommand)
def status_(
    ctx: typer.Context,
    job: str = typer.Argument(..., metavar="RESULTS", help="The job's results or state file."),
) -> results.Result:
    """Show how far a job of `oai batches run` is. It is read from the job's state file: nothing is
    asked of the API, and a running job is not disturbed.

    oai batches status results.jsonl
    oai batches status results.jsonl -f json --jq .open
    """
    from . import report
    from .state import place, readable

    context: App = ctx.obj
    path = place(job)
    with readable(path) as state:
        found = report.document(context, state)
        if found["status"] != "done":
            found["status"] = "running" if _held(path) else "stopped"
        human = report.human(found) if found["status"] == "done" else _human(state, found)
    return results.Document(found, human=human)


def _held(path: Path) -> bool:
    """Whether a process is at work on the job."""
    from ...core.lock import locked

    try:
        with locked(path, patience=0):
            return False
    except UsageError:
        return False
    except OaiError:
        return True


def _human(state: State, found: dict[str, Any]) -> str:
    from . import report

    text = report.human(found).replace("in progress", found["status"], 1)
    lines = [
        f"{batch['part']:>6}  {batch['status']:<12} {_counts(batch):<18} {batch['batch_id'] or ''}"
        for batch in found["batches"]
    ]
    if lines:
        text += f"\n{'batch':>6}  {'status':<12} {'answered':<18} id\n"
    return text + "".join(line.rstrip() + "\n" for line in lines)


def _counts(batch: dict[str, Any]) -> str:
    counts = batch["request_counts"] or {}
    return f"{counts.get('completed', 0):,} of {batch['requests']:,}"
