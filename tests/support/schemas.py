"""Schemas for tests: objects of given properties, and any that the short form can write."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TEXT, INT = {"type": "string"}, {"type": "integer"}


def object_of(required: list[str] | None = None, /, **properties: Any) -> dict[str, Any]:
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": needed}


def closed(**properties: Any) -> dict[str, Any]:
    return {**object_of(**properties), "additionalProperties": False}


NAMES = st.from_regex(r"[a-z_][a-z0-9_-]{0,8}", fullmatch=True)
ANYTHING = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
SCALARS = st.sampled_from(["string", "integer", "number", "boolean"]).map(lambda t: {"type": t})
CHOICES = st.lists(ANYTHING, min_size=2, max_size=4, unique=True).map(
    lambda words: {"type": "string", "enum": words}
)


def objects(values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    field = st.tuples(values, st.booleans(), st.none() | ANYTHING)

    def build(fields: dict[str, Any]) -> dict[str, Any]:
        made = closed(
            **{
                name: {**one, **({"description": text} if text is not None else {})}
                for name, (one, _, text) in fields.items()
            }
        )
        return {**made, "required": [name for name, (_, needed, _) in fields.items() if needed]}

    return st.dictionaries(NAMES | ANYTHING, field, min_size=1, max_size=4).map(build)


VALUES = st.recursive(
    SCALARS | CHOICES,
    lambda inner: objects(inner) | inner.map(lambda one: {"type": "array", "items": one}),
    max_leaves=6,
)
