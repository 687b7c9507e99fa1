"""A request's body held against the catalog: fields that are missing, or of another type.

Fields that the catalog does not know pass, since the API may be newer; so do values of known
types that it would not expect.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from ...catalog import load
from ...catalog.model import Operation, Parameter
from ...core import values
from ..jsonl.findings import named

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "map": (dict,),
    "file": (str, dict),
}
"""The JSON types of a display type. Where a form would take a file, JSON takes an id, an address or
an object."""


class Kind:
    """A display type as a quick test; `at_once` are the Python types that need no closer look."""

    def __init__(self, display: str) -> None:
        self.display = display
        members = values.split_union(display)
        self.anything = "any" in members
        self.at_once = frozenset(kind for member in members for kind in _TYPES.get(member, ()))
        self._whole = int in self.at_once and float not in self.at_once
        self.elements = [Kind(m[6:-1]) for m in members if m.startswith("array<")]

    def fits(self, value: Any) -> bool:
        """Whether a value is of this type; any of the kinds of array will do."""
        if type(value) in self.at_once or self.anything:
            return True
        if isinstance(value, list):
            return any(element.all_fit(value) for element in self.elements)
        return self._whole and isinstance(value, float) and value.is_integer()

    def all_fit(self, items: list[Any]) -> bool:
        """Whether all items are of this type."""
        return set(map(type, items)) <= self.at_once or all(map(self.fits, items))

    def complaint(self, path: str, value: Any) -> str:
        """What is wrong with a value that does not fit."""
        if isinstance(value, list) and len(self.elements) == 1:
            element = self.elements[0]
            for at, item in enumerate(value):
                if not element.fits(item):
                    return element.complaint(f"{path}[{at}]", item)
        return f"{path} wants {values.describe(self.display)}, not {named(value)}"


class Rules:
    """What the catalog says about the bodies of one operation."""

    def __init__(self, operation: Operation) -> None:
        fields = [p for p in operation.parameters if p.place == "body"]
        self._kinds = {p.name: Kind(p.type) for p in fields}
        self._null = {p.name for p in fields if p.nullable or not p.required}
        always = tuple(p.name for p in fields if p.required and not _is_file(p))
        self._wanted = [
            frozenset((*always, *(name for name in names if name in self._kinds)))
            for names in operation.required or ((),)
        ]
        self._always = frozenset(always)
        self._inside = {p.name: wanted for p in fields if (wanted := _required_inside(p))}

    def unknown(self, body: dict[str, Any]) -> set[str]:
        """The fields that the catalog does not know: new ones, or slips of the pen."""
        return body.keys() - self._kinds.keys()

    def problems(self, body: dict[str, Any]) -> Iterator[str]:
        """Everything that is wrong with a body, as sentences."""
        names = body.keys()
        if not any(wanted <= names for wanted in self._wanted):
            lacking = min((wanted - names for wanted in self._wanted), key=len)
            yield f"body lacks {', '.join(sorted(lacking))}"
        for name, value in body.items():
            kind = self._kinds.get(name)
            if kind is None or type(value) in kind.at_once:
                continue
            if value is None and name in self._null:
                continue
            if not kind.fits(value):
                yield kind.complaint(f"body.{name}", value)
            elif type(value) is list:
                yield from self._array(name, value)

    def _array(self, name: str, items: list[Any]) -> Iterator[str]:
        if not items and name in self._always:
            yield f"body.{name} is empty"
        if wanted := self._inside.get(name):
            for at, item in enumerate(items):
                if type(item) is dict and not wanted <= item.keys():
                    yield f"body.{name}[{at}] lacks {', '.join(sorted(wanted - item.keys()))}"


@cache
def rules(name: str) -> Rules:
    """The rules of an operation, made once."""
    return Rules(load.operation(name))


def _is_file(parameter: Parameter) -> bool:
    """A field that a form sends as a file; in JSON the API has other fields for the same."""
    return "file" in parameter.type


def _required_inside(parameter: Parameter) -> frozenset[str]:
    """The fields that every object in an array must have, whichever kind of object it is."""
    shapes = _members(parameter.shape)
    arrays = [shape["array"] for shape in shapes if isinstance(shape, dict) and "array" in shape]
    objects = [member for array in arrays for member in _members(array)]
    if not objects:
        return frozenset()
    return frozenset.intersection(*map(_required_of, objects))


def _members(shape: Any) -> list[Any]:
    if isinstance(shape, dict) and "union" in shape:
        return [member for inner in shape["union"] for member in _members(inner)]
    return [shape] if shape is not None else []


def _required_of(shape: Any) -> frozenset[str]:
    if isinstance(shape, dict) and "ref" in shape:
        shape = load.shape(shape["ref"])
    known = shape.get("object", {}) if isinstance(shape, dict) else {}
    return frozenset(name for name, field in known.items() if field.get("required"))
