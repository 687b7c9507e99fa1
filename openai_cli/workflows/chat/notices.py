"""What happens beside the text of an answer, in one quiet line each."""

from __future__ import annotations

from typing import Any

LONGEST = 160


def notice(event: dict[str, Any]) -> str:
    """The line for an event; empty for events that need none."""
    kind = str(event.get("type", ""))
    if kind == "oai.tool_call":
        return _cut(f"tool: {event['name']}({event['arguments']})")
    if kind == "oai.tool_result":
        word = "failed" if event["error"] else "gave"
        return _cut(f"      {word}: {event['output']}")
    if kind == "response.reasoning_summary_text.done":
        return _cut(f"thinking: {event.get('text', '')}")
    if kind == "response.output_text.annotation.added":
        return _annotation(event.get("annotation"))
    if kind == "response.output_item.done":
        return _item(event.get("item"))
    return ""


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _annotation(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    if value.get("type") == "url_citation":
        return _cut(f"link: {value.get('title') or ''} {value.get('url') or ''}")
    name = value.get("filename") or value.get("file_id")
    return _cut(f"file: {name}") if name else ""


def _item(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    kind = value.get("type")
    if kind == "web_search_call":
        action = value.get("action") or {}
        what = action.get("query") or action.get("url") or action.get("pattern") or ""
        return _cut(f"web search: {what}")
    if kind == "file_search_call":
        return _cut(f"file search: {', '.join(value.get('queries') or ())}")
    if kind == "code_interpreter_call":
        return _cut(f"code: {value.get('code') or ''}")
    if kind == "mcp_call":
        name = f"{value.get('server_label')}.{value.get('name')}"
        return _cut(f"mcp: {name}({value.get('arguments')})")
    if kind == "image_generation_call":
        return "picture made"
    return ""
