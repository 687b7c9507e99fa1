"""Saved conversations: one SQLite file, used by several terminals at once.

    with open_store(env) as store:
        session = store.create("trip", api="chat", model="gpt-5.5")
        store.append(session, {"role": "user", "content": "hello"}, text="hello")

A method that takes a session takes its id as well. What goes wrong with the file is an OaiError
that names it.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...core.config import place
from ...core.errors import OaiError, UsageError
from . import store_file, store_search
from . import store_rows as rows
from .store_records import Entry, Hit, Message, Session, check_name, title_of

Ref = Session | str
PREFIX_LEAST = 4
"""How much of an id must be given at least."""
CHANGEABLE = ("api", "model", "previous_response_id", "system", "title")

_NEXT_USE = "(SELECT COALESCE(MAX(used), 0) + 1 FROM sessions)"


def store_path(env: Mapping[str, str]) -> Path:
    """Where the sessions are kept."""
    return place("data", env) / "sessions.db"


def open_store(env: Mapping[str, str]) -> Store:
    """The store of this user, made where there is none yet. Raises OaiError."""
    return Store.open(store_path(env))


def existing_store(env: Mapping[str, str]) -> Store:
    """The store of this user for reading: where there is none, an empty one that leaves no file."""
    path = store_path(env)
    return Store.open(path if path.exists() else store_file.MEMORY)


class Store:
    """An open store; for one thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection

    @classmethod
    def open(cls, path: Path) -> Store:
        """The store in that file, made where there is none. Raises OaiError."""
        return cls(path, store_file.connect(path))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- writing ------------------------------------------------------------------------------

    def create(self, name: str = "", *, api: str, model: str, system: str = "") -> Session:
        """A new session without messages. Raises UsageError when the name is taken or no name."""
        with self._writing():
            return self._insert({"name": name, "api": api, "model": model, "system": system})

    def append(
        self,
        session: Ref,
        message: dict[str, Any],
        usage: dict[str, Any] | None = None,
        text: str = "",
        response_id: str = "",
    ) -> None:
        """Keep one message. Raises OaiError when the session was deleted meanwhile."""
        self.extend(session, [Entry(message, text, usage, response_id)])

    def extend(self, session: Ref, entries: Sequence[Entry]) -> None:
        """Keep several messages, all or none, next to each other. Raises OaiError like `append`."""
        now = int(time.time())
        kept = [(_id(session), *rows.columns(entry), now) for entry in entries]
        with self._writing():
            self._present(session)
            self._db.executemany(
                f"INSERT INTO messages (session_id, {rows.COLUMNS}, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                kept,
            )
            title = next((title_of(row[3]) for row in kept if row[1] == "user" and row[3]), "")
            self._db.execute(
                f"UPDATE sessions SET updated_at = ?, used = {_NEXT_USE},"
                " title = CASE title WHEN '' THEN ? ELSE title END WHERE id = ?",
                (now, title, _id(session)),
            )

    def update(self, session: Ref, **fields: str) -> Session:
        """Change `api`, `model`, `system`, `title` or `previous_response_id`."""
        if not fields.keys() <= set(CHANGEABLE):
            raise TypeError(f"a session has no such field to change: {fields}")
        with self._writing():
            self._present(session)
            for field, value in fields.items():
                self._set(session, field, rows.clean(value))
            return self._get(session)

    def rename(self, session: Ref, name: str) -> Session:
        """Give a session another name. Raises UsageError when it is taken or no name."""
        with self._writing():
            self._present(session)
            taken = self._one("s.name = ?", check_name(name))
            if taken and taken.id != _id(session):
                raise _taken(name)
            self._set(session, "name", name)
            return self._get(session)

    def fork(self, session: Ref, upto: int | None = None, name: str = "") -> Session:
        """A new session with the same settings and the first `upto` messages (all, left out)."""
        with self._writing():
            parent = self._present(session)
            copied = ("api", "model", "system", "title", "previous_response_id")
            fields = {field: getattr(parent, field) for field in copied}
            made = self._insert({**fields, "name": name, "parent_id": parent.id})
            self._db.execute(
                f"INSERT INTO messages (session_id, {rows.COLUMNS}, created_at)"
                f" SELECT ?, {rows.COLUMNS}, created_at FROM messages"
                " WHERE session_id = ? ORDER BY id LIMIT ?",
                (made.id, parent.id, -1 if upto is None else max(upto, 0)),
            )
            self._step_back(made)
            return self._get(made)

    def undo(self, session: Ref, turns: int = 1) -> tuple[Message, ...]:
        """Take back the last turns and return their messages. A turn starts where the user speaks;
        the server's state (`previous_response_id`), if in use, goes back with it."""
        with self._writing():
            present = self._present(session)
            starts = self._db.execute(
                "SELECT id FROM messages WHERE session_id = ? AND role = 'user'"
                " ORDER BY id DESC LIMIT ?",
                (present.id, turns),
            ).fetchall()
            if not starts:
                return ()
            where = "session_id = ? AND id >= ?"
            key = (present.id, starts[-1]["id"])
            removed = tuple(self._messages(where, key))
            self._db.execute(f"DELETE FROM messages WHERE {where}", key)
            self._step_back(present)
            return removed

    def delete(self, *sessions: Ref) -> None:
        """Delete sessions with their messages; those made from them stay."""
        with self._writing():
            keys = [(_id(session),) for session in sessions]
            self._db.executemany("DELETE FROM sessions WHERE id = ?", keys)

    # -- reading ------------------------------------------------------------------------------

    def messages(self, session: Ref) -> tuple[Message, ...]:
        """A session's messages, oldest first."""
        with self._guarded():
            return tuple(self._messages("session_id = ?", (_id(session),)))

    def last(self) -> Session | None:
        """The session that was used last."""
        return next(self.list(limit=1), None)

    def list(self, limit: int | None = None, offset: int = 0) -> Iterator[Session]:
        """The sessions, the one used last first, read as they are asked for."""
        with self._guarded():
            for row in self._db.execute(
                f"{rows.SESSION} ORDER BY s.used DESC LIMIT ? OFFSET ?",
                (-1 if limit is None else limit, offset),
            ):
                yield rows.session(row)

    def find(self, text: str) -> Session | None:
        """The session of that name or id, or the only one whose id starts so. Raises UsageError
        when there are several. A beginning is long enough not to be a new session's name."""
        text = rows.clean(text)
        with self._guarded():
            if found := self._one("s.name = ?", text) or self._one("s.id = ?", text):
                return found
            several = self._db.execute(
                f"{rows.SESSION} WHERE length(?1) >= ?2 AND substr(s.id, 1, length(?1)) = ?1"
                " LIMIT 6",
                (text, PREFIX_LEAST),
            ).fetchall()
        if len(several) > 1:
            ids = ", ".join(row["id"] for row in several[:5]) + (" …" if several[5:] else "")
            raise UsageError(f"several sessions start with {text!r}", f"say more: {ids}")
        return rows.session(several[0]) if several else None

    def need(self, text: str) -> Session:
        """The session that `find` finds. Raises UsageError with the nearest names."""
        if found := self.find(text):
            return found
        from ...engine.suggest import near

        with self._guarded():
            named = self._db.execute("SELECT name FROM sessions WHERE name IS NOT NULL").fetchall()
        close = near(text, [row["name"] for row in named])
        hint = "did you mean " + " or ".join(close) + "?" if close else "see `oai sessions list`"
        raise UsageError(f"there is no session {text!r}", hint)

    def search(
        self, text: str, limit: int | None = None, marks: tuple[str, str] = ("[", "]")
    ) -> Iterator[Hit]:
        """The messages that hold every word, best first, with the words marked in a snippet.

        Raises UsageError when there are no words.
        """
        query = store_search.query(rows.clean(text))
        sql, values = query.select(marks, -1 if limit is None else limit)
        with self._guarded():
            for row in self._db.execute(sql, values):
                yield query.hit(row, marks)

    # -- inside -------------------------------------------------------------------------------

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with store_file.guarded(self.path):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._guarded(), store_file.transaction(self._db):
            yield

    def _one(self, where: str, *values: Any) -> Session | None:
        row = self._db.execute(f"{rows.SESSION} WHERE {where}", values).fetchone()
        return rows.session(row) if row else None

    def _get(self, session: Ref) -> Session:
        found = self._one("s.id = ?", _id(session))
        assert found is not None
        return found

    def _present(self, session: Ref) -> Session:
        found = self._one("s.id = ?", _id(session))
        if found is None:
            raise OaiError(f"session {_id(session)} is gone: it was deleted meanwhile")
        return found

    def _insert(self, fields: dict[str, str]) -> Session:
        name = fields.get("name", "")
        if name and self._one("s.name = ?", check_name(name)):
            raise _taken(name)
        now = int(time.time())
        key = secrets.token_hex(4)
        while self._one("s.id = ?", key):
            key = secrets.token_hex(4)
        row: dict[str, Any] = {field: rows.clean(value) for field, value in fields.items()}
        row |= {"id": key, "name": name or None, "created_at": now, "updated_at": now}
        self._db.execute(
            f"INSERT INTO sessions ({', '.join(row)}, used)"
            f" VALUES ({', '.join('?' * len(row))}, {_NEXT_USE})",
            tuple(row.values()),
        )
        return self._get(key)

    def _set(self, session: Ref, field: str, value: str) -> None:
        self._db.execute(f"UPDATE sessions SET {field} = ? WHERE id = ?", (value, _id(session)))

    def _step_back(self, session: Session) -> None:
        """Where the server keeps the state, go on from the last answer that is still there."""
        if session.previous_response_id:
            row = self._db.execute(
                "SELECT response_id FROM messages WHERE session_id = ? AND response_id != ''"
                " ORDER BY id DESC LIMIT 1",
                (session.id,),
            ).fetchone()
            self._set(session, "previous_response_id", row["response_id"] if row else "")

    def _messages(self, where: str, values: tuple[Any, ...]) -> Iterator[Message]:
        for row in self._db.execute(f"SELECT * FROM messages WHERE {where} ORDER BY id", values):
            yield rows.message(row)


def _id(session: Ref) -> str:
    return session if isinstance(session, str) else session.id


def _taken(name: str) -> UsageError:
    return UsageError(f"there is a session named {name} already", "choose another name")
