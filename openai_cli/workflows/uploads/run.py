"""`oai uploads run`: a file of any size goes up in parts."""

from __future__ import annotations

from typing import Any

import typer

from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...engine import run as running
from ...engine.reading import local_file
from ...engine.workflow import WorkflowCommand
from ..transfer.job import JOBS, job_of, part_size
from .single import send_job, shown_only

app = typer.Typer()
ANCHOR = "created_at"


@app.command(cls=WorkflowCommand)
def run(
    ctx: typer.Context,
    file: str = typer.Argument(..., metavar="FILE", help="File to upload, up to 8 GiB."),
    purpose: str = typer.Option("", "--purpose", help="What the file is for."),
    filename: str = typer.Option(
        "", "--filename", metavar="NAME", help="Another name for the file."
    ),
    mime_type: str = typer.Option(
        "", "--mime-type", metavar="TYPE", help="Its media type. Left out: what its name says."
    ),
    expires_after: int = typer.Option(
        0,
        "--expires-after.seconds",
        metavar="SECONDS",
        help="Delete the file this long after it was made.",
    ),
    part: str = typer.Option(
        "", "--part-size", metavar="SIZE", help="Size of a part: 16MB, 8MiB, at most 64MiB."
    ),
    jobs: int = typer.Option(JOBS, "--jobs", metavar="N", help="Parts on their way at a time."),
) -> results.Result:
    """Upload a file in parts that survive an interruption. Several are on their way at a time, and
    each is tried again alone. What arrived is noted, so that the same command, or
    `oai uploads resume`, sends only what is missing.

    oai uploads run train.jsonl --purpose fine-tune
    oai uploads run train.jsonl --purpose fine-tune --part-size 16MB --jobs 8
    """
    context: App = ctx.obj
    if not purpose:
        raise UsageError("missing argument: --purpose", "see `oai uploads run --help`")
    if jobs < 1:
        raise UsageError("--jobs wants 1 or more")
    fields: dict[str, Any] = {"purpose": purpose}
    if expires_after:
        fields["expires_after"] = {"anchor": ANCHOR, "seconds": expires_after}
    job = job_of(
        str(local_file(file).source),
        fields,
        filename=filename,
        mime_type=mime_type,
        part_size=part_size(part) if part else 0,
        jobs=jobs,
    )
    if context.option("dry_run") or context.option("curl"):
        return shown_only(context, job)
    running.check_output(context)
    return results.Document(send_job(context, job, in_parts=True))
