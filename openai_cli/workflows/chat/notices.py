"""What happens beside the text of an answer, in one quiet line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...core.live.base import records

LONGEST = 160


def notice(event: dict[str, Any]) -> str:
    """The line for an event; empty for events that need none."""
    make = OURS.get(str(event.get("type", "")))
    if make:
        return make(event)
    if event.get("type") == "response.reasoning_summary_text.done":
        return _cut(f"thinking: {event.get('text', '')}")
    if event.get("type") == "response.output_item.done":
        item = event.get("item")
        return _item(item) if isinstance(item, dict) else ""
    return _links(
        one
        for choice in records(event.get("choices"))
        if isinstance(choice.get("delta"), dict)
        for one in records(choice["delta"].get("annotations"))
    )


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _tool_call(event: dict[str, Any]) -> str:
    """In full: a person must be able to see what runs."""
    return " ".join(f"tool: {event['name']}({event['arguments']})".split())


def _tool_result(event: dict[str, Any]) -> str:
    word = "failed" if event["error"] else "gave"
    return _cut(f"tool: {event['name']} {word}: {event['output']}")


def _wish(event: dict[str, Any]) -> str:
    return " ".join(f"mcp: {event['server']}.{event['name']}({event['arguments']})?".split())


def _approval(event: dict[str, Any]) -> str:
    word = "allowed" if event["allowed"] else "not allowed"
    return _cut(f"mcp: {event['server']}.{event['name']} was {word}")


OURS: dict[str, Callable[[dict[str, Any]], str]] = {
    "oai.tool_call": _tool_call,
    "oai.tool_result": _tool_result,
    "oai.approval_request": _wish,
    "oai.approval": _approval,
    "oai.dropped": lambda event: "the connection dropped; following the response again",
    "oai.saved": lambda event: f"saved {event['path']}",
}


def _links(annotations: Iterable[dict[str, Any]]) -> str:
    """The sources of a text, each once, a line each. They come when the text is complete: a line in
    its midst would tear it apart."""
    return "\n".join(dict.fromkeys(line for one in annotations if (line := _annotation(one))))


def _annotation(value: dict[str, Any]) -> str:
    if value.get("type") == "url_citation":
        inner = value.get("url_citation")
        where = inner if isinstance(inner, dict) else value
        return _cut(f"link: {where.get('title') or ''} {where.get('url') or ''}")
    name = value.get("filename") or value.get("file_id")
    return _cut(f"file: {name}") if name else ""


def _message(item: dict[str, Any]) -> str:
    return _links(
        one for part in records(item.get("content")) for one in records(part.get("annotations"))
    )


def _web_search(item: dict[str, Any]) -> str:
    action = item.get("action")
    action = action if isinstance(action, dict) else {}
    return _cut(
        f"web search: {action.get('query') or action.get('url') or action.get('pattern') or ''}"
    )


def _file_search(item: dict[str, Any]) -> str:
    return _cut(f"file search: {', '.join(str(one) for one in item.get('queries') or ())}")


def _mcp(item: dict[str, Any]) -> str:
    return _cut(f"mcp: {item.get('server_label')}.{item.get('name')}({item.get('arguments')})")


ITEMS: dict[str, Callable[[dict[str, Any]], str]] = {
    "message": _message,
    "web_search_call": _web_search,
    "file_search_call": _file_search,
    "code_interpreter_call": lambda item: _cut(f"code: {item.get('code') or ''}"),
    "mcp_call": _mcp,
    "image_generation_call": lambda item: "picture made",
}


def _item(item: dict[str, Any]) -> str:
    make = ITEMS.get(str(item.get("type")))
    return make(item) if make else ""
