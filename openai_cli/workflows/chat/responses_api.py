"""Talking through responses: `input` items and `instructions` in, `output` items out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .adapter import Request, Usage, count, field, joined, put

if TYPE_CHECKING:
    from ...engine.gather import Call
    from . import attach, schema
    from .tool import Call as ToolCall
    from .tool import Outcome, Tool


OPEN = (
    "function_call",
    "custom_tool_call",
    "computer_call",
    "local_shell_call",
    "shell_call",
    "apply_patch_call",
    "mcp_approval_request",
)
"""Items that wait for an answer of ours."""


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

    def tools(self, call: Call, offered: Sequence[Tool]) -> None:
        from .tools import as_responses_tool

        made = [as_responses_tool(tool) for tool in offered]
        put(call, "tools", [*(field(call, "tools") or []), *made])

    def _output(self, document: Any) -> list[dict[str, Any]]:
        output = document.get("output") if isinstance(document, dict) else None
        return [item for item in output or () if isinstance(item, dict)]

    def calls(self, document: Any) -> list[ToolCall]:
        from .tool import Call as ToolCall

        return [
            ToolCall(str(i.get("call_id")), str(i.get("name")), i.get("arguments") or "{}")
            for i in self._output(document)
            if i.get("type") == "function_call"
        ]

    def requests(self, document: Any) -> list[Request]:
        return [
            Request(
                str(item.get("id")),
                str(item.get("server_label")),
                str(item.get("name")),
                str(item.get("arguments") or "{}"),
            )
            for item in self._output(document)
            if item.get("type") == "mcp_approval_request"
        ]

    def answer(self, document: Any) -> list[dict[str, Any]]:
        items = [_without_status(item) for item in self._output(document)]
        return items if _is_stored(document) else _unstored(items)

    def settled(self, document: Any) -> list[dict[str, Any]]:
        items = self.answer(document)
        closed = [item for item in items if item.get("type") not in OPEN]
        if len(closed) == len(items):
            return items
        # A thought without the call it led to is refused.
        return [item for item in closed if item.get("type") != "reasoning"]

    def state(self, document: Any) -> str:
        if not _is_stored(document) or document.get("status") != "completed":
            return ""
        is_open = any(item.get("type") in OPEN for item in self._output(document))
        return "" if is_open else str(document["id"])

    def results(
        self,
        call: Call,
        document: Any,
        outcomes: Sequence[Outcome],
        decisions: Sequence[tuple[Request, bool]] = (),
    ) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = [
            {"type": "function_call_output", "call_id": one.id, "output": one.output}
            for one in outcomes
        ]
        made += [
            {"type": "mcp_approval_response", "approval_request_id": wish.id, "approve": allowed}
            for wish, allowed in decisions
        ]
        if field(call, "conversation"):
            put(call, "input", made)
        elif field(call, "store") is not False and _is_stored(document):
            put(call, "previous_response_id", document["id"])
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


def _is_stored(document: Any) -> bool:
    """Whether the server keeps a response."""
    return isinstance(document, dict) and bool(document.get("id")) and document.get("store", True)


def _unstored(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Items that the server cannot look up: without the ids it would look for, and without thoughts
    that it alone could read."""
    kept = (i for i in items if i.get("type") != "reasoning" or i.get("encrypted_content"))
    return [
        {k: v for k, v in item.items() if k != "id" or item.get("type") == "image_generation_call"}
        for item in kept
    ]


def _without_status(item: dict[str, Any]) -> dict[str, Any]:
    """An output item as an input item: the same, without what only an answer has."""
    return {
        key: value for key, value in item.items() if key != "status" or item["type"] != "message"
    }
