"""A file becomes a file of the API: in one request, or in parts above a threshold.

prepare(app)                                    once, before any thread sends
send(app, "big.jsonl", "batch")                 the API's file object
send(app, path, "user_data", stop=stop, progress=board)    in a thread of `core.parallel.each`
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ApiError
from ...core.request import FileValue
from .follow import Follower
from .job import JOBS, SINGLE, THRESHOLD, Job, job_of, size_of
from .resumable import run

if TYPE_CHECKING:
    from ...core.context import App
    from ...core.parallel import Stop
    from ...render.progress import Board

UNKNOWN = (404, 405, 501)
"""What a server answers that has no uploads in parts."""


def prepare(app: App) -> None:
    """Make the connection and read the key, in the main thread, before other threads send.

    Raises NoKeyError, UsageError.
    """
    app.api.http.credentials.headers("bearer")


def send(
    app: App,
    path: str | Path,
    purpose: str,
    *,
    stop: Stop | None = None,
    progress: Board | None = None,
    expires_after: Mapping[str, Any] | None = None,
    filename: str = "",
    resumable: bool = False,
    jobs: int = JOBS,
) -> dict[str, Any]:
    """Upload a local file and return the API's file object.

    Up to 256 MiB go in one request, more (or anything, with `resumable`) in parts that are noted
    on disk, so that the same call after an interruption sends only what is missing. May be called
    from several threads at a time, each with another file; `prepare` comes first, in the main
    thread. `progress` shows a line for this file, `stop` ends the sending early. `filename` is what
    the API calls the file; `jobs` parts are on their way at a time.

    Raises UsageError when the file cannot be read, ApiError, NetworkError, `follow.Stopped`.
    """
    fields: dict[str, Any] = {"purpose": purpose}
    if expires_after:
        fields["expires_after"] = dict(expires_after)
    job = job_of(path, fields, filename=filename, jobs=jobs)
    return deliver(app, job, stop=stop, progress=progress, in_parts=resumable)


def deliver(
    app: App,
    job: Job,
    *,
    stop: Stop | None = None,
    progress: Board | None = None,
    in_parts: bool = False,
) -> dict[str, Any]:
    """Send what a job names, in parts if asked or if it is large; see `send`."""
    size = size_of(job.path)
    if not in_parts and size <= THRESHOLD:
        return whole(app, job, stop=stop, progress=progress)
    try:
        return run(app, job, stop=stop, progress=progress)
    except ApiError as error:
        if in_parts or size > SINGLE or error.status not in UNKNOWN:
            raise
    app.console.warn("the server knows no uploads in parts; the file goes in one request")
    return whole(app, job, stop=stop, progress=progress)


def whole(
    app: App, job: Job, *, stop: Stop | None = None, progress: Board | None = None
) -> dict[str, Any]:
    """Send a file in one request."""
    size = size_of(job.path)
    stops = (stop,) if stop else ()
    with progress.lane(job.filename, size) if progress else nullcontext() as lane:
        file = FileValue(str(job.path), job.filename, watch=Follower(lane, stops))
        made: dict[str, Any] = app.api.call("files.create", {**job.fields, "file": file})
    return made
