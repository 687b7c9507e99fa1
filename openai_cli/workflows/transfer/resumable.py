"""A file in parts, begun or taken up again: one process a file, what arrived noted in a journal."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import OaiError, UsageError
from ...core.lock import locked
from .job import LARGEST, PART, Job, parts, size_of
from .journal import VERSION, Damaged, Head, Journal, load, path_of, whose
from .parts import Lost, Parts, changed, same_content

if TYPE_CHECKING:
    from ...core.context import App
    from ...core.parallel import Stop
    from ...render.progress import Board

HOUR = 3600.0
CHANGED, EXPIRED = "the file changed since then", "it has expired"


def run(
    app: App,
    job: Job,
    *,
    stop: Stop | None = None,
    progress: Board | None = None,
    only_resume: bool = False,
) -> dict[str, Any]:
    """Send a file in parts, going on with what an earlier run began.

    With `only_resume` there must be such a beginning, and the file must be the same. Raises
    UsageError, `parts.Changed`, OaiError when another process sends the same file.
    """
    size = size_of(job.path)
    if size > LARGEST:
        raise UsageError(f"{job.path} is larger than 8 GiB, the most that an upload may have")
    if not size:
        raise UsageError(f"{job.path} is empty")
    place = path_of(app, job.path)
    with _alone(place, job):
        journal = _earlier(app, place, job, only_resume)
        resumed = journal is not None
        try:
            return _send(app, job, journal, stop, progress)
        except Lost as error:
            with suppress(OSError):
                place.unlink(missing_ok=True)
            if not resumed:
                raise OaiError(
                    error.message,
                    "an upload has an hour: more --jobs, or a faster connection, may do",
                ) from None
            app.console.warn(f"{error.message}; starting anew")
        return _send(app, job, None, stop, progress)


def _send(
    app: App, job: Job, journal: Journal | None, stop: Stop | None, progress: Board | None
) -> dict[str, Any]:
    journal = journal or _announce(app, job)
    done: dict[str, Any] = Parts(app, job, journal, stop, progress).run()
    return done


@contextmanager
def _alone(place: Path, job: Job) -> Iterator[None]:
    """Nobody else sends this file meanwhile; where no state can be kept there is no telling."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        yield
        return
    if not os.access(place.parent, os.W_OK):
        yield
        return
    with locked(place, 0.0, f"another oai is sending {job.path}"):
        yield


def _earlier(app: App, place: Path, job: Job, only_resume: bool) -> Journal | None:
    """What an earlier run began and this one can go on with. Raises as `run` does."""
    journal = _load(app, place)
    if journal is None:
        if only_resume:
            raise UsageError(
                f"no unfinished upload of {job.path} is known",
                "`oai uploads run FILE --purpose PURPOSE` begins one",
            )
        return None
    why = _why_not(journal, job, only_resume)
    if why == CHANGED and only_resume:
        raise changed(app, job)
    if why:
        _give_up(app, journal, why)
        return None
    count = parts(journal.head.size, journal.head.part_size)
    if not app.console.quiet:
        app.console.note(
            f"going on with {journal.head.upload}: {len(journal.parts)} of {count} parts are there"
        )
    return journal


def _why_not(journal: Journal, job: Job, only_resume: bool) -> str:
    """Why an upload cannot be gone on with; empty if it can."""
    if not only_resume and _other_wishes(job, journal):
        return "it began with other options"
    if not _same_file(job, journal):
        return CHANGED
    if journal.joining:
        # It may be a file already, whatever its age.
        return ""
    elapsed = time.time() - journal.head.begun
    return EXPIRED if elapsed >= journal.head.lifetime else ""


def _load(app: App, place: Path) -> Journal | None:
    try:
        return load(place)
    except Damaged:
        app.console.warn(f"{place} is damaged; what an earlier upload sent has to be sent again")
        return None


def _other_wishes(job: Job, journal: Journal) -> bool:
    head = journal.head
    same = (job.fields, job.filename, job.mime_type) == (head.fields, head.filename, head.mime_type)
    return not same or bool(job.part_size and job.part_size != head.part_size)


def _same_file(job: Job, journal: Journal) -> bool:
    """Whether the file is the one whose parts were sent; a new time alone does not make it
    another."""
    info = job.path.stat()
    head = journal.head
    if info.st_size != head.size:
        return False
    if info.st_mtime_ns != head.mtime_ns:
        if not same_content(job, journal):
            return False
        head.mtime_ns = info.st_mtime_ns
    return True


def _give_up(app: App, journal: Journal, why: str) -> None:
    """Let go of an earlier upload."""
    app.console.warn(f"{journal.head.upload} cannot go on: {why}; starting anew")
    if why != EXPIRED:
        # One that cannot be cancelled expires by itself within the hour.
        with suppress(OaiError):
            app.api.call("uploads.cancel", {"upload_id": journal.head.upload})
    journal.drop()


def _announce(app: App, job: Job) -> Journal:
    """Tell the API of the file, and note what it says."""
    info = job.path.stat()
    told = {"bytes": info.st_size, "filename": job.filename, "mime_type": job.mime_type}
    begun = time.time()
    upload = app.api.call("uploads.create", {**job.fields, **told})
    if not isinstance(upload, dict) or not isinstance(upload.get("id"), str):
        raise OaiError("the API announced an upload without an id")
    created, expires = upload.get("created_at"), upload.get("expires_at")
    lifetime = expires - created if isinstance(created, int) and isinstance(expires, int) else 0
    head = Head(
        VERSION,
        str(job.path.resolve()),
        *whose(app),
        info.st_size,
        info.st_mtime_ns,
        job.part_size or PART,
        job.fields,
        job.filename,
        job.mime_type,
        upload["id"],
        created if isinstance(created, int) else int(begun),
        begun,
        float(lifetime) if lifetime > 0 else HOUR,
    )
    journal = Journal(path_of(app, job.path), head)
    journal.begin()
    return journal
