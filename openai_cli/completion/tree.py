"""The levels of the command tree: the catalog's index, with what is declared in code laid over."""

from __future__ import annotations

from . import facts, slots
from .slots import Command, Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EMPTY: dict[str, Any] = {}


class Level:
    """A group: what it lists, and the way further down."""

    __slots__ = ("_own", "_raw")

    def __init__(self, raw: dict[str, Any], own: dict[str, Any]) -> None:
        self._raw = raw
        self._own = own

    def names(self) -> dict[str, str]:
        """What the group lists, with a sentence each."""
        found: dict[str, str] = {}
        waits = self._raw.get("wait", ("",))
        for name, entry in self._raw.get("commands", EMPTY).items():
            found[name] = entry[1]
            if entry[0] == waits[0]:
                found["wait"] = waits[1]
        for place in (self._raw.get("groups", EMPTY), self._own.get("groups", EMPTY)):
            found |= {name: node["help"] for name, node in place.items() if node.get("help")}
        for name, raw in self._own.get("commands", EMPTY).items():
            found[name] = raw["help"] or found.get(name, "")
        return found

    def options(self) -> list[Slot]:
        """The options that may stand before a command, beside the global ones."""
        return slots.declared(self._own.get("options", ()))

    def enter(self, word: str) -> Level | Command | None:
        """What a word leads to: a group, a command, this level again (if left out), or nothing."""
        plain = word.replace("_", "-")
        aliases: dict[str, str] = facts.declared()["aliases"]
        for name in (word, plain):
            if found := self._group(name) or self._command(name):
                return found
        if plain in self._skipped():
            return self
        return self._command(aliases[word]) if word in aliases else None

    def _group(self, name: str) -> Level | None:
        raw = self._raw.get("groups", EMPTY).get(name)
        own = self._own.get("groups", EMPTY).get(name)
        return Level(raw or EMPTY, own or EMPTY) if raw or own else None

    def _command(self, name: str) -> Command | None:
        entry = self._raw.get("commands", EMPTY).get(name)
        own = self._own.get("commands", EMPTY).get(name)
        if own:
            base = slots.of_operation(entry[0]) if entry and own.get("extends") else None
            return slots.of_workflow(own, base)
        if entry:
            return slots.of_operation(entry[0])
        if name == "wait" and "wait" in self._raw:
            return slots.of_operation(self._raw["wait"][0], only_wait=True)
        return None

    def _skipped(self) -> set[str]:
        resources: list[str] = self._raw.get("resources", [])
        return {one.rpartition(".")[2].replace("_", "-") for one in resources if "." in one}


def root() -> Level:
    """The top of the tree."""
    return Level(facts.index(), facts.declared()["tree"])
