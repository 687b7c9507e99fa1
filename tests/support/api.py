"""Answers as the API makes them: chat chunks, response events, lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def chunk(
    content: str | None = None, *, finish: str | None = None, index: int = 0, **delta: Any
) -> dict[str, Any]:
    """One chunk of a streamed chat completion."""
    found = {**({} if content is None else {"content": content}), **delta}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "gpt-test",
        "choices": [{"index": index, "delta": found, "finish_reason": finish}],
    }


def chat(*texts: str, finish: str = "stop") -> list[dict[str, Any]]:
    """The chunks of an answer."""
    first = chunk("", role="assistant", refusal=None)
    return [first, *(chunk(text) for text in texts), chunk(finish=finish)]


def completion(content: str, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """A whole chat completion."""
    found = {"role": "assistant", "content": content, "refusal": None, **message}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "gpt-test",
        "choices": [{"index": 0, "message": found, "finish_reason": finish}],
    }


def response(text: str, status: str = "completed", **fields: Any) -> dict[str, Any]:
    """A whole response object."""
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [part]}
    return {
        "id": "resp_1",
        "object": "response",
        "status": status,
        "error": None,
        "incomplete_details": None,
        "output": [message],
        **fields,
    }


def response_events(
    texts: Iterable[str], *, status: str = "completed", **fields: Any
) -> list[tuple[str, dict[str, Any]]]:
    """The events of a streamed response, with their names."""
    texts = list(texts)
    begun = response("", "in_progress")
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": {}},
        {"type": "response.content_part.added", "output_index": 0, "content_index": 0},
        *({"type": "response.output_text.delta", "delta": text} for text in texts),
        {"type": "response.output_text.done", "text": "".join(texts)},
        {"type": f"response.{status}", "response": response("".join(texts), status, **fields)},
    ]
    return [(event["type"], event) for event in events]


def item(number: int, **fields: Any) -> dict[str, Any]:
    """A file of a list."""
    return {
        "id": f"file-{number}",
        "object": "file",
        "bytes": number * 1000,
        "created_at": 1_700_000_000,
        "filename": f"name {number}.txt",
        "purpose": "batch",
        **fields,
    }


def page(numbers: Iterable[int], more: bool = False, **fields: Any) -> dict[str, Any]:
    """A page of files."""
    found = [item(number) for number in numbers]
    return {
        "object": "list",
        "data": found,
        "first_id": found[0]["id"] if found else None,
        "last_id": found[-1]["id"] if found else None,
        "has_more": more,
        **fields,
    }
