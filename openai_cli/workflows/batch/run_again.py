"""`oai batches resume`: a job carried on."""

from __future__ import annotations

import typer

from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...engine.workflow import WorkflowCommand

app = typer.Typer()


@app.command("resume", cls=WorkflowCommand)
def resume_(
    ctx: typer.Context,
    job: str = typer.Argument(..., metavar="RESULTS", help="The job's results or state file."),
    failed: bool = typer.Option(False, "--failed", help="Try again what failed for good."),
    no_wait: bool = typer.Option(
        False, "--no-wait", help="Take the answers that are there, start what can be, and leave."
    ),
    jobs: int = typer.Option(
        None, "--jobs", metavar="N", help="Requests at a time, for a job begun with --now."
    ),
) -> results.Result:
    """Carry on a job of `oai batches run`, wherever it stopped. It knows its files, its batches and
    every answer that came. No batch is started twice.

    oai batches resume results.jsonl
    oai batches resume results.jsonl --no-wait
    oai batches resume results.jsonl --failed
    """
    from . import report, state_lines
    from .run_job import carry_on, held
    from .state import NotBegun, look, opened, place, readable

    context: App = ctx.obj
    path = place(job)
    if context.option("dry_run"):
        with readable(path) as state:
            return results.Document(report.document(context, state))
    if jobs is not None and jobs < 1:
        raise UsageError("--jobs wants 1 or more")
    look(path)
    with held(path), opened(path) as state:
        if not state.fact("planned"):
            raise NotBegun(path)
        if jobs:
            state.note(settings={**state.settings, "jobs": jobs})
        if failed:
            with state.transaction():
                if state_lines.reopen(state):
                    state.note(ended=None, round=state.fact("round", 0) + 1)
        return carry_on(context, state, wait=not no_wait)
