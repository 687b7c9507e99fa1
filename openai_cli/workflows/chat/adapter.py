"""What the two ways to talk to a model have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ...catalog.record import Record
from ...core.console import harmless

if TYPE_CHECKING:
    from ...engine.gather import Call
    from . import attach, schema
    from .tool import Call as ToolCall
    from .tool import Outcome, Tool


class Usage(Record):
    """Tokens of one answer; `cached` is part of `input`, `reasoning` part of `output`."""

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0

    def plus(self, other: Usage) -> Usage:
        """The sum of two."""
        return Usage(*(getattr(self, name) + getattr(other, name) for name in self._fields))


class Request(Record):
    """A wish to use a tool of a remote server."""

    id: str
    server: str
    name: str
    arguments: str

    def preview(self) -> str:
        """The wish in one line."""
        return harmless(f"{self.server}: {self.name}({self.arguments})")


class Api(Protocol):
    """An adapter."""

    operation: str
    family: str
    name: str

    def system(self, call: Call, text: str) -> None:
        """Say how the model should behave, before everything else."""

    def prompt(self, call: Call, text: str) -> None:
        """Put text before what the user typed."""

    def attach(self, call: Call, found: Sequence[attach.Attachment], ids: dict[int, str]) -> None:
        """Add attachments to the user's message; `ids` are those of uploaded ones by position."""

    def history(self, call: Call, items: Sequence[dict[str, Any]]) -> None:
        """Put the earlier messages of a conversation before the new ones."""

    def new_items(self, call: Call, known: int) -> list[dict[str, Any]]:
        """The messages of the call beyond the first `known` (those of the history)."""

    def schema(self, call: Call, wanted: schema.Schema) -> None:
        """Ask for an answer of this shape."""

    def tools(self, call: Call, offered: Sequence[Tool]) -> None:
        """Offer tools."""

    def calls(self, document: Any) -> list[ToolCall]:
        """The tool calls of an answer."""

    def requests(self, document: Any) -> list[Request]:
        """What a remote server's tools want to be allowed."""

    def answer(self, document: Any) -> list[dict[str, Any]]:
        """The answer as items of the conversation."""

    def settled(self, document: Any) -> list[dict[str, Any]]:
        """The same without calls that nobody has answered, so that the conversation can go on."""

    def state(self, document: Any) -> str:
        """The id from which the server goes on by itself; empty where it cannot."""

    def results(
        self,
        call: Call,
        document: Any,
        outcomes: Sequence[Outcome],
        decisions: Sequence[tuple[Request, bool]] = (),
    ) -> list[dict[str, Any]]:
        """Put an answer, the results of its tool calls and what was decided about its requests into
        the next turn's call; the items that came to the conversation."""

    def usage(self, document: Any) -> Usage:
        """The tokens of an answer."""


def text_of(api: Api, document: Any) -> str:
    """The visible text of an answer."""
    from ...core import live

    reader = live.reader(api.family)
    return (reader.text(document) if reader else None) or ""


def said(item: dict[str, Any]) -> str:
    """The text of a message or item."""
    content = item.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))


def field(call: Call, name: str) -> Any:
    """A field in the place where it stands."""
    return (call.values if name in call.values or name not in call.body else call.body).get(name)


def put(call: Call, name: str, value: Any) -> None:
    (call.body if name in call.body and name not in call.values else call.values)[name] = value


def count(usage: Any, name: str, *path: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, int) else 0


def joined(first: str, second: str) -> str:
    return f"{first}\n\n{second}" if first and second else first or second
