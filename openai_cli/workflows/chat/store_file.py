"""The store's SQLite file: opened, brought up to date, and its failures put into words.

The file is private to its owner, in WAL mode, and safe with several processes: a writer takes the
lock at the start of its transaction and waits for others up to `BUSY_SECONDS`.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...core.errors import OaiError

APPLICATION_ID = 0x6F616973
BUSY_SECONDS = 20.0
MEMORY = Path(":memory:")

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE sessions (
            id TEXT PRIMARY KEY,
            name TEXT UNIQUE,
            title TEXT NOT NULL DEFAULT '',
            api TEXT NOT NULL,
            model TEXT NOT NULL,
            system TEXT NOT NULL DEFAULT '',
            previous_response_id TEXT NOT NULL DEFAULT '',
            parent_id TEXT REFERENCES sessions(id) ON DELETE SET NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            used INTEGER NOT NULL
        )""",
        "CREATE INDEX sessions_by_use ON sessions(used)",
        "CREATE INDEX sessions_by_parent ON sessions(parent_id)",
        """CREATE TABLE messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
            role TEXT NOT NULL,
            message TEXT NOT NULL,
            text TEXT NOT NULL,
            usage TEXT,
            response_id TEXT NOT NULL DEFAULT '',
            created_at INTEGER NOT NULL
        )""",
        "CREATE INDEX messages_by_session ON messages(session_id, id)",
        """CREATE VIRTUAL TABLE words USING fts5(
            text, content='messages', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
        )""",
        """CREATE TRIGGER words_added AFTER INSERT ON messages BEGIN
            INSERT INTO words(rowid, text) VALUES (new.id, new.text);
        END""",
        """CREATE TRIGGER words_removed AFTER DELETE ON messages BEGIN
            INSERT INTO words(words, rowid, text) VALUES ('delete', old.id, old.text);
        END""",
    ),
)
"""What each format adds to the one before; the file's `user_version` counts those it has. Never
change one that was released: add another."""


def connect(path: Path) -> sqlite3.Connection:
    """The database at `path` in the newest format, made where there is none. Raises OaiError."""
    with guarded(path):
        _make_private(path)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            with transaction(connection, "DEFERRED"):
                _check(path, connection)
            _use_wal(connection)
            _migrate(path, connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _make_private(path: Path) -> None:
    """Make the file before SQLite does, so that nobody else can ever read it."""
    if path == MEMORY or path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _check(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse a newer format, and a database that is something else; in a transaction, so that
    what is read belongs together while another process makes the file."""
    version = _number(connection, "user_version")
    owner = _number(connection, "application_id")
    filled = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    if owner not in (0, APPLICATION_ID) or (filled and not owner):
        raise OaiError(f"{path} is a database, but not one of oai's sessions", _aside(path))
    if version > len(MIGRATIONS):
        raise OaiError(
            f"{path} was written by a newer oai (format {version}; this one knows "
            f"{len(MIGRATIONS)})",
            "upgrade oai",
        )


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait here while another process switches, so we do."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if not _busy(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    if _number(connection, "user_version") == len(MIGRATIONS):
        return
    with transaction(connection):
        _check(path, connection)
        for statements in MIGRATIONS[_number(connection, "user_version") :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All that the block writes, or nothing; other writers wait from its start to its end, unless
    it only reads (`DEFERRED`)."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """SQLite's failures in the block become OaiErrors that name the file."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise
    except sqlite3.DatabaseError as error:
        raise _words(path, error) from error
    except OSError as error:
        raise OaiError(f"cannot open {path}: {error.strerror or error}") from error


def _code(error: sqlite3.DatabaseError) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _busy(error: sqlite3.DatabaseError) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _words(path: Path, error: sqlite3.DatabaseError) -> OaiError:
    code = _code(error)
    if _busy(error):
        return OaiError(f"{path} is held by another program", "try again when it is done")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return OaiError(f"{path} is damaged: {error}", _aside(path))
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return OaiError(f"cannot open {path} for writing: {error}", "check who may write there")
    return OaiError(f"{path}: {error}")


def _aside(path: Path) -> str:
    return f"move {path} away and oai starts a new one"
