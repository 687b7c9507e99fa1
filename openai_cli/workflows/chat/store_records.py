"""What the session store keeps: sessions, their messages, and what a search finds."""

from __future__ import annotations

import re
from typing import Any

from ...catalog.record import Record
from ...core.errors import UsageError

TITLE_LENGTH = 80


class Session(Record):
    """A saved conversation. Empty texts stand for what is not set; times are Unix seconds."""

    id: str
    name: str
    title: str
    api: str
    model: str
    system: str
    previous_response_id: str
    parent_id: str
    created_at: int
    updated_at: int
    messages: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The session as JSON shows it."""
        return {field: _or_null(getattr(self, field)) for field in self._fields}

    @property
    def label(self) -> str:
        """What to call it: its name, or else its id."""
        return self.name or self.id


class Entry(Record):
    """A message to be kept: the API's own JSON, and its text for search and for people."""

    message: dict[str, Any]
    text: str = ""
    usage: dict[str, Any] | None = None
    response_id: str = ""


class Message(Record):
    """A kept message. `id` grows within a session; `role` is there for items without one too."""

    id: int
    role: str
    message: dict[str, Any]
    text: str
    usage: dict[str, Any] | None
    response_id: str
    created_at: int

    def as_dict(self) -> dict[str, Any]:
        """The message as JSON shows it."""
        return {field: _or_null(getattr(self, field)) for field in self._fields}


class Hit(Record):
    """A message that a search found. `number` counts the session's messages from 1."""

    session: str
    name: str
    number: int
    role: str
    created_at: int
    snippet: str

    def as_dict(self) -> dict[str, Any]:
        """The hit as JSON shows it."""
        return {field: _or_null(getattr(self, field)) for field in self._fields}


def _or_null(value: Any) -> Any:
    return None if value == "" else value


def role_of(message: dict[str, Any]) -> str:
    """Who speaks in a chat message or a response item; items without a role have one by type."""
    if role := message.get("role"):
        return str(role)
    return "tool" if str(message.get("type", "")).endswith("_output") else "assistant"


def title_of(text: str) -> str:
    """A title made of the first line of a text."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    line = " ".join(line.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1] + "…"


def check_name(name: str) -> str:
    """`name`, where it can be one. Raises UsageError."""
    if not name.strip() or name != name.strip() or not name.isprintable():
        raise UsageError(f"{name!r} cannot be a session's name", "use letters, digits and dashes")
    if name.startswith("-") or re.search(r"\s{2}", name):
        raise UsageError(f"{name!r} cannot be a session's name", "use letters, digits and dashes")
    return name
