"""The command tree: SDK names become commands, some levels are left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from .resources import prefixes


def command(operation: str, omitted: Collection[str]) -> list[str]:
    """`fine_tuning.alpha.graders.run` as `["fine-tuning", "graders", "run"]`."""
    return [p.rpartition(".")[2].replace("_", "-") for p in prefixes(operation) if p not in omitted]


def build(
    resources: Iterable[tuple[str, list[str], str]],
    operations: dict[str, Any],
    sockets: dict[str, Any],
) -> dict[str, Any]:
    """The tree of `index.json`, in the order given.

    `resources` come with their place in the tree, which a left-out one shares with its parent, and
    their help; `operations` and `sockets` with their `command`, `help` and `deprecated`.
    """
    root: dict[str, Any] = {"help": "", "resources": [], "commands": {}, "groups": {}}
    for name, path, help_ in resources:
        node = root
        for part in path:
            node = node["groups"].setdefault(
                part, {"help": help_, "resources": [], "commands": {}, "groups": {}}
            )
        node["resources"].append(name)
    for name, facts in operations.items():
        node, last = _place(root, name, facts["command"])
        node["commands"][last] = [name, facts["help"], facts.get("deprecated", False)]
        if waiter := _waiter(name, facts):
            node["wait"] = waiter
    for name, facts in sockets.items():
        node, last = _place(root, name, facts["command"])
        node.setdefault("sockets", {})[last] = [name, facts["help"]]
    return root


def _place(root: dict[str, Any], name: str, command: list[str]) -> tuple[dict[str, Any], str]:
    """The node a command stands in, and its name there. Raises ValueError where it is taken."""
    *path, last = command
    node = root
    for part in path:
        node = node["groups"][part]
    if any(last in node.get(kind, ()) for kind in ("commands", "groups", "sockets")):
        raise ValueError(f"{name}: another operation or resource is already {command}")
    return node, last


def _waiter(name: str, facts: dict[str, Any]) -> list[Any] | None:
    """The entry of the command `wait` beside an operation whose object can be waited for."""
    word = facts.get("words", {}).get("wait", {})
    if word.get("retrieve") != name:
        return None
    return [name, f"Wait until {word['what']} is done.", facts.get("deprecated", False)]
