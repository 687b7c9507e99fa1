"""Requests held against the catalog: what is missing or of the wrong type is named in a 400.

Unknown parameters and members of a union that the catalog does not know pass: the sandbox answers
for today's API and stays out of the way of tomorrow's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..catalog.model import Operation, Parameter
from .errors import ApiError, invalid, missing, mistyped
from .shapes import describe, fields, in_enum, matches, of, options, resolve, scalar_fits

_NAMES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "file": "a file",
    "null": "null",
}


def check(operation: Operation, values: dict[str, Any]) -> None:
    """Raise for the first required parameter that is missing, or the first of a wrong type."""
    _required(operation, values)
    for parameter in operation.parameters:
        if parameter.place in ("body", "query") and parameter.name in values:
            _parameter(parameter, values[parameter.name])


def _required(operation: Operation, values: dict[str, Any]) -> None:
    places = {p.name: p.place for p in operation.parameters}
    always = [p.name for p in operation.parameters if p.required]
    sets = operation.required or ((),)
    lacking = [_lacking((*always, *names), places, values) for names in sets]
    least = min(lacking, key=len)
    if least:
        raise missing(least[0])


def _lacking(
    names: tuple[str, ...], places: Mapping[str, str], values: dict[str, Any]
) -> list[str]:
    # The server has no say in paths (the router has matched them) and headers.
    checked = (name for name in names if places.get(name) in ("body", "query"))
    return [name for name in checked if name not in values]


def _parameter(parameter: Parameter, value: Any) -> None:
    if value is None:
        if not parameter.nullable and parameter.required:
            raise mistyped(parameter.name, _expected(of(parameter)), "null")
        return
    problem = _problem(of(parameter), value, parameter.name)
    if problem:
        raise problem


def _problem(shape: Any, value: Any, path: str) -> ApiError | None:
    shape = resolve(shape)
    if isinstance(shape, str):
        fine = scalar_fits(shape, value)
        return None if fine else mistyped(path, _expected(shape), describe(value))
    if "enum" in shape:
        return _enum_problem(shape, value, path)
    if "union" in shape:
        return _union_problem(shape, value, path)
    if "array" in shape:
        return _array_problem(shape, value, path)
    if not isinstance(value, dict):
        return mistyped(path, "an object", describe(value))
    if "map" in shape:
        found = (_problem(shape["map"], v, f"{path}.{key}") for key, v in value.items())
        return next((problem for problem in found if problem), None)
    return _object_problem(shape["object"], value, path)


def _enum_problem(shape: dict[str, Any], value: Any, path: str) -> ApiError | None:
    if in_enum(shape, value):
        return None
    if describe(value) != describe(shape["enum"][0]):
        return mistyped(path, _expected(shape), describe(value))
    known = ", ".join(f"'{option}'" for option in shape["enum"])
    return invalid(path, f"'{path}' cannot be '{value}'; it may be {known}.")


def _array_problem(shape: dict[str, Any], value: Any, path: str) -> ApiError | None:
    if not isinstance(value, list):
        return mistyped(path, "an array", describe(value))
    found = (_problem(shape["array"], item, f"{path}[{n}]") for n, item in enumerate(value))
    return next((problem for problem in found if problem), None)


def _object_problem(known: dict[str, Any], value: dict[str, Any], path: str) -> ApiError | None:
    for name, field in known.items():
        inner = f"{path}.{name}"
        if name not in value:
            if field.get("required"):
                return missing(inner)
        elif value[name] is not None:
            problem = _problem(field["type"], value[name], inner)
            if problem:
                return problem
        elif field.get("required") and not field.get("nullable"):
            return mistyped(inner, _expected(field["type"]), "null")
    return None


def _union_problem(shape: dict[str, Any], value: Any, path: str) -> ApiError | None:
    if any(matches(member, value) for member in shape["union"]):
        return None
    tag = shape.get("tag")
    if tag and isinstance(value, dict):
        chosen = [m for m in shape["union"] if value.get(tag) in options(_tag_type(m, tag))]
        return _problem(chosen[0], value, path) if len(chosen) == 1 else None
    same = [m for m in shape["union"] if _basic(m) & _basic_of(value)]
    if not same:
        return mistyped(path, _expected(shape), describe(value))
    # One member of the value's own JSON type leaves no doubt about what was meant.
    return _problem(same[0], value, path) if len(same) == 1 else None


def _tag_type(member: Any, tag: str) -> Any:
    return fields(member).get(tag, {"type": "null"})["type"]


def _basic(shape: Any) -> set[str]:
    """The JSON types a shape admits."""
    shape = resolve(shape)
    if isinstance(shape, str):
        return {"string": {"str"}, "file": {"str"}, "any": {"any"}}.get(shape, {shape})
    if "union" in shape:
        return set().union(*(_basic(member) for member in shape["union"]))
    if "enum" in shape:
        return set().union(*(_basic_of(value) for value in shape["enum"]))
    return {"list"} if "array" in shape else {"dict"}


def _basic_of(value: Any) -> set[str]:
    match value:
        case bool():
            return {"boolean", "any"}
        case int():
            return {"integer", "number", "any"}
        case float():
            return {"number", "any"}
    return {"null" if value is None else type(value).__name__, "any"}


def _expected(shape: Any) -> str:
    shape = resolve(shape)
    if isinstance(shape, str):
        return _NAMES.get(shape, "a value")
    if "union" in shape:
        names = dict.fromkeys(_expected(member) for member in shape["union"] if member != "null")
        return " or ".join(names)
    if "enum" in shape:
        return describe(shape["enum"][0])
    return "an array" if "array" in shape else "an object"


def coerce(shape: Any, value: Any) -> Any:
    """A value that came as text (query, form) as the type its parameter has."""
    shape = resolve(shape)
    if isinstance(value, dict):
        known = fields(shape)
        inner = shape.get("map") if isinstance(shape, dict) else None
        types = {key: known[key]["type"] if key in known else inner or "string" for key in value}
        return {key: coerce(types[key], v) for key, v in value.items()}
    array = _array_member(shape)
    if isinstance(value, list):
        return [coerce(array if array is not None else "string", item) for item in value]
    if array is not None and "str" not in _basic(shape):
        return [coerce(array, value)]
    return _scalar(shape, value)


def _array_member(shape: Any) -> Any:
    if isinstance(shape, dict) and "union" in shape:
        found = (_array_member(resolve(member)) for member in shape["union"])
        return next((member for member in found if member is not None), None)
    return shape.get("array") if isinstance(shape, dict) else None


def _scalar(shape: Any, value: Any) -> Any:
    basic = _basic(shape)
    if not isinstance(value, str) or matches(shape, value):
        return value
    if "boolean" in basic and value in ("true", "false"):
        return value == "true"
    for kind, parse in (("integer", int), ("number", float)):
        if kind in basic or "any" in basic:
            try:
                return parse(value)
            except ValueError:
                continue
    return value
