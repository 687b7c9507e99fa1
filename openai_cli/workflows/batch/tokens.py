"""What a request of a batch comes to: its input tokens, estimated, and its limit of output."""

from __future__ import annotations

from typing import Any

from ..jsonl.tokens import of_content, of_value

_MESSAGES = ("messages", "input")
_TEXTS = ("prompt", "instructions")
_SCHEMAS = ("tools", "functions", "response_format", "text")
_LIMITS = ("max_output_tokens", "max_completion_tokens", "max_tokens")


def of_request(body: dict[str, Any]) -> tuple[float, bool]:
    """The input tokens of a body, estimated, and whether it holds images, sound or files, which
    the estimate leaves out."""
    found, media = 0.0, False
    for name, value in body.items():
        if name in _MESSAGES:
            tokens, some = of_content(value)
            found, media = found + tokens, media or some
        elif name in _TEXTS:
            found += of_content(value)[0]
        elif name in _SCHEMAS:
            found += of_value(value)
    return found, media


def output_limit(body: dict[str, Any]) -> int | None:
    """The most tokens that a body lets its answers have; None where it does not say."""
    for name in _LIMITS:
        limit = body.get(name)
        if isinstance(limit, int) and limit > 0:
            answers = body.get("n")
            return limit * answers if isinstance(answers, int) and answers > 0 else limit
    return None
