"""Server-sent events, one chunk of bytes an event."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

DONE = b"data: [DONE]\n\n"


def encode(event: Any, name: str | None = None) -> bytes:
    """One event: its name, if any, and its data as JSON."""
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {data}\n\n".encode()


def plain(events: Iterable[Any], *, done: bool = True) -> Iterator[bytes]:
    """Events without names, with the closing `[DONE]` that chat and completions send."""
    for event in events:
        yield encode(event)
    if done:
        yield DONE


def typed(events: Iterable[dict[str, Any]], *, done: bool = False) -> Iterator[bytes]:
    """Events named by their own `type` field, as responses, images and audio send them."""
    for event in events:
        yield encode(event, event["type"])
    if done:
        yield DONE


def named(events: Iterable[tuple[str, Any]]) -> Iterator[bytes]:
    """Pairs of name and data, as threads and runs send them, closed by a `done` event."""
    for name, data in events:
        yield encode(data, name)
    yield b"event: done\ndata: [DONE]\n\n"


def paced(chunks: Iterable[bytes], delay: float) -> Iterator[bytes]:
    """The chunks with `delay` seconds between one and the next."""
    for number, chunk in enumerate(chunks):
        if number and delay:
            time.sleep(delay)
        yield chunk
