"""Puts together the facts of one operation (see `openai_cli.catalog.model`)."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import display, responses
from .annotations import Annotations, without_null
from .probe import Call, contains, marks, record, token
from .resources import Function, is_deprecated, syntax
from .signature import Signature

Record = dict[str, Any]
_MULTIPART = "multipart/form-data"


@dataclass
class Reader:
    """Reads one method: calls it with marked values and looks where they went."""

    name: str
    function: Function
    instance: Any
    annotations: Annotations

    @cached_property
    def signature(self) -> Signature:
        """The method's declared parameters."""
        return Signature(self.function)

    @cached_property
    def shapes(self) -> dict[str, tuple[Any, bool]]:
        """Each parameter's type without null, and whether it admits null."""
        return {n: without_null(self._shape(n)) for n in self.signature.hints}

    def _shape(self, name: str) -> Any:
        try:
            return self.annotations.convert(self.signature.hints[name])
        except TypeError:
            return None  # an option of the SDK, or else `parameters` complains

    def _marks(self, names: list[str]) -> dict[str, Any]:
        return marks({name: _sort(self.shapes[name][0]) for name in names})

    @cached_property
    def full(self) -> Call:
        """The request with every parameter that the method accepts a marked value for."""
        try:
            return record(self.function, self.instance, self._marks(list(self.signature.hints)))
        except (TypeError, ValueError, AttributeError):
            accepted = [n for n in self.signature.hints if self._is_accepted(n)]
            return record(self.function, self.instance, self._marks(accepted))

    def _is_accepted(self, name: str) -> bool:
        names = list(dict.fromkeys([*self.signature.required[0], name]))
        try:
            call = record(self.function, self.instance, self._marks(names))
        except (TypeError, ValueError, AttributeError):
            return False
        return _place(call, name) is not None

    @cached_property
    def least(self) -> Call:
        """The request with nothing but what the first overload requires."""
        return record(self.function, self.instance, self._marks(self.signature.required[0]))

    def operation(self) -> Record:
        """The facts of the operation; everything that has its default value is left out."""
        parameters = self.parameters()
        query = {p["name"] for p in parameters if p["in"] == "query"}
        response, page = responses.read(self.signature, self.annotations, self.full.method, query)
        facts: Record = {
            "method": self.full.method,
            "path": self._path(),
            "headers": self._headers(),
            "auth": self._auth(),
            "deprecated": is_deprecated(self.function),
            "required": self.signature.required if len(self.signature.required) > 1 else [],
            "multipart": self._multipart(),
            "stream": self._stream(parameters),
            "page": page and {key: value for key, value in page.items() if value},
            "response": {key: value for key, value in response.items() if value},
            "parameters": parameters,
        }
        return {k: v for k, v in facts.items() if (v and v != "bearer") or k == "parameters"}

    def _auth(self) -> str:
        """The key that goes along: where both would do, or nothing is said, the usual one."""
        kinds = self.full.security
        return "bearer" if not kinds or any("bearer" in kind for kind in kinds) else "admin"

    def _path(self) -> str:
        path = self.full.url
        for name in self.signature.hints:
            path = path.replace(token(name), f"{{{name}}}")
        return path

    def _headers(self) -> dict[str, str]:
        return {k: v for k, v in self.least.headers.items() if k.lower() != "content-type"}

    def parameters(self) -> list[Record]:
        """The parameters: those of the path in its order, required ones, the SDK's order."""
        path = self._path()
        found = [p for n in self.signature.hints if (p := self._parameter(n)) is not None]
        last = len(path)
        return sorted(
            found,
            key=lambda p: (
                path.find(f"{{{p['name']}}}") if p["in"] == "path" else last,
                not p.get("required"),
            ),
        )

    def _parameter(self, name: str) -> Record | None:
        place = _place(self.full, name)
        if place is None:
            return None
        shape, nullable = self.shapes[name]
        if shape is None:
            raise TypeError(f"{self.name}: {name} is sent, but its type is not understood")
        where, wire = place
        enum, closed = display.suggestions(shape)
        facts: Record = {
            "name": name if where in ("header", "path") else wire,
            "in": where,
            "type": display.display(shape),
            "required": all(name in names for names in self.signature.required),
            "nullable": nullable,
            "enum": enum,
            "closed": closed,
            "wire": wire if where == "header" else "",
            "join": self._join(name, wire) if where == "header" else "",
            "deprecated": name in self.signature.deprecated,
            "shape": shape if shape != display.display(shape) else None,
            "fields": display.nested(wire, shape, self.annotations.objects),
        }
        return {key: value for key, value in facts.items() if value}

    def _join(self, name: str, wire: str) -> str:
        if _sort(self.shapes[name][0]) != "array":
            return ""
        return self.full.headers[wire].replace(token(name), "")

    def _multipart(self) -> Record | None:
        if not _is_multipart(self.full):
            return None
        multipart: Record = {"when": "always" if self._always_multipart() else "if_file_given"}
        if paths := _literal(self.function, "extract_files", "paths"):
            multipart["files"] = paths
        if encodings := _literal(self.function, "encode_multipart", 2):
            multipart["parts"] = {
                field: {"content_type": kind, "json": as_json}
                for field, (kind, as_json) in encodings.items()
            }
            multipart["raw"] = _literal(self.function, "encode_multipart", 3) or ""
        return {key: value for key, value in multipart.items() if value}

    def _always_multipart(self) -> bool:
        """Whether the form is sent without a file as well; a raw body is its own alternative."""
        return _is_multipart(self.least) or self.least.content is not None

    def _stream(self, parameters: list[Record]) -> Record | None:
        if not self.full.stream:
            return None
        model, shape = responses.events(self.signature, self.annotations)
        asked = next((p["in"] for p in parameters if p["name"] == "stream"), "always")
        stream: Record = {"ask": asked}
        if self.full.joined_events:
            stream["events"] = "named"
        elif self.full.session_events:
            stream["events"] = "session"
        return {**stream, "model": model, "shape": shape}


def _sort(shape: Any) -> str:
    """The kind of marked value a parameter takes: see `probe.marks`."""
    kinds = display.display(shape).split("|") if shape is not None else [""]
    for kind, sort in (("array<file>", "files"), ("file", "file")):
        if kind in kinds:
            return sort
    return "array" if all(kind.startswith("array") for kind in kinds) else "text"


def _place(call: Call, name: str) -> tuple[str, str] | None:
    """Where a parameter's value went, and under which name."""
    text = token(name)
    if text in call.url:
        return "path", name
    if isinstance(call.content, bytes) and contains(call.content, text):
        return "body", name
    files = call.files.items() if isinstance(call.files, dict) else call.files or ()
    places = [
        ("query", call.query.items()),
        ("header", call.headers.items()),
        ("body", call.body.items() if isinstance(call.body, dict) else ()),
        ("body", [(field.removesuffix("[]"), value) for field, value in files]),
    ]
    for where, entries in places:
        for key, value in entries:
            if contains(value, text):
                return where, key
    return None


def _is_multipart(call: Call) -> bool:
    kinds = [value for key, value in call.headers.items() if key.lower() == "content-type"]
    return any(kind.startswith(_MULTIPART) for kind in kinds)


def _literal(function: Function, called: str, argument: str | int) -> Any:
    """The value written for an argument where a method calls a helper of the SDK."""
    for node in ast.walk(syntax(function)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == called:
            if isinstance(argument, int):
                return ast.literal_eval(node.args[argument])
            return next(ast.literal_eval(k.value) for k in node.keywords if k.arg == argument)
    return None
