"""The steps of a plan are done: files go up, are waited for, and take the place of older ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...core import results
from ...core.errors import (
    NetworkError,
    OaiError,
    OutcomeError,
    RateLimitError,
    ServerError,
)
from ...core.parallel import Stop, each
from ...render.progress import Board
from ...render.waiting import StatusLine
from ..transfer.send import prepare
from .carry import Carrier, ends_all
from .index import Index
from .plan import Member, Step

if TYPE_CHECKING:
    from ...core.context import App

COLUMNS = ("path", "action", "status", "file_id", "error")
AGAIN = "the same command goes on where this one stopped"
DONE = {
    "upload": "new",
    "replace": "replaced",
    "update": "updated",
    "wait": "indexed",
    "skip": "unchanged",
    "delete": "deleted",
}
"""What is said of each action once it is done."""
USELESS = ("failed", "cancelled")

Object = dict[str, Any]


class Bringing:
    """The work on one store, and what has become of each step."""

    def __init__(self, app: App, store: str, steps: list[Step], jobs: int) -> None:
        self._app = app
        self._store = store
        self._steps = steps
        self._jobs = jobs
        self._stop = Stop()
        self._rows = [_row(step) for step in steps]
        self._at = {id(step): row for step, row in zip(steps, self._rows, strict=True)}

    def run(self, chunking: Any, *, keep_files: bool) -> results.Rows:
        """Do it all. What failed stands in the rows, and in the result's `problem`."""
        self._carrier = Carrier(
            self._app, self._store, chunking, keep_files=keep_files, stop=self._stop
        )
        try:
            problem = self._upload() or self._index()
            self._take_out(also_missing=problem is None)
        except KeyboardInterrupt:
            self._say_how_to_go_on()
            raise
        self._sum_up()
        return results.Rows(self._rows, COLUMNS, problem=problem or self._verdict())

    # -- up ---------------------------------------------------------------------------------------

    def _upload(self) -> OaiError | None:
        """Send and attach; what would hinder every other file as well ends it."""
        todo = [step for step in self._steps if step.action in ("upload", "replace", "update")]
        if not todo:
            return None
        prepare(self._app)
        sent = [step for step in todo if step.file and not step.member]
        total = sum(_size(step) for step in sent)
        with Board(self._app, "sent", len(sent), total) as board:
            work = each(lambda step: self._carrier.bring(step, board), todo, self._jobs, self._stop)
            for step, future in work:
                try:
                    self._tell(step, future.result())
                except OaiError as error:
                    self._fail(step, error.message)
                    if ends_all(error):
                        self._stop.now()
                        return error
        return None

    def _tell(self, step: Step, found: Object) -> None:
        """What the store says of a file now."""
        row = self._at[id(step)]
        row["file_id"] = found.get("id") or row["file_id"]
        row["status"] = found.get("status")
        if row["status"] in USELESS:
            reason = found.get("last_error") or {}
            self._fail(step, str(reason.get("message") or f"it was {row['status']}"))

    def _fail(self, step: Step, why: str) -> None:
        row = self._at[id(step)]
        row["status"] = row["status"] if row["status"] in USELESS else "failed"
        row["error"] = why
        self._app.console.warn(f"{step.key}: {why}")

    # -- indexed ----------------------------------------------------------------------------------

    def _index(self) -> OaiError | None:
        """Wait for the files that are being read; those that were not ready in time stay so."""
        going = {
            str(row["file_id"]): step
            for step, row in zip(self._steps, self._rows, strict=True)
            if row["status"] == "in_progress"
        }
        line = StatusLine(self._app, self._store)
        try:
            index = Index(self._app, self._store, set(going), line)
            index.wait(lambda id, found: self._tell(going[id], {**found, "id": id}))
        except OaiError as error:
            if isinstance(error, NetworkError | ServerError | RateLimitError):
                error.advise(AGAIN)
            return error
        finally:
            line.clear()
        return None

    # -- out --------------------------------------------------------------------------------------

    def _take_out(self, *, also_missing: bool) -> None:
        """Take out what was replaced by a file that is ready, and what is not here any more."""
        todo = [
            (step, member) for step in self._steps for member in self._outdated(step, also_missing)
        ]
        for (step, _), future in each(self._remove, todo, self._jobs, self._stop):
            row = self._at[id(step)]
            try:
                future.result()
            except OaiError as error:
                row["error"] = f"the old one could not be taken out: {error.message}"
                self._app.console.warn(f"{step.key}: {row['error']}")
            else:
                row["status"] = "deleted" if step.action == "delete" else row["status"]

    def _remove(self, what: tuple[Step, Member]) -> None:
        self._carrier.remove(what[1])

    def _outdated(self, step: Step, also_missing: bool) -> Iterable[Member]:
        """An older file stays as long as the newer one is not ready; failures do not pile up."""
        if step.action == "delete":
            return step.stale if also_missing else ()
        status = self._at[id(step)]["status"]
        if status == "completed":
            return step.stale
        return [one for one in step.stale if status in USELESS and one.status in USELESS]

    # -- what is said -----------------------------------------------------------------------------

    def _sum_up(self) -> None:
        """How many of each kind there were, in one line."""
        counts = Counter(_done(row) for row in self._rows)
        if not self._app.console.quiet:
            names = (*DONE.values(), "failed", "left")
            told = ", ".join(f"{counts[name]} {name}" for name in names if counts[name])
            self._app.console.note(told)

    def _verdict(self) -> OaiError | None:
        failed = sum(bool(row["error"]) for row in self._rows)
        if not failed:
            return None
        return OutcomeError(f"{failed} of {len(self._rows)} files failed")

    def _say_how_to_go_on(self) -> None:
        if not self._app.console.quiet:
            there = sum(bool(row["file_id"]) and not row["error"] for row in self._rows)
            self._app.console.note(f"{there} of {len(self._rows)} files are in the store; {AGAIN}")


def _done(row: Object) -> str:
    """What has become of a file, in a word; `left` is what a later run has to do."""
    if row["error"]:
        return "failed"
    ready = row["status"] in ("completed", "deleted")
    return DONE[row["action"]] if ready else "left"


def _row(step: Step) -> Object:
    """What is known of a step before it is done."""
    there = step.member or (step.stale[0] if step.action == "delete" else None)
    status = "failed" if step.problem else (there.status if there else "not sent")
    failed = there and there.status == "failed" and step.action != "delete"
    error = step.problem or (there.error if there and failed else "")
    return {
        "path": step.key,
        "action": step.action,
        "status": status,
        "file_id": there.id if there else None,
        "error": error or None,
    }


def _size(step: Step) -> int:
    assert step.file is not None
    try:
        return step.file.path.stat().st_size
    except OSError:
        return 0
