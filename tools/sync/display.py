"""What the command line needs of a structured type: its display type, its enum, its nested fields.

Display types and structured types are described in `openai_cli.catalog.model`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Shape = Any
Objects = dict[str, dict[str, Any]]

DEPTH = 4
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


def display(shape: Shape) -> str:
    """A structured type as a display type: `string|array<string>`."""
    return "|".join(dict.fromkeys(_displays(shape)))


def _displays(shape: Shape) -> Iterator[str]:
    if isinstance(shape, str):
        if shape != "null":
            yield shape
    elif "union" in shape:
        for member in shape["union"]:
            yield from _displays(member)
    elif "enum" in shape:
        if shape.get("open"):
            yield "string"
        yield from (_scalar(value) for value in shape["enum"])
    elif "array" in shape:
        yield f"array<{display(shape['array'])}>"
    else:
        yield "map" if "map" in shape else "object"


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {int: "integer", float: "number"}.get(type(value), "string")


def suggestions(shape: Shape) -> tuple[list[str], bool]:
    """The values a type names, those of an array's items too, and whether text can be no other."""
    enums = list(_enums(shape))
    values = dict.fromkeys(
        str(value).lower() if isinstance(value, bool) else str(value)
        for enum in enums
        for value in enum["enum"]
    )
    closed = bool(enums) and not any(enum.get("open") for enum in enums)
    return list(values), closed and "string" not in _texts(shape)


def _enums(shape: Shape) -> Iterator[dict[str, Any]]:
    if isinstance(shape, dict):
        if "enum" in shape:
            yield shape
        elif "array" in shape:
            yield from _enums(shape["array"])
        for member in shape.get("union", ()):
            yield from _enums(member)


def _texts(shape: Shape) -> Iterator[str]:
    """The plain scalars a type admits, those of an array's items too."""
    if isinstance(shape, str):
        yield shape
    elif "array" in shape:
        yield from _texts(shape["array"])
    else:
        for member in shape.get("union", ()):
            yield from _texts(member)


def members(shape: Shape) -> list[Shape]:
    """The members of a union; of anything else, itself."""
    return list(shape["union"]) if isinstance(shape, dict) and "union" in shape else [shape]


def nested(name: str, shape: Shape, objects: Objects) -> list[dict[str, Any]]:
    """The scalars and arrays of scalars inside an object parameter, as dotted fields."""
    found: dict[tuple[str, ...], list[Shape]] = {}
    _collect((name,), shape, objects, found, ())
    return [_field(path, shapes) for path, shapes in found.items()]


def _collect(
    path: tuple[str, ...],
    shape: Shape,
    objects: Objects,
    found: dict[tuple[str, ...], list[Shape]],
    inside: tuple[str, ...],
) -> None:
    refs = [m["ref"] for m in members(shape) if isinstance(m, dict) and "ref" in m]
    for ref in refs:
        if ref in inside:
            continue
        for field, entry in objects[ref]["object"].items():
            deeper = (*path, field)
            if _is_plain(entry["type"]):
                found.setdefault(deeper, []).extend(members(entry["type"]))
            if len(deeper) < DEPTH:
                _collect(deeper, entry["type"], objects, found, (*inside, ref))


def _is_plain(shape: Shape) -> bool:
    """A scalar, an array of scalars, or a union with at least one scalar member."""
    shapes = members(shape)
    if any(_is_scalar(m) for m in shapes):
        return True
    return all(isinstance(m, dict) and "array" in m and _all_scalar(m["array"]) for m in shapes)


def _all_scalar(shape: Shape) -> bool:
    return all(_is_scalar(m) for m in members(shape))


def _is_scalar(shape: Shape) -> bool:
    return shape in _SCALARS if isinstance(shape, str) else "enum" in shape


def _field(path: tuple[str, ...], shapes: list[Shape]) -> dict[str, Any]:
    shape = {"union": shapes}
    field: dict[str, Any] = {"path": list(path), "type": display(shape)}
    values, closed = suggestions(shape)
    if values:
        field["enum"] = values
    if closed:
        field["closed"] = True
    return field
