"""What goes back to the client: status, headers, and a body that may still be made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..catalog.record import Record

Headers = list[tuple[str, str]]


class Reply(Record):
    """One answer; a stream's `body` is a generator of one event a time."""

    status: int
    headers: Headers = []
    body: Iterable[bytes] = ()


def as_json(value: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """A JSON document."""
    return as_bytes(json.dumps(value).encode(), "application/json", status, headers)


def as_text(text: str, content_type: str = "text/plain; charset=utf-8") -> Reply:
    """A text."""
    return as_bytes(text.encode(), content_type)


def as_bytes(
    data: bytes,
    content_type: str = "application/octet-stream",
    status: int = 200,
    headers: Iterable[tuple[str, str]] = (),
) -> Reply:
    """Bytes that are already there."""
    sized = [("content-type", content_type), ("content-length", str(len(data))), *headers]
    return Reply(status, sized, (data,))


def as_events(chunks: Iterable[bytes]) -> Reply:
    """Server-sent events."""
    headers = [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")]
    return Reply(200, headers, chunks)


def as_nothing() -> Reply:
    """Done, with nothing to say."""
    return Reply(200, [("content-length", "0")])
