"""A file goes up in parts: several at a time, each tried again alone, what arrived noted on disk.

The parts' order in the file is their number, whatever finished first. The whole file is hashed
beside the sending, so that the API can tell whether what it joined is what is here.
"""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from ...catalog import load
from ...core.api import decode
from ...core.errors import ApiError, NetworkError, OaiError
from ...core.outgoing import READ, open_piece
from ...core.parallel import Stop, each
from ...core.request import FileValue
from ...engine.waiting import command_line
from .follow import Follower, Stopped, check, fingerprint
from .job import Job, parts, piece
from .journal import Journal, Sent

if TYPE_CHECKING:
    from ...core.context import App
    from ...render.progress import Board, Lane

GONE = (404, 410)
"""The API does not know the upload any more."""
TAKEN = (400, 409)
"""What the API may answer when parts were joined before."""
SURE = 3
"""Tries for what is answered with something else, beside one for each connection there may be."""


class Changed(OaiError):
    """The file is not the one whose parts were sent."""


class Lost(OaiError):
    """The API does not take parts of this upload any more."""


class Parts:
    """Sends the parts that a journal misses, and joins them. `stops` end it early."""

    def __init__(
        self, app: App, job: Job, journal: Journal, stop: Stop | None, progress: Board | None
    ) -> None:
        self._app = app
        self._job = job
        self._journal = journal
        self._inner = Stop()
        self._stops = (self._inner, stop) if stop else (self._inner,)
        self._progress = progress
        self._failure: OaiError | None = None
        self._warned = False
        self._apart = False
        self._ids = {sent.id for sent in journal.parts.values()}
        self._lock = threading.Lock()

    def run(self) -> Any:
        """The API's file object. Raises Changed, Lost, and what sending raises; then, and at an
        interrupt, a hint says how to go on."""
        try:
            return self._run()
        except KeyboardInterrupt as stop:
            stop.hint = self._way_on()  # type: ignore[attr-defined]
            raise
        except (Changed, Lost, Stopped):
            raise
        except OaiError as error:
            error.hint = "; ".join(text for text in (error.hint, self._way_on()) if text)
            raise

    def _run(self) -> Any:
        head = self._journal.head
        there = sum(self._length(index) for index in self._journal.parts)
        shown = (
            self._progress.lane(head.filename, head.size, there)
            if self._progress
            else nullcontext()
        )
        with shown as lane, ThreadPoolExecutor(1, "oai-hash") as pool:
            hashing = pool.submit(self._whole)
            try:
                self._send_missing(lane, hashing)
                digest = hashing.result()
            except BaseException:
                self._inner.now()
                raise
        self._unchanged()
        return self._join(digest)

    # -- sending ------------------------------------------------------------------------------

    def _send_missing(self, lane: Lane | None, hashing: Future[str]) -> None:
        """Every part that has not arrived. When one fails no other is begun; those on their way
        may arrive."""
        head = self._journal.head
        count = parts(head.size, head.part_size)
        missing = [index for index in range(count) if index not in self._journal.parts]

        def wanted() -> Any:
            for index in missing:
                if hashing.done() and hashing.exception():
                    return
                if self._failure is None:
                    yield index

        for _, future in each(
            lambda index: self._send(index, lane), wanted(), self._job.jobs, self._inner
        ):
            error = future.exception()
            if isinstance(error, OaiError):
                self._failure = self._failure or error
            elif error:
                raise error
        if self._failure and not (hashing.done() and isinstance(hashing.exception(), Changed)):
            raise self._failure

    def _send(self, index: int, lane: Lane | None) -> None:
        follower = Follower(lane, self._stops, hashed=True)
        part = self._piece(index)
        part.watch = follower
        id = self._deliver(index, part)
        self._journal.add(index, Sent(id, follower.sha256))
        self._tell_trouble()

    def _deliver(self, index: int, part: FileValue) -> str:
        """Send one part; its id. An answer that belongs to another part is none."""
        upload = self._journal.head.upload
        for _ in range(SURE + self._job.jobs):
            check(self._stops)
            try:
                made = self._ask("uploads.parts.create", {"upload_id": upload, "data": part})
            except ApiError as error:
                raise self._lost(error) or error from None
            id = made.get("id")
            ours = isinstance(id, str) and made.get("upload_id", upload) == upload
            if ours and self._is_new(str(id)):
                return str(id)
            self._apart = True
        raise NetworkError(f"the server's answers about part {index + 1} belong to other requests")

    def _is_new(self, id: str) -> bool:
        """Whether no other part has this id; from now on one has."""
        with self._lock:
            new = id not in self._ids
            self._ids.add(id)
        return new

    def _ask(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        """The object that answers. A connection where an answer came twice is out of step for good;
        from the first one on, every request closes the connection it had."""
        operation = load.operation(name)
        headers = {"Connection": "close"} if self._apart else {}
        with self._app.api.open(operation, values, whole=True, headers=headers) as reply:
            made = decode(operation, reply)
        return made if isinstance(made, dict) else {}

    def _lost(self, error: ApiError) -> Lost | None:
        expired = error.status == 400 and "expired" in error.message.lower()
        if error.status in GONE or expired:
            return Lost(f"the upload is over: {error.message}")
        return None

    def _piece(self, index: int) -> FileValue:
        head = self._journal.head
        return piece(self._job, head.size, head.part_size, index)

    def _length(self, index: int) -> int:
        return self._piece(index).length or 0

    def _tell_trouble(self) -> None:
        if self._journal.trouble and not self._warned:
            self._warned = True
            self._app.console.warn(
                f"the state of the upload cannot be noted ({self._journal.trouble}): "
                "after an interruption it has to start over"
            )

    # -- checking -----------------------------------------------------------------------------

    def _whole(self) -> str:
        """The MD5 of the whole file; the parts that arrived earlier are compared on the way."""
        digest = hashlib.md5(usedforsecurity=False)
        earlier = dict(self._journal.parts)
        for index in range(parts(self._journal.head.size, self._journal.head.part_size)):
            part = self._piece(index)
            follower = part.watch = Follower(None, self._stops, hashed=index in earlier)
            stream = open_piece(part)
            try:
                stream.seek(0)
                while data := stream.read(READ):
                    digest.update(data)
            finally:
                stream.close()
            if index in earlier and follower.sha256 != earlier[index].sha256:
                raise self._changed()
        return digest.hexdigest()

    def _unchanged(self) -> None:
        """Raise Changed when the file was written to while it was sent."""
        try:
            info = self._job.path.stat()
        except OSError:
            raise self._changed() from None
        head = self._journal.head
        if (info.st_size, info.st_mtime_ns) != (head.size, head.mtime_ns):
            raise self._changed()

    def _changed(self) -> Changed:
        return changed(self._app, self._job)

    # -- joining ------------------------------------------------------------------------------

    def _join(self, digest: str) -> Any:
        journal = self._journal
        again = journal.joining
        journal.join()
        ids = [journal.parts[index].id for index in sorted(journal.parts)]
        values = {"upload_id": journal.head.upload, "part_ids": ids, "md5": digest}
        for _ in range(SURE + self._job.jobs):
            try:
                made = self._ask("uploads.complete", values)
            except ApiError as error:
                maybe = error.status in TAKEN or (again and error.status in GONE)
                file = self._joined_before() if maybe and not _misfit(error) else None
                if file is None:
                    raise self._why_not(error) from None
            else:
                file = made.get("file") if made.get("id") == journal.head.upload else None
            if isinstance(file, dict) and "id" in file:
                journal.drop()
                return file
            self._apart = again = True
        raise NetworkError("the server's answers about the whole file belong to other requests")

    def _joined_before(self) -> Any:
        """The file of an upload that was completed while nobody heard the answer."""
        head = self._journal.head
        asked = {"purpose": head.fields.get("purpose"), "order": "desc"}
        with suppress(OaiError):
            for chunk in self._app.api.pages("files.list", asked, 100):
                for file in chunk.items:
                    same = (file.get("filename"), file.get("bytes")) == (head.filename, head.size)
                    if same and file.get("created_at", 0) >= head.created_at:
                        return file
        return None

    def _why_not(self, error: ApiError) -> OaiError:
        """What to say when the parts cannot be joined."""
        if lost := self._lost(error):
            return lost
        if _misfit(error):
            self._journal.drop()
            hint = (
                f"what arrived differs from the file: {run_again(self._app, self._job)} starts anew"
            )
            error.hint = hint
        return error

    def _way_on(self) -> str:
        if not self._journal.path.exists():
            return ""
        return f"{resume_line(self._app, self._job)} sends what is missing"


def _misfit(error: ApiError) -> bool:
    """Whether what arrived has another checksum."""
    return error.param == "md5" or "md5" in error.message.lower()


def changed(app: App, job: Job) -> Changed:
    """The complaint about a file that is another one by now."""
    return Changed(
        f"{job.path} changed since its upload began",
        f"{run_again(app, job)} sends it from the start",
    )


def same_content(job: Job, journal: Journal) -> bool:
    """Whether the parts that arrived still stand in the file as they were sent."""
    head = journal.head
    try:
        return all(
            fingerprint(piece(job, head.size, head.part_size, index)) == sent.sha256
            for index, sent in journal.parts.items()
        )
    except (OaiError, OSError):
        return False


def resume_line(app: App, job: Job) -> str:
    """The command that goes on with an upload."""
    return command_line(app, ("uploads", "resume"), [job.path])


def run_again(app: App, job: Job) -> str:
    """The command that uploads a file, whatever happened before."""
    purpose = str(job.fields.get("purpose", ""))
    return command_line(app, ("uploads", "run"), [job.path, "--purpose", purpose])
