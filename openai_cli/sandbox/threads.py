"""Threads and their messages."""

from __future__ import annotations

from typing import Any

from .call import Call, Object
from .chat import content_text
from .ids import fresh
from .llm import Turn
from .places import require_parents
from .reply import Reply, as_json

_COLLECTION = "threads"


def create(call: Call) -> Reply:
    """A thread, begun with messages if any are given."""
    return as_json(call.fitted(new_thread(call, call.body)))


def new_thread(call: Call, given: Object) -> Object:
    """Store a thread and its first messages."""
    id = fresh("thread_")
    value = {"id": id, "object": "thread", "created_at": call.now}
    value |= {"metadata": given.get("metadata") or {}}
    value |= {"tool_resources": given.get("tool_resources") or {}}
    with call.store.transaction():
        call.store.put(_COLLECTION, id, value)
        for message in given.get("messages") or ():
            new_message(call, id, message)
    return value


def create_message(call: Call) -> Reply:
    """Add a message to a thread."""
    require_parents(call)
    return as_json(call.fitted(new_message(call, call.ids["thread_id"], call.body)))


def new_message(call: Call, thread: str, given: Object) -> Object:
    """Store a message at the end of a thread."""
    id = fresh("msg_")
    value = {
        "assistant_id": None,
        "attachments": [],
        "metadata": {},
        "run_id": None,
        **given,
        "id": id,
        "object": "thread.message",
        "created_at": call.now,
        "completed_at": call.now,
        "content": _blocks(given.get("content")),
        "status": "completed",
        "thread_id": thread,
    }
    return call.store.put(f"{_COLLECTION}/{thread}/messages", id, value)


def _blocks(content: Any) -> list[Object]:
    given = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    return [
        {"type": "text", "text": {"value": part["text"], "annotations": []}}
        if isinstance(part.get("text"), str)
        else part
        for part in given
    ]


def turns(call: Call, thread: str) -> list[Turn]:
    """What has been said in a thread."""
    found = []
    for message in call.store.items(f"{_COLLECTION}/{thread}/messages"):
        parts = [
            {**part, "text": part["text"]["value"]} if part.get("type") == "text" else part
            for part in message["content"]
        ]
        found.append(Turn(message["role"], content_text(parts)))
    return found
