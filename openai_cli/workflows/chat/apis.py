"""What differs between the two ways to talk to a model; everything else is written once.

Chat completions carry `messages`; responses carry `input` items and `instructions`. Both adapters
change a `Call` in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ...catalog.record import Record
from ...core import live

if TYPE_CHECKING:
    from ...engine.gather import Call
    from . import attach, schema, tools


class Usage(Record):
    """Tokens of one answer; `cached` is part of `input`, `reasoning` part of `output`."""

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0

    def plus(self, other: Usage) -> Usage:
        """The sum of two."""
        return Usage(*(getattr(self, name) + getattr(other, name) for name in self._fields))


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

    def tools(self, call: Call, offered: Sequence[tools.Tool]) -> None:
        """Offer tools."""

    def calls(self, document: Any) -> list[tools.Call]:
        """The tool calls of an answer."""

    def answer(self, document: Any) -> list[dict[str, Any]]:
        """The answer as items of the conversation."""

    def results(
        self, call: Call, document: Any, outcomes: Sequence[tools.Outcome]
    ) -> list[dict[str, Any]]:
        """Put an answer and the results of its tool calls into the next turn's call; the items
        that came to the conversation."""

    def usage(self, document: Any) -> Usage:
        """The tokens of an answer."""


def text_of(api: Api, document: Any) -> str:
    """The visible text of an answer."""
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


def _field(call: Call, name: str) -> Any:
    """A field in the place where it stands."""
    return (call.values if name in call.values or name not in call.body else call.body).get(name)


def _put(call: Call, name: str, value: Any) -> None:
    (call.body if name in call.body and name not in call.values else call.values)[name] = value


def _count(usage: Any, name: str, *path: str) -> int:
    value = usage.get(name) if isinstance(usage, dict) else None
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, int) else 0


class ChatCompletions:
    """`messages` in, `choices` out."""

    operation = "chat.completions.create"
    family = "choices"
    name = "chat"

    def _messages(self, call: Call) -> list[dict[str, Any]]:
        messages = list(_field(call, "messages") or [])
        _put(call, "messages", messages)
        return messages

    def _user(self, call: Call) -> dict[str, Any]:
        """The last message if it is the user's, else a new one."""
        messages = self._messages(call)
        if not messages or messages[-1].get("role") != "user":
            messages.append({"role": "user", "content": ""})
        messages[-1] = dict(messages[-1])
        return messages[-1]

    def system(self, call: Call, text: str) -> None:
        self._messages(call).insert(0, {"role": "system", "content": text})

    def prompt(self, call: Call, text: str) -> None:
        message = self._user(call)
        if isinstance(message["content"], str):
            message["content"] = _joined(text, message["content"])
        else:
            message["content"] = [{"type": "text", "text": text}, *message["content"]]

    def attach(self, call: Call, found: Sequence[attach.Attachment], ids: dict[int, str]) -> None:
        from .attach import chat_part

        message = self._user(call)
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
        if content == "":
            parts = []
        for at, one in enumerate(found):
            parts.append(chat_part(one, ids.get(at)))
        message["content"] = parts

    def history(self, call: Call, items: Sequence[dict[str, Any]]) -> None:
        messages = self._messages(call)
        messages[:0] = items

    def new_items(self, call: Call, known: int) -> list[dict[str, Any]]:
        return self._messages(call)[known:]

    def schema(self, call: Call, wanted: schema.Schema) -> None:
        from .schema import as_response_format

        _put(call, "response_format", as_response_format(wanted))

    def tools(self, call: Call, offered: Sequence[tools.Tool]) -> None:
        from .tools import as_chat_tool

        made = [as_chat_tool(tool) for tool in offered]
        _put(call, "tools", [*(_field(call, "tools") or []), *made])

    def _message(self, document: Any) -> dict[str, Any]:
        choices = document.get("choices") if isinstance(document, dict) else None
        return dict(choices[0].get("message") or {}) if choices else {}

    def calls(self, document: Any) -> list[tools.Call]:
        from .tools import Call as ToolCall

        found = self._message(document).get("tool_calls") or ()
        return [
            ToolCall(
                str(one.get("id")),
                str(one["function"].get("name")),
                one["function"].get("arguments") or "{}",
            )
            for one in found
            if isinstance(one.get("function"), dict)
        ]

    def answer(self, document: Any) -> list[dict[str, Any]]:
        message = self._message(document)
        kept = ("role", "content", "refusal", "tool_calls", "audio")
        slim = {key: message[key] for key in kept if message.get(key) is not None}
        return [{"role": "assistant", "content": None, **slim}] if message else []

    def results(
        self, call: Call, document: Any, outcomes: Sequence[tools.Outcome]
    ) -> list[dict[str, Any]]:
        made = [
            {"role": "tool", "tool_call_id": outcome.id, "content": outcome.output}
            for outcome in outcomes
        ]
        added = [*self.answer(document), *made]
        self._messages(call).extend(added)
        return added

    def usage(self, document: Any) -> Usage:
        usage = document.get("usage") if isinstance(document, dict) else None
        return Usage(
            _count(usage, "prompt_tokens"),
            _count(usage, "prompt_tokens_details", "cached_tokens"),
            _count(usage, "completion_tokens"),
            _count(usage, "completion_tokens_details", "reasoning_tokens"),
        )


class Responses:
    """`input` items in, `output` items out."""

    operation = "responses.create"
    family = "response_events"
    name = "responses"

    def _items(self, call: Call) -> list[dict[str, Any]]:
        value = _field(call, "input")
        items = [{"role": "user", "content": value}] if isinstance(value, str) else list(value or [])
        _put(call, "input", items)
        return items

    def system(self, call: Call, text: str) -> None:
        _put(call, "instructions", text)

    def prompt(self, call: Call, text: str) -> None:
        value = _field(call, "input")
        if value is None or isinstance(value, str):
            _put(call, "input", _joined(text, value or ""))
        else:
            self._items(call).append({"role": "user", "content": text})

    def attach(self, call: Call, found: Sequence[attach.Attachment], ids: dict[int, str]) -> None:
        from .attach import responses_part

        value = _field(call, "input")
        parts: list[dict[str, Any]] = []
        if isinstance(value, str) and value:
            parts.append({"type": "input_text", "text": value})
        for at, one in enumerate(found):
            parts.append(responses_part(one, ids.get(at)))
        before = list(value) if isinstance(value, list) else []
        _put(call, "input", [*before, {"role": "user", "content": parts}])

    def history(self, call: Call, items: Sequence[dict[str, Any]]) -> None:
        if items:
            found = self._items(call)
            found[:0] = items

    def new_items(self, call: Call, known: int) -> list[dict[str, Any]]:
        return self._items(call)[known:]

    def schema(self, call: Call, wanted: schema.Schema) -> None:
        from .schema import as_text_format

        text = _field(call, "text")
        _put(call, "text", {**(text or {}), **as_text_format(wanted)})

    def tools(self, call: Call, offered: Sequence[tools.Tool]) -> None:
        from .tools import as_responses_tool

        made = [as_responses_tool(tool) for tool in offered]
        _put(call, "tools", [*(_field(call, "tools") or []), *made])

    def _output(self, document: Any) -> list[dict[str, Any]]:
        output = document.get("output") if isinstance(document, dict) else None
        return [item for item in output or () if isinstance(item, dict)]

    def calls(self, document: Any) -> list[tools.Call]:
        from .tools import Call as ToolCall

        return [
            ToolCall(str(i.get("call_id")), str(i.get("name")), i.get("arguments") or "{}")
            for i in self._output(document)
            if i.get("type") == "function_call"
        ]

    def answer(self, document: Any) -> list[dict[str, Any]]:
        return [_without_status(item) for item in self._output(document)]

    def results(
        self, call: Call, document: Any, outcomes: Sequence[tools.Outcome]
    ) -> list[dict[str, Any]]:
        made = [
            {"type": "function_call_output", "call_id": one.id, "output": one.output}
            for one in outcomes
        ]
        if _field(call, "store") is not False and document.get("id"):
            _put(call, "previous_response_id", document["id"])
            call.values.pop("conversation", None)
            _put(call, "input", made)
        else:
            self._items(call).extend([*self.answer(document), *made])
        return [*self.answer(document), *made]

    def usage(self, document: Any) -> Usage:
        usage = document.get("usage") if isinstance(document, dict) else None
        return Usage(
            _count(usage, "input_tokens"),
            _count(usage, "input_tokens_details", "cached_tokens"),
            _count(usage, "output_tokens"),
            _count(usage, "output_tokens_details", "reasoning_tokens"),
        )


def _joined(first: str, second: str) -> str:
    return f"{first}\n\n{second}" if first and second else first or second


def _without_status(item: dict[str, Any]) -> dict[str, Any]:
    """An output item as an input item: the same, without what only an answer has."""
    return {key: value for key, value in item.items() if key != "status" or item["type"] != "message"}


APIS: dict[str, type[ChatCompletions] | type[Responses]] = {
    "chat": ChatCompletions,
    "responses": Responses,
}
