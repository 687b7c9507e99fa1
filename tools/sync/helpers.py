"""SDK methods without an endpoint of their own: their kind and the operations they use."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Collection
from typing import Any

from .resources import Function, is_deprecated, syntax

_KINDS = (
    ("connect", ("connect",)),
    ("poll", ("poll", "wait_")),
    ("stream", ("stream",)),
    ("upload", ("upload",)),
    ("parse", ("parse",)),
    ("webhook", ("webhooks.",)),
)


def read(name: str, function: Function, known: Collection[str]) -> dict[str, Any]:
    """The facts of one helper; `known` holds the names of all methods."""
    kind = next((kind for kind, marks in _KINDS if any(m in name for m in marks)), "other")
    uses = sorted(_uses(name.rpartition(".")[0], function, known) - {name})
    record: dict[str, Any] = {"kind": kind}
    if uses:
        record["uses"] = uses
    if is_deprecated(function):
        record["deprecated"] = True
    return record


def _uses(resource: str, function: Function, known: Collection[str]) -> set[str]:
    """Methods named by a helper, or by the functions of the SDK that it hands its resource to."""
    found: set[str] = set()
    seen: set[Function] = set()
    waiting: list[tuple[Function, str]] = [(function, "self")]
    while waiting:
        current, root = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for node in ast.walk(syntax(current)):
            if isinstance(node, ast.Attribute):
                found |= _named(node, resource, root) & set(known)
            elif isinstance(node, ast.Call) and (follow := _function(node.func, current)):
                waiting.append((follow, _receiver(node, follow, root)))
    return found


def _receiver(call: ast.Call, function: Function, root: str) -> str:
    """The name under which a function gets the helper's resource; empty if it does not."""
    given = isinstance(call.args[0], ast.Name) and call.args[0].id == root if call.args else False
    return next(iter(inspect.signature(function).parameters)) if given else ""


def _named(node: ast.expr, resource: str, root: str) -> set[str]:
    """The SDK name behind an expression like `self._client.files.with_raw_response.create`."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        if not node.attr.startswith("with_"):
            names.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in (root, "client"):
        return set()
    if "_client" in names:
        return {".".join(names[names.index("_client") + 1 :])}
    return {".".join(names if node.id == "client" else [resource, *names])}


def _function(node: ast.expr, caller: Function) -> Function | None:
    """A plain function called by name, of the SDK's own package and not async."""
    if not isinstance(node, ast.Name):
        return None
    found = inspect.unwrap(caller).__globals__.get(node.id)
    if not inspect.isfunction(found) or not found.__module__.startswith("openai."):
        return None
    return found if ".lib." in found.__module__ or found.__name__.startswith("_") else None
