"""The SDK's resource tree: which resources there are and which methods each of them has."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from openai._resource import SyncAPIResource

Function = Callable[..., Any]

_SENDERS = frozenset({"_get", "_post", "_put", "_patch", "_delete", "_get_api_list"})


@dataclass(frozen=True)
class Resource:
    """One resource: its dotted name and the object that carries its methods."""

    name: str
    instance: SyncAPIResource

    def methods(self) -> Iterator[tuple[str, Function]]:
        """Public methods in the order the SDK defines them."""
        for name, value in _members(type(self.instance)).items():
            if inspect.isfunction(value):
                yield f"{self.name}.{name}", value


def resources(client: Any) -> list[Resource]:
    """Every resource in the SDK's order; of two names for the same class the shorter one stays."""
    found = list(_walk("", client))
    shortest: dict[type, str] = {}
    for resource in sorted(found, key=lambda r: r.name.count(".")):
        shortest.setdefault(type(resource.instance), resource.name)
    kept = set(shortest.values())
    return [r for r in found if all(prefix in kept for prefix in prefixes(r.name))]


def prefixes(name: str) -> list[str]:
    """`a.b.c` as `["a", "a.b", "a.b.c"]`."""
    parts = name.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]


def _walk(name: str, owner: Any) -> Iterator[Resource]:
    for attribute, value in _members(type(owner)).items():
        if attribute.startswith("with_") or not isinstance(value, cached_property):
            continue
        child = getattr(owner, attribute)
        if isinstance(child, SyncAPIResource):
            dotted = f"{name}.{attribute}".lstrip(".")
            yield Resource(dotted, child)
            yield from _walk(dotted, child)


def _members(cls: type) -> dict[str, Any]:
    """What a class and its bases define, in order; a few resources are subclasses of themselves."""
    members: dict[str, Any] = {}
    for base in cls.__mro__:
        for name, value in vars(base).items():
            if not name.startswith("_"):
                members.setdefault(name, value)
    return members


def syntax(function: Function) -> ast.FunctionDef:
    """The syntax tree of a function's definition."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
    return definition  # type: ignore[return-value]


def sends(function: Function) -> bool:
    """Whether a method sends a request of its own rather than calling other methods."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _SENDERS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "self"
        for node in ast.walk(syntax(function))
    )


def is_deprecated(function: Function) -> bool:
    """Whether the SDK marks a method as deprecated."""
    return getattr(function, "__deprecated__", None) is not None
