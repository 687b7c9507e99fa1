"""Items of responses and conversations: what clients send, as the API keeps and lists it."""

from __future__ import annotations

import base64
import json
from typing import Any

from .call import Object
from .chat import content_text
from .ids import fresh
from .llm import Turn
from .store import Store

_PREFIXES = {
    "compaction": "cmp_",
    "custom_tool_call": "ctc_",
    "custom_tool_call_output": "ctco_",
    "file_search_call": "fs_",
    "function_call": "fc_",
    "function_call_output": "fco_",
    "image_generation_call": "ig_",
    "message": "msg_",
    "reasoning": "rs_",
    "web_search_call": "ws_",
}


def from_input(given: Any, store: Store | None = None) -> list[Object]:
    """The input of a request as items with ids; references are looked up in the store."""
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    found = []
    for item in given or ():
        reference = item.get("type") == "item_reference" or set(item) == {"id"}
        known = store.anywhere(item["id"]) if reference and store else None
        found.append(known or _completed(item))
    return found


def _completed(item: Object) -> Object:
    kind = item.get("type") or "message"
    new = {"id": fresh(_PREFIXES.get(kind, "item_")), "status": "completed", **item, "type": kind}
    if new.get("id") is None:
        new["id"] = fresh(_PREFIXES.get(kind, "item_"))
    if kind == "message":
        new["content"] = _parts(new.get("role"), new.get("content"))
    return new


def _parts(role: Any, content: Any) -> list[Object]:
    if isinstance(content, list):
        return [_output_part(part) if role == "assistant" else part for part in content]
    if role == "assistant":
        return [{"type": "output_text", "text": content, "annotations": []}]
    return [{"type": "input_text", "text": content}]


def _output_part(part: Object) -> Object:
    return {"annotations": [], **part} if part.get("type") == "output_text" else part


def turns(items: list[Object]) -> list[Turn]:
    """What a model needs to know of items."""
    return [turn for item in items for turn in _turns(item)]


def _turns(item: Object) -> list[Turn]:
    kind = item.get("type")
    if kind == "message":
        role = str(item.get("role"))
        return [Turn("system" if role == "developer" else role, content_text(item["content"]))]
    if kind in ("function_call_output", "custom_tool_call_output"):
        return [Turn("tool", content_text(item.get("output")))]
    if kind in ("function_call", "custom_tool_call"):
        return [Turn("assistant", f"{item.get('name')} {item.get('arguments', '')}")]
    if kind == "compaction":
        return unpack(str(item.get("encrypted_content")))
    return []


def pack(known: list[Turn]) -> str:
    """Turns in the sealed form that a compaction has."""
    plain = json.dumps([[turn.role, turn.text] for turn in known])
    return base64.b64encode(plain.encode()).decode()


def unpack(sealed: str) -> list[Turn]:
    """The turns in a compaction; none if it is not one of ours."""
    try:
        return [Turn(role, text) for role, text in json.loads(base64.b64decode(sealed))]
    except ValueError:
        return []
