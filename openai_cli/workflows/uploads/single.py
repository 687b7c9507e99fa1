"""One file that goes up in parts, with the options of the operation that uploads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...catalog import load
from ...core import request, results
from ...core.errors import UsageError
from ...engine import run as running
from ..transfer import send as transfer
from ..transfer.job import THRESHOLD, Job, job_of, parts, size_of

if TYPE_CHECKING:
    from ...core.context import App
    from ...core.request import FileValue, Request
    from ...engine.gather import Call
    from .options import Sending


def in_parts(file: FileValue, sending: Sending) -> bool:
    """Whether a file goes up in parts: asked for, or large. Raises UsageError for what cannot."""
    steady = isinstance(file.source, str) and Path(file.source).is_file()
    if sending.in_parts and not steady:
        raise UsageError("only a file that can be read again goes up in parts, not a pipe")
    return steady and (sending.in_parts or size_of(Path(str(file.source))) > THRESHOLD)


def fields(call: Call) -> dict[str, Any]:
    """What goes along with the file."""
    return {name: value for name, value in {**call.body, **call.values}.items() if name != "file"}


def send(app: App, call: Call, file: FileValue, sending: Sending) -> results.Result:
    """The API's file object, or the first request where nothing is to be sent."""
    job = job_of(
        str(file.source),
        fields(call),
        filename=file.filename,
        part_size=sending.part_size,
        jobs=sending.jobs,
    )
    if app.option("dry_run") or app.option("curl"):
        return shown_only(app, job)
    running.check_output(app)
    made = send_job(app, job, in_parts=sending.in_parts)
    return finished(app, call, made)


def send_job(app: App, job: Job, *, in_parts: bool) -> dict[str, Any]:
    """Send one file with its progress. Raises OaiError."""
    from ...render.progress import Board

    transfer.prepare(app)
    with Board(app, "sent") as board:
        return transfer.deliver(app, job, progress=board, in_parts=in_parts)


def finished(app: App, call: Call, made: dict[str, Any]) -> results.Result:
    """The result, after waiting where that was asked for."""
    if not app.option("wait"):
        return results.Document(made)
    from ...engine import waiting

    return waiting.finish(app, call, made, {})


# -- instead of sending -----------------------------------------------------------------------


def announcement(job: Job) -> Request:
    """The request that announces a file in parts."""
    told = {
        "bytes": size_of(job.path),
        "filename": job.filename,
        "mime_type": job.mime_type,
    }
    return request.build(load.operation("uploads.create"), {**job.fields, **told})


def shown_only(app: App, job: Job) -> results.Result:
    """The first request of an upload in parts."""
    from ...render import preview
    from ..transfer.job import PART

    count = parts(size_of(job.path), job.part_size or PART)
    follows = "1 part follows" if count == 1 else f"{count} parts follow"
    app.console.note(f"{follows}, and a request that joins what arrived")
    return running.show_request(app, announcement(job), "bearer", preview)
