"""An operation and its values become a request. Pure: no files are read, nothing is sent.

The encoding is the official SDK's, and a test compares the two for every operation: brackets for
arrays and objects in queries and multipart fields (`include[]=a`, `expires_after[seconds]=60`),
path segments percent-encoded after RFC 3986, constant headers, comma-joined header arrays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from ..catalog.record import Record
from .errors import UsageError

if TYPE_CHECKING:
    from ..catalog.model import Multipart, Operation
    from .outgoing import Watch

SEGMENT_SAFE = "!$&'()*+,;=:@"
_DOT_SEGMENT = re.compile(r"(?:\.|%2[eE]){1,2}")


class FileValue(Record):
    """A file to be sent: a path, `-` for stdin, or bytes at hand.

    With `length`, only that many bytes from `offset` on; `watch` follows them on their way.
    """

    source: str | bytes
    filename: str
    content_type: str | None = None
    offset: int = 0
    length: int | None = None
    watch: Watch | None = None


class JsonBody(Record):
    """A JSON document."""

    value: Any


class RawBody(Record):
    """A body sent as it is."""

    content: bytes
    content_type: str


class Part(Record):
    """One part of a multipart body: text, or a file; `content_type` only for typed parts."""

    name: str
    value: str | FileValue
    content_type: str | None = None


class MultipartBody(Record):
    """`multipart/form-data`: text parts first, then typed parts and files, as in the SDK."""

    parts: tuple[Part, ...]


Body = JsonBody | RawBody | MultipartBody


class Request(Record):
    """What is to be sent, without host and credentials. `path` is percent-encoded."""

    method: str
    path: str
    query: list[tuple[str, str]] = []
    headers: dict[str, str] = {}
    body: Body | None = None


def build(
    operation: Operation, values: Mapping[str, Any], body: Mapping[str, Any] | None = None
) -> Request:
    """The request for `operation` with `values` by API name; names it does not know go to the body
    (the query for a GET). `body` holds further body fields, whatever their names; `values` win.

    Raises UsageError for a path value that would change the path's shape.
    """
    template, _, fixed = operation.path.partition("?")
    query = parse_qsl(fixed, keep_blank_values=True)
    headers = dict(operation.headers)
    places = {parameter.name: parameter for parameter in operation.parameters}
    in_path: dict[str, Any] = {}
    in_body: dict[str, Any] = dict(body or {})
    for name, value in values.items():
        parameter = places.get(name)
        place = parameter.place if parameter else _unknown_place(operation.method)
        if place == "path":
            in_path[name] = value
        elif place == "query":
            query.extend(pairs(name, value))
        elif parameter and place == "header":
            if value is not None:
                headers[parameter.wire or name] = _header_text(value, parameter.join)
        else:
            in_body[name] = value
    return Request(
        method=operation.method,
        path=expand_path(template, in_path),
        query=query,
        headers=headers,
        body=_body(operation, in_body),
    )


def _unknown_place(method: str) -> str:
    return "query" if method == "GET" else "body"


def _header_text(value: Any, join: str) -> str:
    if isinstance(value, list | tuple):
        return (join or ",").join(primitive(item) for item in value)
    return primitive(value)


def expand_path(template: str, values: Mapping[str, Any]) -> str:
    """Fill `{name}` places; each value becomes one percent-encoded segment or part of one."""

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        text = primitive(values.get(name, ""))
        if not text:
            raise UsageError(f"{name.replace('_', '-')} must not be empty")
        return quote(text, safe=SEGMENT_SAFE)

    path = re.sub(r"\{(\w+)\}", fill, template)
    for segment in path.split("/"):
        if _DOT_SEGMENT.fullmatch(segment):
            raise UsageError(f"{segment!r} cannot stand in a path: {path}")
    return path


def primitive(value: Any) -> str:
    """A scalar as queries, headers and form fields write it."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return "" if value is None else str(value)


def pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """`value` flattened with brackets, each leaf as text; nulls are left out."""
    return ((key, primitive(leaf)) for key, leaf in _leaves(name, value))


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(f"{name}[{key}]", item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(f"{name}[]", item)
    elif value is not None:
        yield name, value


def _body(operation: Operation, values: dict[str, Any]) -> Body | None:
    multipart = operation.multipart
    if multipart and (multipart.when == "always" or _has_file(values)):
        return _multipart(multipart, values)
    takes_body = any(parameter.place == "body" for parameter in operation.parameters)
    if values or (takes_body and operation.method != "GET"):
        return JsonBody(values)
    return None


def _has_file(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_file(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_file(item) for item in value)
    return isinstance(value, FileValue)


def _multipart(spec: Multipart, values: dict[str, Any]) -> Body:
    if spec.raw and set(values) == {spec.raw}:
        content = primitive(values[spec.raw]).encode()
        return RawBody(content, spec.parts[spec.raw]["content_type"])
    text: list[Part] = []
    rest: list[Part] = []
    for name, value in values.items():
        if name in spec.parts:
            rest.append(_typed_part(name, value, spec.parts[name]))
            continue
        for key, leaf in _leaves(name, value):
            if isinstance(leaf, FileValue):
                rest.append(Part(key, leaf))
            else:
                text.append(Part(key, primitive(leaf)))
    return MultipartBody((*text, *rest))


def _typed_part(name: str, value: Any, spec: dict[str, Any]) -> Part:
    text = json.dumps(value, ensure_ascii=False) if spec.get("json") else primitive(value)
    return Part(name, text, spec["content_type"])
