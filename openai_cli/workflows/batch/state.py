"""The state of a job: a SQLite file beside its results, written before and after each remote step.

    results.jsonl          the results, once the job is done
    results.jsonl.state    this file
    results.jsonl.work/    request files on their way up, answers that came down

A job's lines and parts have modules of their own (`state_lines`, `state_parts`).
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ...core.errors import OaiError, UsageError

MARK = 0x6F616962
"""SQLite's application id of our files: `oaib`."""
VERSION = 1
SUFFIX, WORK = ".state", ".work"

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE inputs (
    n INTEGER PRIMARY KEY, path TEXT NOT NULL, size INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE TABLE kinds (
    n INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, model TEXT NOT NULL, UNIQUE (endpoint, model));
CREATE TABLE lines (
    seq INTEGER PRIMARY KEY, custom_id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,
    input INTEGER NOT NULL, at INTEGER NOT NULL, size INTEGER NOT NULL,
    part INTEGER, tries INTEGER NOT NULL DEFAULT 0, outcome INTEGER NOT NULL DEFAULT 0,
    file INTEGER, place INTEGER, length INTEGER);
CREATE INDEX free ON lines (kind, seq) WHERE part IS NULL AND outcome = 0;
CREATE INDEX held ON lines (part, seq) WHERE part IS NOT NULL AND outcome = 0;
CREATE TABLE parts (
    n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, requests INTEGER NOT NULL, bytes INTEGER NOT NULL,
    status TEXT NOT NULL, submits INTEGER NOT NULL DEFAULT 0, file_id TEXT, file_created INTEGER,
    batch_id TEXT, remote TEXT, counts TEXT, output_file_id TEXT, error_file_id TEXT, reason TEXT);
CREATE TABLE answers (
    n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL);
"""


def place(given: str | Path) -> Path:
    """The state file that a results file, or a state file itself, stands for."""
    path = Path(given).expanduser()
    return path if path.name.endswith(SUFFIX) else path.with_name(path.name + SUFFIX)


class NotBegun(UsageError):
    """There is a state file, and no job in it yet."""

    def __init__(self, path: Path) -> None:
        output = path.with_name(path.name.removesuffix(SUFFIX))
        super().__init__(
            f"the job of {output} was interrupted before it began", "give the `run` command again"
        )


class State:
    """An open state file. Every method may raise OaiError: damaged, or the disk is full."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self.db = db

    @property
    def output(self) -> Path:
        """The file of results."""
        return self.path.with_name(self.path.name.removesuffix(SUFFIX))

    @property
    def work(self) -> Path:
        """The folder of files under way."""
        return self.work_of(self.output)

    @staticmethod
    def work_of(output: Path) -> Path:
        """The folder of files under way of the job with these results."""
        return output.with_name(output.name + WORK)

    # -- facts about the whole job ----------------------------------------------------------------

    @property
    def settings(self) -> dict[str, Any]:
        """Limits, attempts, metadata and prices of the job. Raises NotBegun where none are."""
        found = self.fact("settings")
        if found is None:
            raise NotBegun(self.path)
        return dict(found)

    def fact(self, name: str, default: Any = None) -> Any:
        """A JSON value that was noted about the job."""
        row = self.db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def note(self, **facts: Any) -> None:
        """Note JSON values about the job."""
        self.db.executemany(
            "INSERT INTO facts VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            [(name, json.dumps(value)) for name, value in facts.items()],
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is written at once, or not at all."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def close(self) -> None:
        """Let the file go."""
        self.db.close()

    def tidy(self) -> None:
        """Drop what a job without failures no longer needs; its facts stay."""
        shutil.rmtree(self.work, ignore_errors=True)
        if self.db.execute("SELECT 1 FROM lines LIMIT 1").fetchone():
            with self.transaction():
                self.db.execute("DELETE FROM lines")
            self.db.execute("VACUUM")


def erase(path: Path) -> None:
    """Remove a state, whatever is in it, and the folder beside it."""
    for name in (path.name, path.name + "-wal", path.name + "-shm"):
        path.with_name(name).unlink(missing_ok=True)
    shutil.rmtree(State.work_of(path.with_name(path.name.removesuffix(SUFFIX))), ignore_errors=True)


@contextmanager
def opened(path: Path, *, create: bool = False) -> Iterator[State]:
    """The state at `path`; what SQLite raises inside the block comes out as OaiError.

    Raises UsageError where there is none (unless `create`), OaiError where it is damaged or is
    something else: nothing is written to it then.
    """
    try:
        if not create or path.exists():
            look(path)
        state = State(path, _connect(path))
        try:
            _prepare(state, create)
            yield state
        finally:
            state.close()
    except sqlite3.Error as error:
        raise _trouble(path, error) from error


@contextmanager
def readable(path: Path) -> Iterator[State]:
    """The state at `path` for looking only, also while a job is writing to it."""
    try:
        look(path)
        state = State(path, _connect(path, "ro"))
        try:
            _check(state)
            yield state
        finally:
            state.close()
    except sqlite3.Error as error:
        raise _trouble(path, error) from error


def _connect(path: Path, mode: str = "rwc") -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=60, isolation_level=None)


def look(path: Path) -> None:
    """Before SQLite touches it: is there a file, and could it be one of ours? Raises OaiError."""
    if not path.is_file():
        output = path.with_name(path.name.removesuffix(SUFFIX))
        raise UsageError(f"there is no job of {output}", f"no file {path}")
    with path.open("rb") as stream:
        head = stream.read(100)
    if head and not head.startswith(b"SQLite format 3\0"):
        raise _damaged(path, "it is no SQLite file")


def _prepare(state: State, create: bool) -> None:
    db = state.db
    db.execute("PRAGMA busy_timeout = 60000")
    if db.execute("PRAGMA application_id").fetchone()[0] == 0 and _empty(db):
        if not create:
            raise NotBegun(state.path)
        db.execute("PRAGMA journal_mode = WAL")
        with state.transaction():
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {MARK}")
            db.execute(f"PRAGMA user_version = {VERSION}")
    else:
        _check(state)
        (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise _damaged(state.path, verdict.splitlines()[-1])
    db.execute("PRAGMA synchronous = FULL")


def _empty(db: sqlite3.Connection) -> bool:
    return not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()


def _check(state: State) -> None:
    mark = state.db.execute("PRAGMA application_id").fetchone()[0]
    version = state.db.execute("PRAGMA user_version").fetchone()[0]
    if mark == 0 and _empty(state.db):
        raise NotBegun(state.path)
    if mark != MARK:
        raise OaiError(f"{state.path} is not the state of a batch job", "nothing was changed in it")
    if version > VERSION:
        raise OaiError(f"{state.path} was made by a newer oai", "update oai")


def _damaged(path: Path, why: str) -> OaiError:
    return OaiError(
        f"the state {path} is damaged: {why}",
        "nothing was changed in it; `oai batches list` shows the job's batches by their metadata "
        "`oai_job`. Move the file away, or use `run --fresh`, to begin anew",
    )


def _trouble(path: Path, error: sqlite3.Error) -> OaiError:
    words = str(error)
    if "full" in words or "disk I/O" in words:
        hint = "make room and run it again: nothing is lost, and nothing is sent twice"
        return OaiError(f"cannot write {path}: {words}", hint)
    if isinstance(error, sqlite3.OperationalError) and "locked" in words:
        return OaiError(f"{path} is in use", "try again in a moment")
    if isinstance(error, sqlite3.OperationalError) and "unable to open" in words:
        return UsageError(f"cannot open {path}", "its folder must be there and allow writing")
    return _damaged(path, words)
