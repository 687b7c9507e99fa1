"""Paths as places: which collection an operation works on, and whether its parents are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..catalog.record import Record
from .errors import not_found

if TYPE_CHECKING:
    from .call import Call, Object

# The API has two spellings for what belongs to a project; one place serves both.
_ALIASES = {("projects",): ("organization", "projects")}
# Ids that name something the API does not keep as an object of its own.
_FREE = {"fine_tuning/checkpoints"}


class Place(Record):
    """A path cut at its last parameter, if it ends in one.

    `template` has `{}` for parents' ids, `collection` the ids themselves; `id` is the last
    parameter's value and `tail` what follows the collection and the id (an action's name).
    """

    template: str
    collection: str
    id: str | None
    tail: str

    @property
    def blob(self) -> str:
        """The name under which the content of the object is kept."""
        return f"{self.collection}/{self.id}".replace("/", "~")


def segments(path: str) -> list[str]:
    """The segments of an operation's path, in the one spelling used for collections."""
    found = path.partition("?")[0].strip("/").split("/")
    for alias, real in _ALIASES.items():
        if tuple(found[: len(alias)]) == alias:
            return [*real, *found[len(alias) :]]
    return found


def is_parameter(segment: str) -> bool:
    """Whether a segment stands for an id."""
    return segment.startswith("{")


def template(parts: list[str]) -> str:
    """The parts as a collection's name, parents' ids left open."""
    return "/".join("{}" if is_parameter(part) else part for part in parts)


def filled(parts: list[str], ids: dict[str, str]) -> str:
    """The parts with the ids in place."""
    return "/".join(ids[part.strip("{}")] if is_parameter(part) else part for part in parts)


def list_place(call: Call) -> Place:
    """The whole path as a collection: for lists and creations."""
    parts = segments(call.operation.path)
    return Place(template(parts), filled(parts, call.ids), None, "")


def item_place(call: Call) -> Place:
    """The path up to its last parameter as a collection and an id, the rest as its tail."""
    parts = segments(call.operation.path)
    last = max(number for number, part in enumerate(parts) if is_parameter(part))
    head, id = parts[:last], call.ids[parts[last].strip("{}")]
    return Place(template(head), filled(head, call.ids), id, "/".join(parts[last + 1 :]))


def require_parents(call: Call, *, own: bool = True) -> Object | None:
    """Look every id of the path up, or fail with 404; gives the last object found.

    With `own` false, an id at the very end of the path is left to the caller.
    """
    from .seeds import ensure

    parts = segments(call.operation.path)
    stop = len(parts) if own or not is_parameter(parts[-1]) else len(parts) - 1
    found = None
    for number, part in enumerate(parts[:stop]):
        head = parts[:number]
        if not is_parameter(part) or template(head) in _FREE:
            continue
        collection, id = filled(head, call.ids), call.ids[part.strip("{}")]
        ensure(call, template(head), collection)
        found = call.store.get(collection, id)
        if found is None:
            raise not_found(kind(head), id, part.strip("{}"))
    return found


def operations(call: Call, template: str) -> dict[str, str]:
    """Operations by method at a place, in any of its spellings."""
    spellings = [template, *_other_spellings(template)]
    return {m: o for name in spellings for m, o in call.router.operations(name).items()}


def below(call: Call, template: str) -> str:
    """The name of the id that follows a place; empty if none does."""
    spellings = [template, *_other_spellings(template)]
    return next((name for t in spellings if (name := call.router.below(t))), "")


def _other_spellings(template: str) -> list[str]:
    parts = template.split("/")
    return [
        "/".join([*alias, *parts[len(real) :]])
        for alias, real in _ALIASES.items()
        if tuple(parts[: len(real)]) == real
    ]


def kind(parts: list[str]) -> str:
    """What the members of a collection are called, in words."""
    name = parts[-1].replace("_", " ")
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")
