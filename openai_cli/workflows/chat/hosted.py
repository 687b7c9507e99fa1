"""Tools that run at the API's side, by their short options."""

from __future__ import annotations

from typing import Any

from ...core.errors import UsageError
from .extras import Given

NAMES = ("web_search", "file_search", "code_interpreter", "image_generation", "mcp")


def hosted(given: Given) -> list[dict[str, Any]]:
    """The tools as the API wants them. Raises UsageError."""
    made: list[dict[str, Any]] = []
    if given.flag("web_search"):
        made.append({"type": "web_search"})
    if stores := given.list("file_search"):
        made.append({"type": "file_search", "vector_store_ids": stores})
    if given.flag("code_interpreter"):
        made.append({"type": "code_interpreter", "container": {"type": "auto"}})
    if given.flag("image_generation"):
        made.append({"type": "image_generation"})
    return [*made, *(_server(text) for text in given.list("mcp"))]


def _server(text: str) -> dict[str, Any]:
    label, equals, url = text.partition("=")
    if not equals or not label or not url:
        raise UsageError(f"--mcp wants LABEL=URL, not {text!r}")
    return {"type": "mcp", "server_label": label, "server_url": url}
