"""What an operation answers: JSON, text, bytes or nothing; the model behind it; how lists go on."""

from __future__ import annotations

import ast
import inspect
import re
import types
import typing
from typing import Any

import typing_extensions
from openai._streaming import Stream

from . import display, pages
from .annotations import Annotations
from .resources import syntax
from .signature import Signature

_BINARY = frozenset({"HttpxBinaryResponseContent"})
Record = dict[str, Any]


def read(
    signature: Signature, annotations: Annotations, method: str, query: set[str]
) -> tuple[Record, dict[str, str] | None]:
    """The response record of a method, and its page record if it answers a list."""
    members = [m for m in _members(signature.returns) if stream_event(m) is None]
    if not members:  # nothing but events: one event is what the operation answers
        members = [stream_event(signature.returns)]
    kind = _kind(members)
    if kind not in ("json", "json_or_text"):
        return {"kind": kind}, None
    if cls := pages.page_class(members[0]):
        item = pages.item(members[0])
        record = _record(annotations.convert(item), annotations, _name(item, signature))
        return record, pages.of_class(cls)
    shape = annotations.union(members)
    page = _envelope(shape, annotations, method, query)
    if page:
        fields = annotations.objects[shape["ref"]]["object"]
        shape = fields[page["items"]]["type"]["array"]
        model = "|".join(_model(annotations.classes[r]) for r in _refs(shape))
        return _record(shape, annotations, model), page
    names = [_name(m, signature) for m in members if m is not str]
    record = _record(shape, annotations, "|".join(names))
    if kind == "json_or_text":
        record |= {"kind": kind, "depends": _depends(signature)}
    return record, None


def _record(shape: Any, annotations: Annotations, model: str) -> Record:
    found = fields(shape, annotations.objects)
    return {"kind": "json", "model": model, "fields": found, "shape": shape}


def _envelope(
    shape: Any, annotations: Annotations, method: str, query: set[str]
) -> dict[str, str] | None:
    if not isinstance(shape, dict) or "ref" not in shape:
        return None
    return pages.of_envelope(method, query, annotations.objects[shape["ref"]])


def fields(shape: Any, objects: display.Objects) -> dict[str, str]:
    """The top-level fields of an object, or of all members of a union, with display types."""
    types_: dict[str, list[Any]] = {}
    for ref in _refs(shape):
        for name, entry in objects[ref]["object"].items():
            types_.setdefault(name, []).extend(display.members(entry["type"]))
    return {name: display.display({"union": shapes}) for name, shapes in types_.items()}


def _refs(shape: Any) -> list[str]:
    return [m["ref"] for m in display.members(shape) if isinstance(m, dict) and "ref" in m]


def _members(annotation: Any) -> list[Any]:
    union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return list(typing.get_args(annotation)) if union else [annotation]


def _kind(members: list[Any]) -> str:
    if members == [type(None)]:
        return "empty"
    if members == [str]:
        return "text"
    if any(getattr(m, "__name__", "") in _BINARY for m in members):
        return "binary"
    return "json_or_text" if str in members else "json"


def _name(annotation: Any, signature: Signature) -> str:
    """A model's name; a union has none of its own, but the source spells its alias."""
    if isinstance(annotation, type):
        return _model(annotation)
    return str(re.findall(r"\w+", signature.returns_text)[-1])


def _model(cls: type) -> str:
    return ".".join([*cls.__module__.split(".")[2:-1], cls.__name__])


def stream_event(annotation: Any) -> Any:
    """The event type of an annotation that is a stream, None for anything else."""
    origin = typing.get_origin(annotation) or annotation
    if origin is Stream:
        return typing.get_args(annotation)[0]
    if isinstance(origin, type) and issubclass(origin, Stream):
        for base in typing_extensions.get_original_bases(origin):
            if typing.get_origin(base) is Stream:
                return typing.get_args(base)[0]
    return None


def events(signature: Signature, annotations: Annotations) -> tuple[str, Any]:
    """The name and the type of the events a method streams; empty if it streams none."""
    for member in _members(signature.returns):
        event = stream_event(member)
        if event is None:
            continue
        if isinstance(event, type):
            return _model(event), annotations.convert(event)
        named = re.search(r"\bStream\[(?:\w+\.)*(\w+)\]", signature.returns_text)
        return (named.group(1) if named else _alias_name(member)), annotations.convert(event)
    return "", None


def _alias_name(stream: Any) -> str:
    """The name of the event in the source of a stream class: `class S(Stream[Event])`."""
    source = inspect.getsource(typing.get_origin(stream) or stream)
    named = re.search(r"\bStream\[(\w+)\]", source)
    return named.group(1) if named else ""


def _depends(signature: Signature) -> str:
    """The parameter that decides, at run time, what the answer is parsed as."""
    for node in ast.walk(syntax(signature.function)):
        if isinstance(node, ast.keyword) and node.arg == "cast_to":
            names = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
            found = [name for name in signature.hints if name in names]
            if found:
                return found[0]
    raise TypeError(f"{signature.function.__qualname__}: what chooses between JSON and text?")
