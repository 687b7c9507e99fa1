"""The remote steps of a batch: each can be repeated after a crash without doing its work twice.

A POST gets one try at a time. Whether one that broke off was done after all is found out by
looking: an uploaded file by its name, which is the job's own, a batch by its input file and by the
number of the submit in its metadata.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ...catalog import load
from ...catalog.model import Operation
from ...core.api import decode
from ...core.errors import ApiError, NetworkError, OaiError, UsageError
from ...core.patience import Patience
from ...core.request import FileValue, build
from ...core.save import whole_file

if TYPE_CHECKING:
    from ...core.api import Api
    from ...core.context import App
    from .state_parts import Part

Made = TypeVar("Made")
Object = dict[str, Any]

PURPOSE = "batch"
SETTLE = 1.0
"""Seconds that a server gets to show what it was doing when a request of ours broke off."""
QUEUE_FULL = "token_limit_exceeded"
JOB, PART, SUBMIT = "oai_job", "oai_part", "oai_submit"
"""Metadata of our batches."""
GOING = ("validating", "in_progress", "finalizing", "cancelling")
RECENT = 1000
"""Batches that are looked at for others that fill a queue."""


class QueueFull(Exception):
    """The model's enqueued-token limit is reached."""


def is_queue_full(code: Any, message: Any) -> bool:
    """Whether an error says that the model's limit of enqueued tokens is reached."""
    return code == QUEUE_FULL or "nqueued token" in str(message)


class Remote:
    """The API as a job speaks to it. Failures that pass are borne as `Patience` says: `trouble`
    is told of them, and pauses are made with `sleep`."""

    def __init__(
        self,
        app: App,
        job: str,
        trouble: Callable[[OaiError], None],
        sleep: Callable[[float], None],
    ) -> None:
        self._app = app
        self._sleep = sleep
        self._api: Api = app.api
        self._job = job
        self._trouble = trouble
        self.patience = self._patience(app.option("wait_timeout"))

    def _patience(self, timeout: float | None) -> Patience:
        console = self._app.console
        return Patience(
            every=self._app.option("poll_interval"),
            timeout=timeout,
            clock=console.clock,
            sleep=self._sleep,
            trouble=self._trouble,
        )

    def _patiently(self, step: Callable[[bool], Made], what: str, again: bool = False) -> Made:
        """Do a step until it is done; it is told whether it was begun before."""
        left = self.patience.left
        patience = self._patience(max(left, 1.0) if left < math.inf else None)
        if again:
            self._sleep(SETTLE)
        while True:
            try:
                return step(again)
            except OaiError as error:
                patience.bear(error)
            again = True
            patience.pause({}, lambda: f"{what} has not worked")

    # -- files up ---------------------------------------------------------------------------------

    def upload(self, path: Path, name: str, begun: bool) -> Object:
        """Send a request file under a name of its own; found instead where `begun` was enough."""
        size = path.stat().st_size

        def step(again: bool) -> Object:
            found = self._uploaded(name, size) if again else None
            return found or self._send("files.create", name, file=file, purpose=PURPOSE)

        file = FileValue(str(path), name)
        return self._patiently(step, "the upload", begun)

    def _uploaded(self, name: str, size: int) -> Object | None:
        values = {"purpose": PURPOSE, "limit": 10_000}
        for chunk in self._api.pages("files.list", values):
            for file in chunk.items:
                if file.get("filename") == name and file.get("bytes") == size:
                    return dict(file)
        return None

    # -- batches ----------------------------------------------------------------------------------

    def create(self, part: Part, endpoint: str, settings: Mapping[str, Any], begun: bool) -> Object:
        """Start the batch of an uploaded part; found instead where `begun` was enough. Raises
        QueueFull."""
        metadata = {
            **settings.get("metadata", {}),
            JOB: self._job,
            PART: str(part.n),
            SUBMIT: str(part.submits),
        }
        body = {
            "input_file_id": part.file_id,
            "endpoint": endpoint,
            "completion_window": settings["completion_window"],
            "metadata": metadata,
        }
        key = f"{self._job}-{part.n}-{part.submits}"

        def step(again: bool) -> Object:
            found = self._created(part) if again else None
            return found or self._send("batches.create", key, **body)

        try:
            return self._patiently(step, "starting the batch", begun)
        except ApiError as error:
            if is_queue_full(error.code, error.message):
                raise QueueFull from None
            raise

    def _created(self, part: Part) -> Object | None:
        """The batch of a part's latest submit. The list is newest first, and no batch is older
        than its file."""
        for chunk in self._api.pages("batches.list", {"limit": 100}):
            for batch in chunk.items:
                metadata = batch.get("metadata") or {}
                ours = metadata.get(SUBMIT) == str(part.submits)
                if batch.get("input_file_id") == part.file_id and ours:
                    return dict(batch)
            stamps = [batch.get("created_at") or 0 for batch in chunk.items]
            falling = stamps == sorted(stamps, reverse=True) and len(set(stamps)) > 1
            if falling and stamps[-1] < (part.file_created or 0):
                return None
        return None

    def busy(self) -> bool:
        """Whether any batch goes on in this account; what cannot be known counts as one."""
        try:
            for chunk in self._api.pages("batches.list", {"limit": 100}, max_items=RECENT):
                if any(batch.get("status") in GOING for batch in chunk.items):
                    return True
        except OaiError:
            return True
        return False

    def look(self, batch_id: str) -> tuple[Object | None, Mapping[str, str]]:
        """A batch as it stands and the headers it came with; None when that failed in passing."""
        operation = load.operation("batches.retrieve")
        try:
            values = {"batch_id": batch_id}
            within = self.patience.within
            with self._api.open(operation, values, whole=True, within=within) as reply:
                found = decode(operation, reply)
        except OaiError as error:
            self.patience.bear(error)
            return None, {}
        self.patience.failing = False
        return found, reply.headers

    # -- files down -------------------------------------------------------------------------------

    def download(self, file_id: str, path: Path) -> None:
        """The content of a file; it appears whole. What is there already is taken as it is."""
        if path.exists():
            return
        path.parent.mkdir(exist_ok=True)

        def step(again: bool) -> None:
            reply = self._api.open("files.content", {"file_id": file_id})
            with reply, whole_file(path) as stream:
                got = 0
                for data in reply.chunks():
                    stream.write(data)
                    got += len(data)
                if reply.length not in (None, got):
                    raise NetworkError("the file came down short")

        self._patiently(step, "the download")

    # -- one try ----------------------------------------------------------------------------------

    def _send(self, name: str, key: str, **values: Any) -> Object:
        """A POST, tried once, with an idempotency key that is the same after a crash."""
        operation: Operation = load.operation(name)
        request = build(operation, values)
        request.headers["Idempotency-Key"] = f"oai-{key}"
        within = self._app.settings.timeout
        try:
            with self._api.send(request, auth=operation.auth, whole=True, within=within) as reply:
                made = decode(operation, reply)
        except ApiError as error:
            if is_queue_full(error.code, error.message):
                raise _Refused(error) from None
            raise
        if not isinstance(made, dict) or not made.get("id"):
            raise UsageError(f"the server's answer to {' '.join(operation.command)} has no id")
        return made


class _Refused(ApiError):
    """An answer that is no passing trouble, whatever its status: waiting for it is somebody
    else's."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.message, status=error.status, code=error.code)
