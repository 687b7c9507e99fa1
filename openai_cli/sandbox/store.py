"""What the sandbox remembers: JSON objects by collection and id, in SQLite.

A collection is the path of a list with its parents' ids in place (`vector_stores/vs_1/files`), so
that children are scoped by their parents and vanish with them. Several processes may share one
file: SQLite's write-ahead log keeps readers going, and every change is one immediate transaction.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..catalog.record import Record

Object = dict[str, Any]
Watch = Callable[[str, Object | None, Object], None]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (collection, id)
);
CREATE INDEX IF NOT EXISTS objects_by_id ON objects (id);
CREATE TABLE IF NOT EXISTS seeded (collection TEXT PRIMARY KEY);
"""


class Span(Record):
    """Which part of a list is wanted; `where` compares fields, given as paths, with texts."""

    limit: int = 20
    descending: bool = False
    after: str | None = None
    before: str | None = None
    where: tuple[tuple[tuple[str, ...], str], ...] = ()


class Store:
    """Objects by collection and id. `path` None keeps them in memory; `watch` is told of every
    change of what has a status: the collection, the object before (None if it is new) and after."""

    def __init__(self, path: Path | None, watch: Watch | None = None) -> None:
        self._watch = watch
        self._lock = threading.RLock()
        self._depth = 0
        where = ":memory:" if path is None else str(path)
        self._db = sqlite3.connect(where, timeout=60, isolation_level=None, check_same_thread=False)
        self._finalizer = weakref.finalize(self, self._db.close)
        if path is not None:
            self._prepare()
        with self.transaction():
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)

    def _prepare(self) -> None:
        self._db.execute("PRAGMA busy_timeout = 60000")
        if self._db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Let the database go."""
        self._finalizer()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens at once, or not at all; nesting is allowed."""
        with self._lock:
            if self._depth:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            else:
                self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def put(self, collection: str, id: str, body: Object) -> Object:
        """Store an object, in the place it had if it is known."""
        # What has no status cannot come to one: most objects cost no second look.
        watch = self._watch if "status" in body else None
        before = self.get(collection, id) if watch else None
        with self.transaction():
            self._db.execute(
                "INSERT INTO objects (collection, id, body) VALUES (?, ?, ?) "
                "ON CONFLICT (collection, id) DO UPDATE SET body = excluded.body",
                (collection, id, json.dumps(body)),
            )
        if watch:
            watch(collection, before, body)
        return body

    def get(self, collection: str, id: str) -> Object | None:
        """The object of that id, or None."""
        rows = self._query(
            "SELECT body FROM objects WHERE collection = ? AND id = ?", (collection, id)
        )
        return json.loads(rows[0][0]) if rows else None

    def anywhere(self, id: str) -> Object | None:
        """The first object of that id in any collection, or None."""
        rows = self._query("SELECT body FROM objects WHERE id = ? ORDER BY seq LIMIT 1", (id,))
        return json.loads(rows[0][0]) if rows else None

    def delete(self, collection: str, id: str) -> bool:
        """Forget an object and all that lies below it; False if there was none."""
        below = f"{collection}/{id}/"
        with self.transaction():
            gone = self._db.execute(
                "DELETE FROM objects WHERE collection = ? AND id = ?", (collection, id)
            ).rowcount
            self._db.execute(
                "DELETE FROM objects WHERE substr(collection, 1, ?) = ?", (len(below), below)
            )
        return gone > 0

    def items(self, collection: str) -> list[Object]:
        """All objects of a collection, oldest first."""
        rows = self._query(
            "SELECT body FROM objects WHERE collection = ? ORDER BY seq", (collection,)
        )
        return [json.loads(row[0]) for row in rows]

    def ids(self, collection: str) -> list[str]:
        """The ids of a collection, oldest first."""
        rows = self._query(
            "SELECT id FROM objects WHERE collection = ? ORDER BY seq", (collection,)
        )
        return [row[0] for row in rows]

    def page(self, collection: str, span: Span) -> tuple[list[tuple[str, Object]], bool]:
        """Ids and objects of a part of a collection, and whether more follows.

        KeyError names a cursor that is not there.
        """
        clauses, values = self._bounds(collection, span)
        for path, text in span.where:
            clauses.append("json_extract(body, ?) = ?")
            values += ["$" + "".join(f'."{name}"' for name in path), text]
        # Going backwards from `before` takes the nearest items first and turns them round after.
        backwards = span.before is not None and span.after is None
        order = "DESC" if span.descending != backwards else "ASC"
        rows = self._query(
            f"SELECT id, body FROM objects WHERE {' AND '.join(clauses)} "
            f"ORDER BY seq {order} LIMIT ?",
            (*values, span.limit + 1),
        )
        found = [(id, json.loads(body)) for id, body in rows[: span.limit]]
        return (found[::-1] if backwards else found), len(rows) > span.limit

    def _bounds(self, collection: str, span: Span) -> tuple[list[str], list[Any]]:
        clauses, values = ["collection = ?"], [collection]
        for cursor, forward in ((span.after, True), (span.before, False)):
            if cursor is not None:
                sign = "<" if span.descending == forward else ">"
                clauses.append(f"seq {sign} ?")
                values.append(self._seq(collection, cursor))
        return clauses, values

    def _seq(self, collection: str, id: str) -> Any:
        # Some lists go by an id inside the object that is not the one in its path.
        rows = self._query(
            "SELECT seq FROM objects WHERE collection = ? "
            "AND (id = ? OR json_extract(body, '$.id') = ?)",
            (collection, id, id),
        )
        if not rows:
            raise KeyError(id)
        return rows[0][0]

    def first_visit(self, collection: str) -> bool:
        """True once per collection: the moment to put in what has always been there."""
        if self._query("SELECT 1 FROM seeded WHERE collection = ?", (collection,)):
            return False
        with self.transaction():
            added = self._db.execute(
                "INSERT OR IGNORE INTO seeded (collection) VALUES (?)", (collection,)
            )
            return added.rowcount > 0

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            self._db.execute("DELETE FROM objects")
            self._db.execute("DELETE FROM seeded")

    def _query(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()
