"""Values for the catalog's structured types: making them, and bending known values into them.

A response is made by `fit`: what the sandbox knows is kept where it has the right type, keys the
type does not have are dropped, and what is required but unknown is made up by `make`.
"""

from __future__ import annotations

import time
from typing import Any

from ..catalog import load
from ..catalog.model import Parameter

_DEPTH = 10
_TEXTS = {
    "model": "gpt-5.5",
    "email": "ada@example.com",
    "url": "https://sandbox.invalid/",
    "timezone": "UTC",
    "version": "1",
    "currency": "usd",
    "id": "sandbox",
    "value": "sk-sandbox-not-a-real-key",
    "redacted_value": "sk-…real-key",
    "filename": "sandbox.txt",
}
_PLAIN = ("string", "integer", "number", "boolean", "file")
_ZERO: dict[str, Any] = {"integer": 0, "number": 0.0, "boolean": False, "null": None, "any": {}}


def resolve(shape: Any) -> Any:
    """The shape itself, behind however many references."""
    while isinstance(shape, dict) and "ref" in shape:
        shape = load.shape(shape["ref"])
    return shape


def of(parameter: Parameter) -> Any:
    """The shape of a parameter; plain types have none of their own in the catalog."""
    if parameter.shape is not None:
        return parameter.shape
    return parameter.type if parameter.type in _PLAIN else "any"


def fields(shape: Any) -> dict[str, Any]:
    """The fields of an object's shape; those of the first object for a union; else nothing."""
    shape = resolve(shape)
    if isinstance(shape, dict) and "union" in shape:
        found = (fields(member) for member in shape["union"])
        return next((f for f in found if f), {})
    if isinstance(shape, dict):
        return dict(shape.get("object", {}))
    return {}


def options(shape: Any) -> list[Any]:
    """The enum values a shape admits, over all members of a union."""
    shape = resolve(shape)
    if isinstance(shape, dict) and "union" in shape:
        return [value for member in shape["union"] for value in options(member)]
    return list(shape.get("enum", ())) if isinstance(shape, dict) else []


def describe(value: Any) -> str:
    """The JSON type of a value, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
    return "an object"


def scalar_fits(shape: str, value: Any) -> bool:
    """Whether a value is of one of the plain types."""
    match shape:
        case "string" | "file":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
    return True


def in_enum(shape: dict[str, Any], value: Any) -> bool:
    """Whether a value is one of an enum's, or any text where the enum is open."""
    same = (value == known and type(value) is type(known) for known in shape["enum"])
    return any(same) or (bool(shape.get("open")) and isinstance(value, str))


def matches(shape: Any, value: Any) -> bool:
    """Whether a value is exactly of a shape."""
    shape = resolve(shape)
    if isinstance(shape, str):
        return scalar_fits(shape, value)
    if "enum" in shape:
        return in_enum(shape, value)
    if "array" in shape:
        return isinstance(value, list) and all(matches(shape["array"], item) for item in value)
    if "map" in shape:
        return isinstance(value, dict) and all(matches(shape["map"], v) for v in value.values())
    if "union" in shape:
        return any(matches(member, value) for member in shape["union"])
    return isinstance(value, dict) and all(
        _field_matches(field, value, name) for name, field in shape["object"].items()
    )


def _field_matches(field: dict[str, Any], value: dict[str, Any], name: str) -> bool:
    if name not in value:
        return not field.get("required")
    if value[name] is None and field.get("nullable"):
        return True
    return matches(field["type"], value[name])


def make(shape: Any, name: str = "", now: int | None = None) -> Any:
    """The least value of a shape for the field `name`."""
    return _Maker(now).make(shape, name, 0)


def example(shape: Any, name: str = "") -> Any:
    """A value of a shape to send: arrays have a member, texts say something."""
    return _Maker(None, filled=True).make(shape, name, 0)


def fit(shape: Any, value: Any, now: int | None = None) -> Any:
    """`value` as a value of `shape`; times that have to be made up are `now`."""
    return _Maker(now).fit(shape, value, "", 0)


class _Maker:
    def __init__(self, now: int | None, *, filled: bool = False) -> None:
        self._now = int(time.time()) if now is None else now
        self._filled = filled

    def make(self, shape: Any, name: str, depth: int) -> Any:
        shape = resolve(shape)
        if isinstance(shape, str):
            return self._scalar(shape, name)
        if "enum" in shape:
            return shape["enum"][0]
        if "array" in shape:
            return [self.make(shape["array"], name, depth + 1)] if self._filled else []
        if "union" in shape:
            return self.make(_plainest(shape["union"], depth), name, depth + 1)
        return self.fit(shape, {}, name, depth) if "object" in shape else {}

    def _scalar(self, shape: str, name: str) -> Any:
        stamp = name.endswith("_at") or name in ("created", "timestamp")
        if shape == "string":
            when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._now))
            return when if stamp else _TEXTS.get(name, "sample" if self._filled else "")
        if shape == "integer" and stamp:
            return self._now
        return float(self._now) if shape == "number" and stamp else _ZERO.get(shape, "")

    def fit(self, shape: Any, value: Any, name: str, depth: int) -> Any:
        shape = resolve(shape)
        if depth > _DEPTH * 2:
            return value
        if isinstance(shape, str):
            return value if scalar_fits(shape, value) else self.make(shape, name, depth)
        if "enum" in shape:
            return value if in_enum(shape, value) else shape["enum"][0]
        if "union" in shape:
            return self._union(shape, value, name, depth)
        if "array" in shape:
            items = value if isinstance(value, list) else []
            return [self.fit(shape["array"], item, name, depth + 1) for item in items]
        if not isinstance(value, dict):
            value = {}
        if "map" in shape:
            return {key: self.fit(shape["map"], v, key, depth + 1) for key, v in value.items()}
        return self._object(shape, value, depth)

    def _object(self, shape: dict[str, Any], value: dict[str, Any], depth: int) -> dict[str, Any]:
        known: dict[str, Any] = shape["object"]
        extra = {key: v for key, v in value.items() if key not in known} if "extra" in shape else {}
        result = {}
        for name, field in known.items():
            if name in value and (value[name] is not None or not field.get("nullable")):
                result[name] = self.fit(field["type"], value[name], name, depth + 1)
            elif field.get("nullable") and (name in value or field.get("required")):
                result[name] = None
            elif field.get("required") or _constant(name, field):
                result[name] = self.make(field["type"], name, depth + 1)
        return {**result, **extra}

    def _union(self, shape: dict[str, Any], value: Any, name: str, depth: int) -> Any:
        members = shape["union"]
        member = next((m for m in members if matches(m, value)), None)
        if member is None and isinstance(value, dict):
            member = _closest(members, value, shape.get("tag"))
        if member is None:
            return self.make(shape, name, depth)
        return self.fit(member, value, name, depth + 1)


def _constant(name: str, field: dict[str, Any]) -> bool:
    # Optional fields that can only say what the object is cost nothing and help readers.
    return name in ("object", "type") and len(options(field["type"])) == 1


def _plainest(members: list[Any], depth: int) -> Any:
    """The first member, or below a certain depth the first that does not nest further."""
    real = [member for member in members if member != "null"] or members
    if depth < _DEPTH:
        return real[0]
    flat = [member for member in real if not fields(member)]
    return (flat or real)[0]


def _closest(members: list[Any], value: dict[str, Any], tag: str | None) -> Any:
    """The object among a union's members that a value was most likely meant to be."""
    objects = [member for member in members if fields(member)]
    if tag and tag in value:
        for member in objects:
            if matches(fields(member).get(tag, {"type": "null"})["type"], value[tag]):
                return member
    shared = [len(value.keys() & fields(member).keys()) for member in objects]
    if not shared or (value and not max(shared)):
        return None
    return objects[shared.index(max(shared))]
