"""The catalog's records as plain JSON: the stable contract of `oai api list` and `oai api show`."""

from __future__ import annotations

from typing import Any

from . import load
from .model import Operation, Parameter

DEEPEST = 4


def record(operation: Operation) -> dict[str, Any]:
    """One operation as `oai api list -f json` gives it; these keys do not change."""
    return {
        "operation": operation.name,
        "command": list(operation.command),
        "method": operation.method,
        "path": operation.path,
        "parameters": [
            {
                "name": parameter.name,
                "in": parameter.place,
                "flag": operation.flag(parameter),
                "positional": positional(operation, parameter),
                "type": parameter.type,
                "required": parameter.required,
            }
            for parameter in operation.parameters
        ],
        "paginated": operation.page is not None and bool(operation.page.param),
        "streaming": operation.stream is not None,
        "binary": operation.response.kind == "binary",
        "multipart": operation.multipart is not None,
        "deprecated": operation.deprecated,
    }


def positional(operation: Operation, parameter: Parameter) -> bool:
    """Whether the parameter may stand without its option's name (a prompt fills its field too)."""
    prompt = operation.words.prompt
    into = prompt["into"] if prompt else None
    return parameter.place == "path" or parameter.positional or parameter.name == into


def explain(operation: Operation) -> dict[str, Any]:
    """Everything there is to know about an operation, with a sample body; of a session over
    WebSocket, the types of the events it takes and gives."""
    document = record(operation)
    for shown, parameter in zip(document["parameters"], operation.parameters, strict=True):
        shown["help"] = parameter.help
        if parameter.enum:
            shown["values"] = list(parameter.enum)
        if parameter.deprecated:
            shown["deprecated"] = True
    document["help"] = operation.help
    document["key"] = "admin" if operation.auth == "admin" else "api"
    document["headers"] = operation.headers
    if events := load.sockets().get(operation.name):
        return {**document, "sends": events["client"], "receives": events["server"]}
    document["returns"] = {
        "kind": operation.response.kind,
        "type": operation.response.model,
        "fields": operation.response.fields,
    }
    if operation.required:
        document["required_sets"] = [list(names) for names in operation.required]
    document["sample"] = sample_body(operation)
    return document


def sample_body(operation: Operation) -> dict[str, Any]:
    """A body with every required field, values standing for what belongs there."""
    wanted = set(operation.required[0]) if operation.required else set()
    return {
        parameter.name: sample(parameter)
        for parameter in operation.parameters
        if parameter.place == "body" and (parameter.required or parameter.name in wanted)
    }


def sample(parameter: Parameter) -> Any:
    """A value of the parameter's type."""
    if parameter.shape is not None:
        return _of_shape(parameter.shape, 0)
    if parameter.enum:
        return parameter.enum[0]
    return _of_display(parameter.type)


def sample_of(shape: Any) -> Any:
    """A value of a structured type with every required field, twice as deep as bodies go."""
    return _of_shape(shape, -DEEPEST)


PLAIN: dict[str, Any] = {
    "string": "text",
    "integer": 1,
    "number": 1.0,
    "boolean": True,
    "file": "@path",
    "map": {"key": "value"},
    "object": {},
    "any": {},
    "null": None,
}


def _of_display(display: str) -> Any:
    if display.startswith("array<"):
        return [_of_display(display[6:-1].partition("|")[0])]
    return PLAIN.get(display.partition("|")[0], "text")


def _of_shape(shape: Any, depth: int) -> Any:
    if isinstance(shape, str):
        return PLAIN.get(shape, "text")
    if "enum" in shape:
        return shape["enum"][0]
    if "union" in shape:
        return _of_shape(shape["union"][0], depth)
    if "array" in shape:
        return [_of_shape(shape["array"], depth + 1)] if depth < DEEPEST else []
    if "map" in shape:
        return {"key": _of_shape(shape["map"], depth + 1)}
    if "ref" in shape:
        return _of_shape(load.shape(shape["ref"]), depth + 1) if depth < DEEPEST else {}
    return {
        name: _of_shape(field["type"], depth + 1)
        for name, field in shape.get("object", {}).items()
        if field.get("required")
    }
