"""WebSocket connects: where they lead, what they ask for, which events go either way."""

from __future__ import annotations

import ast
import inspect
import typing
from typing import Any

from .annotations import Annotations
from .probe import contains, is_omitted, marks, token
from .resources import Function, syntax
from .signature import optional

_ENTER = "_connect_ws"


def is_socket(function: Function) -> bool:
    """Whether a method opens a WebSocket."""
    returns = getattr(function, "__annotations__", {}).get("return", "")
    return isinstance(returns, str) and returns.endswith("ConnectionManager")


def read(function: Function, instance: Any, annotations: Annotations) -> dict[str, Any]:
    """The facts of one connect."""
    names = optional(function)
    manager = function(instance, **marks(dict.fromkeys(names, "text")))
    url = manager._prepare_url()
    path = "/" + url.path.removeprefix(instance._client.base_url.path).lstrip("/")
    in_path = [name for name in names if contains(path, token(name))]
    for name in in_path:
        path = path.replace(token(name), f"{{{name}}}")
    connection = _connection(type(manager))
    return {
        "path": path,
        "query": [name for name in names if name not in in_path],
        "headers": _headers(type(manager)),
        "parameters": [_parameter(function, name, name in in_path) for name in names],
        "client": _events(connection.send, "event", annotations),
        "server": _events(connection.recv, "return", annotations),
    }


def _parameter(function: Function, name: str, in_path: bool) -> dict[str, Any]:
    """One parameter as those of operations are written."""
    given = inspect.signature(function).parameters[name]
    found = {
        "name": name,
        "in": "path" if in_path else "query",
        "type": "boolean" if "bool" in str(given.annotation) else "string",
    }
    return {**found, "required": True} if not is_omitted(given.default) else found


def _connection(manager: type) -> Any:
    return typing.get_type_hints(manager.__enter__)["return"]  # type: ignore[attr-defined]


def _headers(manager: type) -> dict[str, str]:
    """`OpenAI-Beta`, which older connects write where they open the connection."""
    for method in (getattr(manager, _ENTER, None), manager.__enter__):  # type: ignore[attr-defined]
        if not inspect.isfunction(method):
            continue
        for node in ast.walk(syntax(method)):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "OpenAI-Beta":
                        return {"OpenAI-Beta": ast.literal_eval(value)}
    return {}


def _events(method: Function, name: str, annotations: Annotations) -> list[str]:
    """The values of the `type` field of all events a method takes or gives."""
    shape = annotations.convert(typing.get_type_hints(method)[name])
    members = shape.get("union", [shape])
    found: dict[str, None] = {}
    for member in members:
        fields = annotations.objects[member["ref"]]["object"] if "ref" in member else {}
        kind = fields.get("type", {}).get("type", {})
        found |= dict.fromkeys(kind["enum"] if isinstance(kind, dict) else [])
    return list(found)
