"""One option's text, or texts, as the value its type calls for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..catalog.model import Field, Parameter
from ..catalog.record import Record
from ..core import values
from ..core.errors import UsageError
from ..core.inputs import Inputs
from ..core.request import FileValue


class Upload(Record):
    """A local file that stands where the API wants a file id; sent first, under this purpose."""

    path: str
    purpose: str


class Reading:
    """Reads values for one command; `filename` is what `--filename` says."""

    def __init__(self, inputs: Inputs, filename: str = "") -> None:
        self._inputs = inputs
        self._filename = filename
        self.used_stdin = False

    def value(
        self, parameter: Parameter, label: str, texts: list[str] | bool, main_text: bool
    ) -> Any:
        """The value of a parameter given once or more. Raises UsageError naming the option."""
        if isinstance(texts, bool):
            return texts
        if main_text and texts == ["-"]:
            self.used_stdin = True
            return self._inputs.stdin_text(label)
        try:
            if parameter.upload:
                return self._with_uploads(parameter, texts)
            return self._read(parameter.type, texts, parameter, label)
        except ValueError as error:
            raise UsageError(f"{label} {error}", _way_out(parameter)) from None

    def field(self, bound: Field, label: str, value: Any) -> Any:
        """The value of a dotted option."""
        if isinstance(value, bool):
            return value
        texts = list(value) if isinstance(value, list | tuple) else [value]
        try:
            return self._several(bound.type, texts, closed=bound.closed, enum=bound.enum)
        except ValueError as error:
            raise UsageError(f"{label} {error}") from None

    def body(self, text: str) -> dict[str, Any]:
        """The whole body: `-`, JSON itself, or a file. Raises UsageError."""
        try:
            if text == "-":
                self.used_stdin = True
                document = self._inputs.document("-", what="--body")
            elif text.lstrip().startswith(("{", "[")):
                document = values.strict_json(text)
            else:
                document = self._inputs.document_file(text.removeprefix("@"))
        except ValueError as error:
            raise UsageError(f"--body {error}") from None
        if not isinstance(document, dict):
            raise UsageError("--body wants a JSON object")
        return document

    def _read(self, display: str, texts: list[str], parameter: Parameter, label: str) -> Any:
        members = values.split_union(display)
        if "map" in members:
            return self._map(parameter, texts, label)
        if any("file" in member for member in members):
            return self._files(display, texts)
        return self._several(display, texts, closed=parameter.closed, enum=parameter.enum)

    def _several(
        self, display: str, texts: list[str], *, closed: bool, enum: tuple[str, ...]
    ) -> Any:
        members = values.split_union(display)
        arrays = [member for member in members if member.startswith("array<")]
        if not arrays:
            return self._one(display, texts[-1], closed=closed, enum=enum)
        if len(texts) == 1 and len(arrays) < len(members):
            return self._one(display, texts[0], closed=closed, enum=enum)
        found: list[Any] = []
        for text in texts:
            element = values.element_of(display)
            item = self._element(element, text, closed=closed, enum=enum)
            whole = isinstance(item, list) and not element.startswith("array<")
            found.extend(item if whole else [item])
        return found

    def _element(self, element: str, text: str, *, closed: bool, enum: tuple[str, ...]) -> Any:
        plain = values.scalars_only(element)
        if not values.takes_string(element) and text.startswith("[" if plain else ("[", "@", "-")):
            return self._document(text)
        return self._one(element, text, closed=closed, enum=enum)

    def _one(self, display: str, text: str, *, closed: bool, enum: tuple[str, ...]) -> Any:
        literal = values.takes_string(display) and not closed
        if literal or values.scalars_only(display):
            return values.scalar(text, display, closed=closed, enum=enum)
        if values.takes_string(display) and (text in enum or not text.startswith(("{", "[", "@"))):
            return values.scalar(text, display, closed=closed, enum=enum)
        if text == "-" or text.startswith("@"):
            return self._document(text)
        others = [member for member in values.split_union(display) if member != "string"]
        return values.scalar(text, "|".join(others))

    def _document(self, text: str) -> Any:
        self.used_stdin = self.used_stdin or text == "-"
        return self._inputs.document(text, what="an option")

    def _map(self, parameter: Parameter, texts: list[str], label: str) -> dict[str, Any]:
        inner = parameter.shape.get("map") if isinstance(parameter.shape, dict) else None
        merged: dict[str, Any] = {}
        for text in texts:
            if text == "-" or text.startswith("@"):
                document = self._document(text)
                if not isinstance(document, dict):
                    raise ValueError("wants a JSON object")
                merged.update(document)
            else:
                merged.update(_typed_entry(values.map_entry(text, label), text, inner))
        return merged

    def _files(self, display: str, texts: list[str]) -> Any:
        arrays = any(m.startswith("array<") for m in values.split_union(display))
        only_array = values.is_array(display)
        found = [self._file_or_object(display, text) for text in texts]
        if len(found) > 1 and not arrays:
            raise ValueError("takes one file")
        return found if only_array or len(found) > 1 else found[0]

    def _file_or_object(self, display: str, text: str) -> Any:
        if "object" in display and text.startswith("{"):
            return values.strict_json(text)
        if text == "-":
            self.used_stdin = True
            self._inputs.claim_stdin("a file")
            return FileValue("-", self._filename or "stdin")
        return local_file(text, self._filename)

    def _with_uploads(self, parameter: Parameter, texts: list[str]) -> Any:
        found: list[Any] = []
        for text in texts:
            values.check_text(text)
            if text.startswith("@"):
                local_file(text[1:])
                found.append(Upload(text[1:], parameter.upload))
            else:
                found.append(text)
        return found if values.is_array(parameter.type) or len(found) > 1 else found[0]


def _typed_entry(entry: dict[str, Any], text: str, inner: Any) -> dict[str, Any]:
    """`key=value` in a map of numbers: the value is read as one."""
    if (
        text.startswith("{")
        or not isinstance(inner, str)
        or inner not in ("integer", "number", "boolean")
    ):
        return entry
    return {key: values.scalar(value, inner) for key, value in entry.items()}


def local_file(text: str, filename: str = "") -> FileValue:
    """A path as a file to send. Raises UsageError when it cannot be read."""
    try:
        path = Path(text).expanduser()
        if path.is_dir():
            raise UsageError(f"{text} is a folder, not a file")
        if not path.exists():
            raise UsageError(f"there is no file {text}")
    except (ValueError, RuntimeError) as error:
        raise UsageError(f"{text!r} is not a path: {error}") from None
    if not os.access(path, os.R_OK):
        raise UsageError(f"{text} cannot be read: permission denied")
    return FileValue(str(path), filename or path.name)


def _way_out(parameter: Parameter) -> str:
    if values.scalars_only(parameter.type):
        return f"--set {parameter.name}:=JSON sends a value of another type"
    return "JSON may also come from a file: @file.json, @file.yaml, or - for stdin"
