"""Embeddings."""

from __future__ import annotations

import base64
import struct
from typing import Any

from . import tokens
from .call import Call
from .errors import invalid
from .reply import Reply, as_json
from .vectors import embed

_SIZES = {"text-embedding-3-large": 3072}
_USUAL = 1536


def create(call: Call) -> Reply:
    """A vector for each input."""
    body = call.body
    texts = _texts(body["input"])
    if not texts or "" in texts:
        raise invalid("input", "'input' has to hold at least one text, none of them empty.")
    most = _SIZES.get(body["model"], _USUAL)
    size = body.get("dimensions") or most
    if not 0 < size <= most:
        raise invalid("dimensions", f"'dimensions' has to be from 1 to {most} for this model.")
    sealed = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": number, "embedding": _encoded(embed(text, size), sealed)}
        for number, text in enumerate(texts)
    ]
    asked = sum(tokens.count(text) for text in texts)
    usage = {"prompt_tokens": asked, "total_tokens": asked}
    return as_json({"object": "list", "data": data, "model": body["model"], "usage": usage})


def _texts(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    if given and all(isinstance(item, int) for item in given):
        return [_spelled(given)]
    return [item if isinstance(item, str) else _spelled(item) for item in given]


def _spelled(numbers: list[int]) -> str:
    return " ".join(f"t{number}" for number in numbers)


def _encoded(vector: list[float], sealed: bool) -> Any:
    if not sealed:
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
