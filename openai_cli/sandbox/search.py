"""Passages of files that are like a question."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .blobs import Blobs
from .call import Object
from .files import COLLECTION, blob
from .store import Store
from .vectors import features, likeness

_PASSAGE = 800


def _within(value: Any, wanted: Any) -> bool:
    return value in wanted


def _beyond(value: Any, wanted: Any) -> bool:
    return value not in wanted


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": _within,
    "nin": _beyond,
}


def passages(text: str) -> list[str]:
    """A text in pieces of paragraphs, none much longer than a screen."""
    found = [""]
    for paragraph in text.split("\n\n"):
        for start in range(0, max(len(paragraph), 1), _PASSAGE):
            piece = paragraph[start : start + _PASSAGE].strip()
            if len(found[-1]) + len(piece) > _PASSAGE:
                found.append("")
            found[-1] = f"{found[-1]}\n\n{piece}".strip()
    return [passage for passage in found if passage]


def search(
    store: Store, blobs: Blobs, vector_store: str, queries: list[str], filters: Any = None
) -> list[Object]:
    """The best passage of each file of a vector store, best first."""
    asked = [features(query) for query in queries]
    found = []
    for member in store.items(f"vector_stores/{vector_store}/files"):
        attributes = member.get("attributes") or {}
        if filters and not passes(filters, attributes):
            continue
        file = store.get(COLLECTION, member["id"]) or {}
        for passage in passages(blobs.text(blob(member["id"]))):
            seen = features(passage)
            score = max(likeness(query, seen) for query in asked)
            found.append(
                {
                    "file_id": member["id"],
                    "filename": file.get("filename", ""),
                    "attributes": attributes,
                    "score": round(score, 6),
                    "text": passage,
                }
            )
    return sorted(found, key=lambda one: -float(one["score"]))


def passes(wanted: Object, attributes: Object) -> bool:
    """Whether a file's attributes satisfy a filter."""
    kind = wanted.get("type")
    if kind in ("and", "or"):
        inner = (passes(one, attributes) for one in wanted.get("filters", ()))
        return all(inner) if kind == "and" else any(inner)
    value = attributes.get(wanted.get("key", ""))
    compare = _COMPARE.get(str(kind)) or operator.eq
    try:
        return value is not None and bool(compare(value, wanted.get("value")))
    except TypeError:
        return False
