"""One file goes up and into the store; another one comes out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...core.errors import ApiError, NotFoundError, OaiError, RateLimitError
from ...core.parallel import Stop
from ...core.patience import passes
from ..transfer.send import send
from .attributes import of_file
from .plan import Member, Step, digest

if TYPE_CHECKING:
    from ...core.context import App
    from ...render.progress import Board

ATTACH, CHANGE, DETACH = (
    "vector_stores.files.create",
    "vector_stores.files.update",
    "vector_stores.files.delete",
)
FORGET = "files.delete"
PURPOSE = "assistants"
PAUSES = (10.0, 20.0, 40.0)
"""Seconds before an attaching that met a rate limit is tried again, after the usual tries."""

Object = dict[str, Any]


class Carrier:
    """Moves files, from any thread."""

    def __init__(
        self, app: App, store: str, chunking: Any, *, keep_files: bool, stop: Stop
    ) -> None:
        self._app = app
        self._store = store
        self._chunking = chunking
        self._keep_files = keep_files
        self._stop = stop

    def bring(self, step: Step, board: Board) -> Object:
        """Upload and attach a file, or change the attributes of one that is there; the file as the
        store has it. A file that cannot be attached is not left lying about. Raises OaiError."""
        assert step.file is not None
        if step.member:
            return self._change(step, step.member)
        before = _signature(step)
        sha256 = digest(step.file)
        attributes = of_file(step.key, sha256, step.attributes)
        file = send(self._app, step.file.path, PURPOSE, stop=self._stop, progress=board)
        id = str(file["id"])
        try:
            if _signature(step) != before:
                raise OaiError("it changed while it was sent", "run the command again")
            return self._attach(id, attributes)
        except OaiError:
            self._drop(id)
            raise

    def _change(self, step: Step, there: Member) -> Object:
        attributes = of_file(step.key, there.sha256, {**there.attributes, **step.attributes})
        values = {"vector_store_id": self._store, "file_id": there.id, "attributes": attributes}
        found: Object = self._app.api.call(CHANGE, values)
        return found

    def _attach(self, id: str, attributes: Object) -> Object:
        values = {"vector_store_id": self._store, "file_id": id, "attributes": attributes}
        if self._chunking:
            values["chunking_strategy"] = self._chunking
        for pause in PAUSES:
            try:
                return self._attach_once(values)
            except RateLimitError as error:
                if self._stop.asked or not passes(error):
                    raise
            self._stop.sleep(pause)
        return self._attach_once(values)

    def _attach_once(self, values: Object) -> Object:
        found: Object = self._app.api.call(ATTACH, values)
        return found

    def _drop(self, id: str) -> None:
        """Take a file back that was uploaded for nothing."""
        try:
            self._app.api.call(FORGET, {"file_id": id})
        except OaiError as error:
            self._app.console.warn(
                f"{id} was uploaded, but is not in the store; it could not be deleted: "
                f"{error.message}"
            )

    def remove(self, member: Member) -> None:
        """Take a file of ours out of the store, and delete it. One that is gone is no matter.

        The file goes first: whatever happens in between, the next run still finds it in the store.
        Raises ApiError, NetworkError.
        """
        if not self._keep_files:
            with suppress(NotFoundError):
                self._app.api.call(FORGET, {"file_id": member.id})
        with suppress(NotFoundError):
            values = {"vector_store_id": self._store, "file_id": member.id}
            self._app.api.call(DETACH, values)


def _signature(step: Step) -> tuple[int, int, int]:
    """What tells that a file was written to."""
    assert step.file is not None
    try:
        info = step.file.path.stat()
    except OSError as error:
        raise OaiError(f"cannot read {step.file.path}: {error.strerror or error}") from None
    return info.st_ino, info.st_size, info.st_mtime_ns


def ends_all(error: OaiError) -> bool:
    """Whether every other file would meet with the same failure."""
    if isinstance(error, RateLimitError):
        return not passes(error)
    return isinstance(error, ApiError) and error.status in (401, 403)
