"""Turns Python annotations into the catalog's structured types (see `catalog.model`).

Objects become references by a temporary key, `module:Class`; `shapes` gives them their names.
"""

from __future__ import annotations

import collections.abc
import datetime
import os
import types
import typing
from typing import Any, get_args, get_origin

import pydantic
import typing_extensions
from openai import _types
from openai._utils import PropertyInfo

Shape = Any

_SCALARS: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    bytes: "file",
    object: "any",
    Any: "any",
    None: "null",
    type(None): "null",
    datetime.datetime: "string",
    datetime.date: "string",
}
_ARRAYS = (list, tuple, collections.abc.Iterable, collections.abc.Sequence)
_MAPS = (dict, collections.abc.Mapping)
_MARKERS = (typing_extensions.Required, typing_extensions.NotRequired, typing.ClassVar)
_OMITTED = tuple(getattr(_types, n) for n in ("Omit", "NotGiven") if hasattr(_types, n))
_TAGS = ("type", "object", "role", "event", "kind", "action", "mode")


class Annotations:
    """Converts annotations and keeps the objects met on the way in `objects`, by their key."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.classes: dict[str, type] = {}
        self._aliases: list[Any] = []

    def convert(self, annotation: Any) -> Shape:
        """The structured type of an annotation, `null` included."""
        tag = ""
        while get_origin(annotation) in (typing.Annotated, *_MARKERS):
            if get_origin(annotation) is typing.Annotated:
                tag = tag or _tag(annotation.__metadata__)
            annotation = get_args(annotation)[0]
        if _is_union(annotation):
            return self.union(get_args(annotation), tag)
        return self._single(annotation)

    def _single(self, annotation: Any) -> Shape:
        if typing_extensions.is_typeddict(annotation) or _is_model(annotation):
            return {"ref": self._object(annotation)}
        if annotation in _SCALARS:
            return _SCALARS[annotation]
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is typing.Literal:
            return {"enum": list(arguments)}
        if origin in _ARRAYS:
            return self._array(origin, arguments)
        if origin in _MAPS or annotation in _MAPS:
            return {"map": self.convert(arguments[1]) if arguments else "any"}
        return self._rare(annotation, origin)

    def _array(self, origin: Any, arguments: tuple[Any, ...]) -> Shape:
        if origin is tuple:
            return "file"  # the SDK uses tuples for a file with its name and content type only
        return {"array": self.convert(arguments[0])}

    def _rare(self, annotation: Any, origin: Any) -> Shape:
        if origin in (os.PathLike, typing.IO) or annotation in (os.PathLike, typing.IO):
            return "file"
        if isinstance(annotation, typing.TypeVar):
            return self.convert(annotation.__bound__) if annotation.__bound__ else "any"
        if isinstance(annotation, typing_extensions.TypeAliasType):
            return self._alias(annotation)
        if annotation in (list, tuple):
            return {"array": "any"}
        raise TypeError(f"no structured type for the annotation {annotation!r}")

    def _alias(self, alias: Any) -> Shape:
        if alias in self._aliases:
            return "any"  # a JSON value that contains itself
        self._aliases.append(alias)
        try:
            return self.convert(alias.__value__)
        finally:
            self._aliases.pop()

    def union(self, members: typing.Iterable[Any], tag: str = "") -> Shape:
        """The structured type of a union of annotations."""
        return merge([self.convert(m) for m in members if m not in _OMITTED], tag, self.objects)

    def _object(self, cls: Any) -> str:
        key = f"{cls.__module__}:{cls.__qualname__}"
        if key not in self.objects:
            fields: dict[str, Any] = {}
            self.objects[key] = {"object": fields}  # before its fields: they may lead back to it
            self.classes[key] = cls
            fields |= self._model_fields(cls) if _is_model(cls) else self._dict_fields(cls)
            if "__pydantic_extra__" in getattr(cls, "__annotations__", ()):
                self.objects[key]["extra"] = "any"
        return key

    def _model_fields(self, cls: type[pydantic.BaseModel]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            shape = self.convert(field.annotation)
            tag = _tag(field.metadata)
            if tag and isinstance(shape, dict) and "union" in shape:
                shape["tag"] = tag
            fields[field.alias or name] = _field(shape, required=field.is_required())
        return fields

    def _dict_fields(self, cls: Any) -> dict[str, Any]:
        hints = typing_extensions.get_type_hints(cls, include_extras=True)
        fields: dict[str, Any] = {}
        for name, hint in hints.items():
            fields[_alias_of(hint) or name] = _field(
                self.convert(hint), required=_is_required(cls, name, hint)
            )
        return fields


def _field(shape: Shape, *, required: bool) -> dict[str, Any]:
    shape, nullable = without_null(shape)
    field: dict[str, Any] = {"type": shape}
    if required:
        field["required"] = True
    if nullable:
        field["nullable"] = True
    return field


def without_null(shape: Shape) -> tuple[Shape, bool]:
    """A type without its `null` member, and whether it had one."""
    if not isinstance(shape, dict) or "union" not in shape or "null" not in shape["union"]:
        return shape, False
    rest = [m for m in shape["union"] if m != "null"]
    return (rest[0] if len(rest) == 1 else {**shape, "union": rest}), True


def merge(shapes: list[Shape], tag: str, objects: dict[str, dict[str, Any]]) -> Shape:
    """One type for several: unions flattened, enums joined, repeats left out."""
    members: list[Shape] = []
    for shape in shapes:
        if isinstance(shape, dict) and "union" in shape:
            tag = tag or shape.get("tag", "")
            members += shape["union"]
        else:
            members.append(shape)
    members = [_plain(m) for m in _join_enums(members)]
    members = [m for n, m in enumerate(members) if m not in members[:n]]
    if len(members) == 1:
        return members[0]
    tag = tag or _common_tag(members, objects)
    return {"union": members, "tag": tag} if tag else {"union": members}


def _join_enums(members: list[Shape]) -> list[Shape]:
    enums = [m for m in members if isinstance(m, dict) and "enum" in m]
    if not enums:
        return members
    is_open = "string" in members or any(m.get("open") for m in enums)
    values = list(dict.fromkeys(value for m in enums for value in m["enum"]))
    joined: dict[str, Any] = {"enum": values, "open": True} if is_open else {"enum": values}
    first = next(n for n, m in enumerate(members) if m == "string" or m in enums)
    rest = [m for m in members[first + 1 :] if m not in enums and m != "string"]
    return [*members[:first], joined, *rest]


def _plain(shape: Shape) -> Shape:
    """Both truth values together are a boolean: overloads write them one by one."""
    if isinstance(shape, dict) and sorted(map(repr, shape.get("enum", ()))) == ["False", "True"]:
        return "boolean"
    return shape


def _common_tag(members: list[Shape], objects: dict[str, dict[str, Any]]) -> str:
    """The field whose constants tell the objects of a union apart, if there is one."""
    refs = [m["ref"] for m in members if isinstance(m, dict) and "ref" in m]
    if len(refs) < 2:
        return ""
    for tag in _TAGS:
        seen: list[Any] = []
        for ref in refs:
            shape = objects[ref]["object"].get(tag, {}).get("type")
            seen += shape["enum"] if isinstance(shape, dict) and "enum" in shape else [None, None]
        if len(seen) == len(set(seen)):
            return tag
    return ""


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (typing.Union, types.UnionType)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel)


def _tag(metadata: typing.Iterable[Any]) -> str:
    return next((m.discriminator for m in metadata if _info(m) and m.discriminator), "")


def _alias_of(hint: Any) -> str:
    while get_origin(hint) in (typing.Annotated, *_MARKERS):
        for meta in getattr(hint, "__metadata__", ()):
            if _info(meta) and meta.alias:
                return str(meta.alias)
        hint = get_args(hint)[0]
    return ""


def _info(value: Any) -> bool:
    return isinstance(value, PropertyInfo)


def _is_required(cls: Any, name: str, hint: Any) -> bool:
    while get_origin(hint) in (typing.Annotated, *_MARKERS):
        if get_origin(hint) is typing_extensions.Required:
            return True
        if get_origin(hint) is typing_extensions.NotRequired:
            return False
        hint = get_args(hint)[0]
    return name in cls.__required_keys__
