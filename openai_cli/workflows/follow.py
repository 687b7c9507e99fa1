"""`oai fine-tuning jobs follow`: a job's events as they come, and how its loss went."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer._click.core import Context

from ..catalog import load
from ..core import results
from ..core.context import App
from ..core.errors import OaiError
from ..engine.workflow import WorkflowCommand
from .follow_events import EVENTS, Event, Following
from .follow_text import Losses, Reader, can_draw

app = typer.Typer()

CHECKPOINTS = "fine_tuning.jobs.checkpoints.list"
FOLLOWING = "oai.following"
"""Where the job that is followed stands in `ctx.meta`."""


class FollowCommand(WorkflowCommand):
    """A command that says, after Ctrl-C, how to go on."""

    def invoke(self, ctx: Context) -> Any:
        """Follow, and show."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            if following := ctx.meta.get(FOLLOWING):
                following.say_how_to_go_on()
            raise


@app.command(cls=FollowCommand)
def follow(
    ctx: typer.Context,
    job: str = typer.Argument(..., metavar="FINE_TUNING_JOB_ID", help="ID of the job."),
) -> results.Result:
    """Show what happens in a job as it happens, until it is over. The job's first event comes
    first. The exit code is 0 when it succeeded, 8 when it failed or was cancelled, 7 when
    --wait-timeout was over first. Ctrl-C only ends the looking; --poll-interval says how often to
    look.

    oai fine-tuning jobs follow ftjob-123
    oai fine-tuning jobs follow ftjob-123 -f jsonl > events.jsonl
    oai fine-tuning jobs follow ftjob-123 --wait-timeout 3600 --poll-interval 30
    """
    from ..engine.run import check_output

    context: App = ctx.obj
    if context.option("dry_run") or context.option("curl"):
        return _first_request(context, job)
    check_output(context, streams=True)
    following = Following(context, job)
    ctx.meta[FOLLOWING] = following
    reader = Reader(lambda: following.job)
    return results.Events(_told(context, following), "events", reader=reader)


def _first_request(context: App, job: str) -> results.Result:
    from ..core.request import build
    from ..engine.run import show_request
    from ..render import preview

    operation = load.operation(EVENTS)
    request = build(operation, {"fine_tuning_job_id": job})
    return show_request(context, request, operation.auth, preview)


def _told(context: App, following: Following) -> Iterator[Event]:
    """The events; then the chart, the model's name, and the failure if there was one."""
    losses = Losses()
    for event in following.events():
        losses.add(event.get("data"))
        yield event
    if can_draw(context.console):
        _draw(context, following.job, losses)
    if problem := following.problem():
        raise problem
    model = following.job.get("fine_tuned_model")
    if model and not context.console.quiet:
        context.console.note(f"the new model is {model}")


def _draw(context: App, job: dict[str, Any], losses: Losses) -> None:
    if not losses.enough:
        _add_checkpoints(context, job, losses)
    if drawn := losses.drawn(context.console):
        context.console.note("\n" + drawn, trusted=True)


def _add_checkpoints(context: App, job: dict[str, Any], losses: Losses) -> None:
    """What the checkpoints say, where events say too little; a chart is worth no failure."""
    try:
        for chunk in context.api.pages(CHECKPOINTS, {"fine_tuning_job_id": job["id"]}):
            for point in chunk.items:
                losses.add(point.get("metrics"))
    except OaiError:
        return
