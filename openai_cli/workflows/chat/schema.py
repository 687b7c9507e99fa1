"""The shape that an answer must have: read from the command line, sent, and checked.

`--schema` takes a JSON Schema (a file, `@file`, `-`, or JSON itself), the short form
(`name, age int, tags[]`), or a pydantic model, TypedDict or dataclass (`file.py:Model`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import GenericAlias
from typing import Any

from ...catalog.record import Record
from ...core.errors import UsageError
from ...core.inputs import Inputs
from ...core.values import strict_json
from . import python_source, schema_check, schema_short
from .schema_strict import strict
from .schema_walk import rebase, widen

SUFFIXES = (".json", ".yaml", ".yml")
LONGEST_NAME = 64


class Schema(Record):
    """`schema` as it was given, `strict` as it is sent; `model` is the Python type, if any."""

    name: str
    schema: dict[str, Any]
    strict: dict[str, Any]
    model: Any = None


def load(text: str, inputs: Inputs, cwd: Path) -> Schema:
    """The schema that `text` gives or names. Raises UsageError."""
    text = text.strip()
    if not text:
        raise UsageError("the schema is empty", schema_short.EXAMPLE)
    if text == "-":
        return _from_json("answer", _read(lambda: inputs.document("-", what="--schema")))
    if text.startswith("{"):
        return _from_json("answer", _read(lambda: strict_json(text)))
    if file := _file(text, cwd):
        return _from_json(file.stem, _read(lambda: inputs.document_file(str(file))))
    if named := python_source.split(text):
        return _named(*named, cwd)
    made = schema_short.parse(text)
    return Schema("answer", made, strict(made, optional_as_null=True))


def multi(one: Schema) -> Schema:
    """The schema of a list of such objects: `{"items": [...]}`."""
    name = _name(f"{one.name[: LONGEST_NAME - 5]}_list")
    model = None
    if one.model is not None:
        from pydantic import create_model

        several: Any = GenericAlias(list, (one.model,))
        model = create_model(name, items=(several, ...))
    return Schema(name, _listed(one.schema), _listed(one.strict), model)


def validate(schema: Schema, text: str) -> tuple[Any, str | None]:
    """The value that an answer holds, and why it does not fit (None when it does).

    The value is what the model wrote, not what a Python type would make of it.
    """
    try:
        value = strict_json(text)
    except ValueError as error:
        return None, f"it {error}"
    if schema.model is not None:
        problem = _model_misfit(schema.model, text)
    else:
        problem = schema_check.misfit(value, widen(schema.schema))
    return value, problem or None


def as_response_format(schema: Schema) -> dict[str, Any]:
    """The field `response_format` of chat completions."""
    inner = {"name": schema.name, "schema": schema.strict, "strict": True}
    return {"type": "json_schema", "json_schema": inner}


def as_text_format(schema: Schema) -> dict[str, Any]:
    """The field `text` of responses."""
    inner = {"name": schema.name, "schema": schema.strict, "strict": True}
    return {"format": {"type": "json_schema", **inner}}


def _read(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except ValueError as error:
        raise UsageError(f"the schema {error}", schema_short.EXAMPLE) from None


def _file(text: str, cwd: Path) -> Path | None:
    """The file that `text` names, if it names one."""
    if "\n" in text or len(text) > 4096:
        return None
    named = text.startswith("@")
    path = cwd / Path(text.removeprefix("@")).expanduser()
    if named or (_is_file(path) and (path.suffix.lower() in SUFFIXES or "/" in text)):
        return path
    looks = text.lower().endswith(SUFFIXES) and not re.search(r"[,:{\s]", text)
    return path if looks else None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _from_json(name: str, document: Any) -> Schema:
    if isinstance(document, dict) and document.get("type") == "json_schema":
        inner = document.get("json_schema", document)
        if isinstance(inner, dict) and isinstance(inner.get("schema"), dict):
            name, document = str(inner.get("name") or name), inner["schema"]
    try:
        json.dumps(document, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"the schema holds what JSON cannot: {error}") from None
    schema_check.check(document)
    if isinstance(document.get("title"), str) and name == "answer":
        name = document["title"]
    return Schema(_name(name), document, strict(document, optional_as_null=True))


def _named(where: str, name: str, cwd: Path) -> Schema:
    try:
        return _from_python(where, name, cwd)
    except UsageError as error:
        if error.message.startswith("there is no module") and "." not in where:
            error.hint += "; a description in the short form has a space behind its colon"
        raise


def _from_python(where: str, name: str, cwd: Path) -> Schema:
    found = python_source.find(where, name, cwd)
    if isinstance(found, dict):
        return _from_json(name, found)
    if callable(found) and not isinstance(found, type) and not hasattr(found, "__origin__"):
        raise UsageError(
            f"{where}:{name} is no model", "--tool offers a function; --schema wants a type"
        )
    made = _model_schema(f"{where}:{name}", found)
    return Schema(_name(getattr(found, "__name__", name)), made, strict(made), found)


def _model_schema(shown: str, model: Any) -> dict[str, Any]:
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

    try:
        return TypeAdapter(model).json_schema()
    except (PydanticUserError, PydanticInvalidForJsonSchema, TypeError, NameError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(f"{shown} gives no JSON Schema: {reason}") from None


def _model_misfit(model: Any, text: str) -> str:
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(model).validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return schema_check.summary((schema_check.pointer(e["loc"]), e["msg"]) for e in found)
    except Exception as error:  # a validator of the model's own
        return f"{type(error).__name__}: {error}"
    return ""


def _listed(one: dict[str, Any]) -> dict[str, Any]:
    lifted = {key: one[key] for key in ("$schema", "$defs", "definitions") if key in one}
    inner = {key: value for key, value in one.items() if key not in lifted}
    prefix = "/properties/items/items"
    lifted = rebase(lifted, prefix)
    return {
        **lifted,
        "type": "object",
        "properties": {"items": {"type": "array", "items": rebase(inner, prefix)}},
        "required": ["items"],
        "additionalProperties": False,
    }


def _name(text: str) -> str:
    """A name that the API takes."""
    return re.sub(r"[^a-zA-Z0-9_-]+", "_", text)[:LONGEST_NAME].strip("_") or "answer"
