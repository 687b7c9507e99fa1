"""Talking through chat completions: `messages` in, `choices` out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .adapter import Request, Usage, count, field, joined, put

if TYPE_CHECKING:
    from ...engine.gather import Call
    from . import attach, schema
    from .tool import Call as ToolCall
    from .tool import Outcome, Tool


KEPT = ("role", "content", "refusal", "tool_calls")


class ChatCompletions:
    """`messages` in, `choices` out."""

    operation = "chat.completions.create"
    family = "choices"
    name = "chat"

    def _messages(self, call: Call) -> list[dict[str, Any]]:
        messages = list(field(call, "messages") or [])
        put(call, "messages", messages)
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
            message["content"] = joined(text, message["content"])
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

        put(call, "response_format", as_response_format(wanted))

    def tools(self, call: Call, offered: Sequence[Tool]) -> None:
        from .tools import as_chat_tool

        made = [as_chat_tool(tool) for tool in offered]
        put(call, "tools", [*(field(call, "tools") or []), *made])

    def _message(self, document: Any) -> dict[str, Any]:
        choices = document.get("choices") if isinstance(document, dict) else None
        return dict(choices[0].get("message") or {}) if choices else {}

    def calls(self, document: Any) -> list[ToolCall]:
        from .tool import Call as ToolCall

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
        slim = {key: message[key] for key in KEPT if message.get(key) is not None}
        audio = message.get("audio")
        if isinstance(audio, dict) and not slim.get("content"):
            # The sound itself can be referred to for an hour only, its words for ever.
            slim["content"] = audio.get("transcript")
        return [{"role": "assistant", "content": None, **slim}] if message else []

    def requests(self, document: Any) -> list[Request]:
        return []

    def settled(self, document: Any) -> list[dict[str, Any]]:
        found = self.answer(document)
        for message in found:
            message.pop("tool_calls", None)
        return [message for message in found if message.get("content") or message.get("refusal")]

    def state(self, document: Any) -> str:
        return ""

    def results(
        self,
        call: Call,
        document: Any,
        outcomes: Sequence[Outcome],
        decisions: Sequence[tuple[Request, bool]] = (),
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
            count(usage, "prompt_tokens"),
            count(usage, "prompt_tokens_details", "cached_tokens"),
            count(usage, "completion_tokens"),
            count(usage, "completion_tokens_details", "reasoning_tokens"),
        )
