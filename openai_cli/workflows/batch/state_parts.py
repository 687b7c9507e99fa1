"""The parts of a job: the request files that its lines are cut into, one batch for each.

A part goes through these statuses; those that end in -ing are intents, written down before the
request is sent, so that whoever comes after a crash knows to look before sending again:

    planned → uploading → uploaded → creating → created → ended → done
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ...catalog.record import Record
from . import state_lines
from .state import State

PLANNED, UPLOADING, UPLOADED = "planned", "uploading", "uploaded"
CREATING, CREATED, ENDED, DONE = "creating", "created", "ended", "done"
_FIELDS = (
    *("n", "kind", "requests", "bytes", "status", "submits", "file_id", "file_created"),
    *("batch_id", "remote", "counts", "output_file_id", "error_file_id", "reason"),
)


class Part(Record):
    """One part. `submits` counts the batches made of it, `remote` is the batch's status, `counts`
    its `request_counts`, `reason` why lines have no answer: `{"code", "message"}`."""

    n: int
    kind: int
    requests: int
    bytes: int
    status: str
    submits: int
    file_id: str | None
    file_created: int | None
    batch_id: str | None
    remote: str | None
    counts: Any
    output_file_id: str | None
    error_file_id: str | None
    reason: Any

    @property
    def live(self) -> bool:
        """Whether its batch is going on."""
        return self.status == CREATED

    def update(self, state: State, **changes: Any) -> None:
        """Change fields, here and in the state."""
        columns = ", ".join(f"{name} = ?" for name in changes)
        values = [json.dumps(v) if n in ("counts", "reason") else v for n, v in changes.items()]
        state.db.execute(f"UPDATE parts SET {columns} WHERE n = ?", (*values, self.n))
        for name, value in changes.items():
            setattr(self, name, value)


def all_parts(state: State, *statuses: str) -> list[Part]:
    """The parts in these statuses (or all), in their order."""
    marks = ", ".join("?" * len(statuses))
    where = f"WHERE status IN ({marks}) " if statuses else ""
    columns = ", ".join(_FIELDS)
    rows = state.db.execute(f"SELECT {columns} FROM parts {where}ORDER BY n", statuses)
    return [_part(row) for row in rows.fetchall()]


def _part(row: tuple[Any, ...]) -> Part:
    named = dict(zip(_FIELDS, row, strict=True))
    for name in ("counts", "reason"):
        named[name] = json.loads(named[name]) if named[name] else None
    return Part(**named)


def add(state: State, kind: int, lines: Iterable[int], requests: int, size: int) -> Part:
    """A new part that holds these lines."""
    with state.transaction():
        number = state.db.execute(
            "INSERT INTO parts (kind, requests, bytes, status) VALUES (?, ?, ?, ?)",
            (kind, requests, size, PLANNED),
        ).lastrowid
        assert number is not None
        state_lines.hold(state, number, lines)
    columns = ", ".join(_FIELDS)
    row = state.db.execute(f"SELECT {columns} FROM parts WHERE n = ?", (number,)).fetchone()
    return _part(row)


def kind_number(state: State, endpoint: str, model: str) -> int:
    """The number of a kind of requests: those that may share a batch."""
    state.db.execute(
        "INSERT OR IGNORE INTO kinds (endpoint, model) VALUES (?, ?)", (endpoint, model)
    )
    row = state.db.execute(
        "SELECT n FROM kinds WHERE endpoint = ? AND model = ?", (endpoint, model)
    ).fetchone()
    return int(row[0])


def endpoint_of(state: State, kind: int) -> str:
    """The endpoint of a kind of requests."""
    row = state.db.execute("SELECT endpoint FROM kinds WHERE n = ?", (kind,)).fetchone()
    return str(row[0])


def reasons(state: State) -> dict[int, dict[str, str]]:
    """Why parts left lines without an answer, by the part's number."""
    return {part.n: part.reason for part in all_parts(state) if part.reason}
