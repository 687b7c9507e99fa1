"""Errors on stderr: words for people, JSON where the result would have been JSON too."""

from __future__ import annotations

from ..core.console import Console, harmless
from ..core.errors import ApiError, OaiError
from . import documents


def show(console: Console, error: OaiError, style: str) -> None:
    """`error:`, `hint:` and `request:` lines, or one JSON line with the same."""
    console.end_line()
    if style in ("json", "jsonl"):
        console.note(documents.line({"error": error.as_dict()}), trusted=True)
        return
    red = console.style("error:", "31", stderr=True)
    console.note(f"{red} {harmless(error.message)}", trusted=True)
    if error.hint and not console.quiet:
        console.note(
            f"{console.style('hint:', '36', stderr=True)} {harmless(error.hint)}", trusted=True
        )
    if isinstance(error, ApiError) and error.request_id:
        console.note(
            f"{console.style('request:', '2', stderr=True)} {harmless(error.request_id)}",
            trusted=True,
        )
