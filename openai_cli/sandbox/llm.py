"""The sandbox's language model, behind chat, responses, completions and runs alike."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ..catalog.record import Record
from . import tokens
from .answers import answer, refusal, shorten

_NAMED = re.compile(r"\b(?i:in|for|at|of|to|about) ([A-Z][\w-]*(?: [A-Z][\w-]*)*)")


class Turn(Record):
    """One message: `role` is user, assistant, system or tool."""

    role: str
    text: str


class Tool(Record):
    """A function of the client's; a custom tool has no schema and takes free text."""

    name: str
    schema: dict[str, Any] | None = None
    custom: bool = False


class ToolCall(Record):
    """A wish to have a tool called; `arguments` is JSON, or free text for a custom tool."""

    name: str
    arguments: str
    custom: bool = False


class Ask(Record):
    """Everything a model is told. `choice` is auto, none, required, or a tool's name."""

    turns: list[Turn]
    tools: list[Tool] = []
    choice: str = "auto"
    parallel: bool = True
    schema: dict[str, Any] | None = None
    json: bool = False
    limit: int | None = None
    stop: Sequence[str] = ()
    take: int = 0

    @property
    def prompt(self) -> str:
        """The last message of the user."""
        return next((t.text for t in reversed(self.turns) if t.role == "user"), "")


class Said(Record):
    """What the model answers; `finish` is stop, length or tool_calls."""

    text: str = ""
    refusal: str | None = None
    calls: tuple[ToolCall, ...] = ()
    finish: str = "stop"

    @property
    def size(self) -> int:
        """The tokens of it all."""
        calls = sum(tokens.count(call.name) + tokens.count(call.arguments) for call in self.calls)
        return tokens.count(self.text) + tokens.count(self.refusal) + calls


def respond(ask: Ask) -> Said:
    """The model's answer, the same for the same question."""
    refused = refusal(ask.prompt)
    if refused:
        return Said(refusal=refused)
    calls = _calls(ask)
    if calls:
        return Said(calls=calls, finish="tool_calls")
    text = _until(_text(ask), ask.stop)
    text, short = tokens.cut(text, ask.limit)
    return Said(text, finish="length" if short else "stop")


def _text(ask: Ask) -> str:
    if ask.schema is not None:
        from .conform import conform

        return json.dumps(conform(ask.schema, topic(ask.prompt)), ensure_ascii=False)
    if ask.turns and ask.turns[-1].role == "tool":
        text = f"The tool came back with: {shorten(ask.turns[-1].text, 400)}"
    else:
        earlier = [turn.text for turn in ask.turns if turn.role == "user"][:-1]
        text = answer(ask.prompt, earlier)
    if ask.json and not text.startswith("{"):
        return json.dumps({"answer": text}, ensure_ascii=False)
    return f"{text} (take {ask.take + 1})" if ask.take and not ask.json else text


def _until(text: str, stops: Sequence[str]) -> str:
    found = [text.index(stop) for stop in stops if stop and stop in text]
    return text[: min(found)] if found else text


def _calls(ask: Ask) -> tuple[ToolCall, ...]:
    if ask.choice == "none" or not ask.tools or not ask.turns or ask.turns[-1].role == "tool":
        return ()
    forced = [tool for tool in ask.tools if tool.name == ask.choice]
    chosen = forced or [tool for tool in ask.tools if _mentions(ask.prompt, tool.name)]
    if not chosen and ask.choice == "required":
        chosen = ask.tools[:1]
    if not ask.parallel:
        chosen = chosen[:1]
    return tuple(_call(tool, ask.prompt) for tool in chosen)


def _call(tool: Tool, prompt: str) -> ToolCall:
    if tool.custom:
        return ToolCall(tool.name, topic(prompt), custom=True)
    from .conform import conform

    arguments = conform(tool.schema or {"type": "object"}, topic(prompt))
    return ToolCall(tool.name, json.dumps(arguments, ensure_ascii=False))


def _mentions(prompt: str, name: str) -> bool:
    said = prompt.lower()
    return bool(name) and (name.lower() in said or name.lower().replace("_", " ") in said)


def topic(prompt: str) -> str:
    """What a prompt is about: what it quotes, a name it mentions, else its beginning."""
    quoted = re.search(r"\"([^\"]{1,200})\"", prompt) or _NAMED.search(prompt)
    return quoted[1] if quoted else shorten(" ".join(prompt.split()), 80)
