"""Talking through responses: `input` items and `instructions` in, `output` items out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .adapter import Usage, count, field, joined, put

if TYPE_CHECKING:
    from ...engine.gather import Call
    from . import attach, schema, tools


class Responses:
    """`input` items in, `output` items out."""

    operation = "responses.create"
    family = "response_events"
    name = "responses"

    def _items(self, call: Call) -> list[dict[str, Any]]:
        value = field(call, "input")
        items = (
            [{"role": "user", "content": value}] if isinstance(value, str) else list(value or [])
        )
        put(call, "input", items)
        return items

    def system(self, call: Call, text: str) -> None:
        put(call, "instructions", text)

    def prompt(self, call: Call, text: str) -> None:
        value = field(call, "input")
        if value is None or isinstance(value, str):
            put(call, "input", joined(text, value or ""))
        else:
            self._items(call).append({"role": "user", "content": text})

    def attach(self, call: Call, found: Sequence[attach.Attachment], ids: dict[int, str]) -> None:
        from .attach import responses_part

        value = field(call, "input")
        parts: list[dict[str, Any]] = []
        if isinstance(value, str) and value:
            parts.append({"type": "input_text", "text": value})
        for at, one in enumerate(found):
            parts.append(responses_part(one, ids.get(at)))
        before = list(value) if isinstance(value, list) else []
        put(call, "input", [*before, {"role": "user", "content": parts}])

    def history(self, call: Call, items: Sequence[dict[str, Any]]) -> None:
        if items:
            found = self._items(call)
            found[:0] = items

    def new_items(self, call: Call, known: int) -> list[dict[str, Any]]:
        return self._items(call)[known:]

    def schema(self, call: Call, wanted: schema.Schema) -> None:
        from .schema import as_text_format

        text = field(call, "text")
        put(call, "text", {**(text or {}), **as_text_format(wanted)})

    def tools(self, call: Call, offered: Sequence[tools.Tool]) -> None:
        from .tools import as_responses_tool

        made = [as_responses_tool(tool) for tool in offered]
        put(call, "tools", [*(field(call, "tools") or []), *made])

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
        if field(call, "store") is not False and document.get("id"):
            put(call, "previous_response_id", document["id"])
            call.values.pop("conversation", None)
            put(call, "input", made)
        else:
            self._items(call).extend([*self.answer(document), *made])
        return [*self.answer(document), *made]

    def usage(self, document: Any) -> Usage:
        usage = document.get("usage") if isinstance(document, dict) else None
        return Usage(
            count(usage, "input_tokens"),
            count(usage, "input_tokens_details", "cached_tokens"),
            count(usage, "output_tokens"),
            count(usage, "output_tokens_details", "reasoning_tokens"),
        )


def _without_status(item: dict[str, Any]) -> dict[str, Any]:
    """An output item as an input item: the same, without what only an answer has."""
    return {
        key: value for key, value in item.items() if key != "status" or item["type"] != "message"
    }
