"""Plain sentences made from facts, for what has no words yet."""

from __future__ import annotations

from collections.abc import Sequence


def resource(name: str) -> str:
    """`vector_stores.file_batches` as "File batches."."""
    return f"{_human(name.rpartition('.')[2]).capitalize()}."


def operation(name: str) -> str:
    """`vector_stores.list` as "List vector stores."; other verbs than these keep their distance."""
    owner, _, method = name.rpartition(".")
    noun = _human(owner.rpartition(".")[2])
    verb = _human(method).capitalize()
    plain = method in ("list", "create", "retrieve", "update", "delete")
    return f"{verb} {noun}." if plain else f"{verb} ({noun})."


def parameter(name: str) -> str:
    """`vector_store_id` as "ID of the vector store."."""
    for ending, text in (("_ids", "IDs of the {}s."), ("_id", "ID of the {}.")):
        if name.endswith(ending):
            return text.format(_human(name.removesuffix(ending)))
    return f"{_human(name).capitalize()}."


def field(path: Sequence[str]) -> str:
    """`("reasoning", "effort")` as "Effort of reasoning."."""
    return f"{_human(path[-1]).capitalize()} of {' '.join(_human(p) for p in path[:-1])}."


def _human(name: str) -> str:
    return name.replace("_", " ")
