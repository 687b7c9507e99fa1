"""`oai uploads resume`: send what an interrupted upload is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ...catalog import load
from ...core import results
from ...core.errors import UsageError
from ...core.request import build
from ...engine import run as running
from ...engine.workflow import WorkflowCommand
from ..transfer import resumable
from ..transfer.job import JOBS, Job, parts, piece
from ..transfer.journal import Journal, unfinished
from ..transfer.send import prepare

if TYPE_CHECKING:
    from ...core.context import App

app = typer.Typer()


@app.command(cls=WorkflowCommand)
def resume(
    ctx: typer.Context,
    which: str = typer.Argument(
        "",
        metavar="FILE|UPLOAD_ID",
        help="The file, or the id of its upload; needless where only one is unfinished.",
    ),
    jobs: int = typer.Option(JOBS, "--jobs", metavar="N", help="Parts on their way at a time."),
) -> results.Result:
    """Go on with an upload that was interrupted: only the parts that did not arrive are sent. A
    file that changed since then is refused; an upload that has expired is begun anew.

    oai uploads resume
    oai uploads resume train.jsonl
    """
    context: App = ctx.obj
    if jobs < 1:
        raise UsageError("--jobs wants 1 or more")
    journal = _find(context, which)
    head = journal.head
    job = Job(Path(head.path), head.fields, head.filename, head.mime_type, head.part_size, jobs)
    if context.option("curl"):
        raise UsageError("curl cannot send a part of a file", "--dry-run shows what comes next")
    if context.option("dry_run"):
        return _next(context, job, journal)
    running.check_output(context)
    from ...render.progress import Board

    prepare(context)
    with Board(context, "sent") as board:
        made = resumable.run(context, job, progress=board, only_resume=True)
    return results.Document(made)


def _find(context: App, which: str) -> Journal:
    """The upload that is meant. Raises UsageError, naming those there are."""
    known = list(unfinished(context))
    if which:
        place = str(Path(which).expanduser().resolve())
        found = [one for one in known if which == one.head.upload or place == one.head.path]
    else:
        found = known
    if len(found) == 1:
        return found[0]
    if not known:
        raise UsageError(
            "no unfinished upload is known here",
            "`oai uploads run FILE --purpose PURPOSE` begins one",
        )
    names = ", ".join(_said(one) for one in known)
    what = f"no unfinished upload of {which} is known" if which else "several are unfinished"
    raise UsageError(what, f"name one of {names}")


def _next(app: App, job: Job, journal: Journal) -> results.Result:
    """The request that comes next, and a note of what is missing."""
    from ...render import preview

    head = journal.head
    count = parts(head.size, head.part_size)
    missing = [index for index in range(count) if index not in journal.parts]
    app.console.note(
        f"{len(missing)} of {count} parts of {head.upload} are missing; a request then joins them"
    )
    values: dict[str, Any] = {"upload_id": head.upload}
    if missing:
        values["data"] = piece(job, head.size, head.part_size, missing[0])
        request = build(load.operation("uploads.parts.create"), values)
    else:
        values["part_ids"] = [journal.parts[index].id for index in range(count)]
        request = build(load.operation("uploads.complete"), values)
    return running.show_request(app, request, "bearer", preview)


def _said(journal: Journal) -> str:
    head = journal.head
    count = parts(head.size, head.part_size)
    return f"{head.path} ({len(journal.parts)} of {count} parts)"
