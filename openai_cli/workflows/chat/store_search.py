"""From the words somebody looks for to what SQLite is asked, whatever those words are.

A word is looked up in the index; from three characters on its beginning is enough. Scripts that
are written without spaces, and words made of signs only, are looked for in the texts themselves.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from ...catalog.record import Record
from ...core.errors import UsageError
from .store_records import Hit
from .store_rows import HIT, text_of

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
AROUND = 40
PREFIX_FROM = 3


class Query(Record):
    """`match` is for the index, empty where it is not needed; each of `inside` must occur."""

    match: str
    inside: tuple[str, ...]

    def select(self, marks: tuple[str, str], limit: int) -> tuple[str, tuple[Any, ...]]:
        """The statement and its values; best first, or newest first where nothing is ranked."""
        where = " AND ".join(["m.text LIKE ? ESCAPE '\\'"] * len(self.inside))
        if not self.match:
            return (
                f"{HIT}, '' AS snippet FROM messages m JOIN sessions s ON s.id = m.session_id"
                f" WHERE {where} ORDER BY m.id DESC LIMIT ?",
                (*self._patterns, limit),
            )
        return (
            f"{HIT}, snippet(words, 0, ?, ?, '…', 16) AS snippet FROM words"
            " JOIN messages m ON m.id = words.rowid JOIN sessions s ON s.id = m.session_id"
            f" WHERE words MATCH ?{' AND ' + where if where else ''}"
            " ORDER BY words.rank, m.id DESC LIMIT ?",
            (*marks, self.match, *self._patterns, limit),
        )

    @property
    def _patterns(self) -> tuple[str, ...]:
        escaped = (re.sub(r"([%_\\])", r"\\\1", text) for text in self.inside)
        return tuple(f"%{text}%" for text in escaped)

    def hit(self, row: sqlite3.Row, marks: tuple[str, str]) -> Hit:
        """The hit of a row of that statement."""
        shown = row["snippet"] if self.match else snippet(row["text"], self.inside[0], marks)
        plain = {field: row[field] for field in ("session", "number", "role", "created_at")}
        return Hit(name=text_of(row["name"]), snippet=shown, **plain)


def query(text: str) -> Query:
    """What to ask for these words, which must all occur. Raises UsageError when there are none."""
    indexed, inside = [], []
    for word in text.replace("\0", " ").split():
        if UNSPACED.search(word) or not any(char.isalnum() for char in word):
            inside.append(word)
        else:
            indexed.append(_phrase(word))
    if not indexed and not inside:
        raise UsageError("there is nothing to search for", "name one or more words")
    return Query(" AND ".join(indexed), tuple(inside))


def _phrase(word: str) -> str:
    letters = sum(char.isalnum() for char in word)
    quoted = '"' + word.replace('"', '""') + '"'
    return quoted + ("*" if letters >= PREFIX_FROM else "")


def snippet(text: str, wanted: str, marks: tuple[str, str]) -> str:
    """The text around the first place where `wanted` occurs, which is marked."""
    at = text.lower().find(wanted.lower())
    if at < 0:
        at, wanted = 0, ""
    start, end = max(at - AROUND, 0), at + len(wanted) + AROUND
    before, found, after = (
        text[start:at],
        text[at : at + len(wanted)],
        text[at + len(wanted) : end],
    )
    marked = f"{marks[0]}{found}{marks[1]}" if found else ""
    return ("…" if start else "") + before + marked + after + ("…" if end < len(text) else "")
