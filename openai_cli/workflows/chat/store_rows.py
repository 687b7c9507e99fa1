"""Between the store's records and the rows of its tables."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from .store_records import Entry, Message, Session, role_of

HIT = """SELECT s.id AS session, s.name, m.role, m.created_at, m.text,
    (SELECT COUNT(*) FROM messages WHERE session_id = s.id AND id <= m.id) AS number"""
SESSION = """SELECT s.*, (SELECT COUNT(*) FROM messages WHERE session_id = s.id) AS messages
    FROM sessions s"""
COLUMNS = "role, message, text, usage, response_id"


def clean(text: str) -> str:
    """`text` as SQLite can keep it: halves of surrogate pairs replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def columns(entry: Entry) -> tuple[Any, ...]:
    """The values of `COLUMNS` for a message to be kept."""
    return (
        role_of(entry.message),
        json.dumps(entry.message),
        clean(entry.text),
        None if entry.usage is None else json.dumps(entry.usage),
        entry.response_id,
    )


def session(row: sqlite3.Row) -> Session:
    """The session of a row that `SESSION` selects."""
    return Session(**{field: text_of(row[field]) for field in Session._fields})


def message(row: sqlite3.Row) -> Message:
    """The message of a row of the table."""
    values = {field: row[field] for field in Message._fields}
    values["message"] = json.loads(row["message"])
    values["usage"] = json.loads(row["usage"]) if row["usage"] else None
    return Message(**values)


def text_of(value: Any) -> Any:
    """NULL as an empty text."""
    return "" if value is None else value
