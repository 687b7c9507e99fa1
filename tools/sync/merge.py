"""Merges facts and words into what `catalog/data` holds, and lists what lacks words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import fallback, tree, waiters
from .check import check
from .facts import Facts
from .words import Words

_CARRIED = (
    "main", "groups", "example", "columns", "title", "confirm", "prompt", "stdin", "live",
    "defaults", "unless", "download", "wait", "reattach", "note",
)  # fmt: skip


@dataclass
class Catalog:
    """The files to write, by name without `.json`; wrong words; what has no words."""

    files: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    missing_fields: list[str] = field(default_factory=list)


def merge(facts: Facts, words: Words) -> Catalog:
    """The catalog of one SDK with these words."""
    catalog = Catalog(problems=[*words.problems, *_pointless(facts, words)])
    operations = {
        name: _Merge(name, raw, words, _right(name, facts, words, catalog), catalog).operation()
        for name, raw in facts.operations.items()
    }
    for name, record in operations.items():
        resource, _, method = name.rpartition(".")
        catalog.files.setdefault(f"operations/{resource}", {})[method] = record
    catalog.files |= {f"shapes/{file}": objects for file, objects in facts.shapes.items()}
    sockets = {
        name: _Merge(name, raw, words, _right(name, facts, words, catalog), catalog).operation()
        for name, raw in _connects(facts).items()
    }
    catalog.files["sockets"] = sockets
    catalog.files["events"] = facts.events
    catalog.files["helpers"] = facts.helpers
    resources = [_resource(name, words, catalog) for name in _ordered(facts, words)]
    catalog.files["routes"] = [[r["method"], r["path"], name] for name, r in operations.items()]
    catalog.files["index"] = {"sdk": facts.sdk, "tree": tree.build(resources, operations, sockets)}
    return catalog


def _connects(facts: Facts) -> dict[str, dict[str, Any]]:
    """The WebSocket connects as if they were operations: a handshake is a GET without an answer."""
    same = {"method": "GET", "response": {"kind": "empty"}}
    return {name: {**same, **raw} for name, raw in facts.sockets.items()}


def _right(name: str, facts: Facts, words: Words, catalog: Catalog) -> dict[str, Any]:
    """What the words say about an operation, without what is wrong."""
    section = words.operations.get(name)
    if section is None:
        return {}
    waiting = words.waiters()
    known = facts.operations | _connects(facts)
    found = check(section, known[name], facts.shapes, facts.operations, waiting)
    catalog.problems += [problem for _, problem in found]
    wrong = {key for key, _ in found}
    right = {key: value for key, value in section.values.items() if key not in wrong}
    if "wait" in right:
        right["wait"] = waiters.whole(name, right["wait"], waiting)
    return right


def _ordered(facts: Facts, words: Words) -> list[str]:
    """The resources with those first that the words want first, each with all below it."""
    rank = {name: at for at, name in enumerate(words.first)}
    return sorted(facts.resources, key=lambda name: rank.get(name.partition(".")[0], len(rank)))


def _resource(name: str, words: Words, catalog: Catalog) -> tuple[str, list[str], str]:
    place_and_text = words.resources.get(name)
    if place_and_text is None and name not in words.omitted:
        catalog.missing.append(f"resource {name}")
    text = place_and_text[1] if place_and_text else fallback.resource(name)
    return name, tree.command(name, words.omitted), text


def _pointless(facts: Facts, words: Words) -> Iterator[str]:
    """Words about resources, operations and parameters that do not exist."""
    for key, names in (("omit", words.omitted), ("first", words.first)):
        for name in names:
            if name not in facts.resources:
                yield f"words/tree.toml {key}: no such resource: {name}"
    for name, (place, text) in words.resources.items():
        yield from _pointless_text(str(place), text, name in facts.resources, "resource")
    for name, section in words.operations.items():
        if name not in facts.operations and name not in facts.sockets:
            yield f"{section.place}: no such operation"
    known = set(_parameter_names(facts))
    for name, text in words.glossary.items():
        where = f"words/glossary.toml [parameters] {name}"
        yield from _pointless_text(where, text, name in known, "parameter")


def _pointless_text(place: str, text: object, known: bool, what: str) -> Iterator[str]:
    if not known:
        yield f"{place}: no such {what}"
    if not isinstance(text, str) or not text.strip():
        yield f"{place}: must be a text"


def _parameter_names(facts: Facts) -> Iterator[str]:
    for operation in (*facts.operations.values(), *facts.sockets.values()):
        for parameter in operation["parameters"]:
            yield parameter["name"]
            yield from (".".join(f["path"]) for f in parameter.get("fields", ()))


class _Merge:
    """One operation's facts with its words."""

    def __init__(
        self, name: str, raw: dict[str, Any], words: Words, values: dict[str, Any], catalog: Catalog
    ) -> None:
        self.name = name
        self.raw = raw
        self.words = words
        self.values = values
        self.texts: dict[str, str] = values.get("parameters", {})
        self.catalog = catalog

    def operation(self) -> dict[str, Any]:
        """The record of `operations/*.json`."""
        if "help" not in self.values:
            self.catalog.missing.append(f"operation {self.name}")
        record: dict[str, Any] = {
            "command": tree.command(self.name, self.words.omitted),
            "help": self.values.get("help") or fallback.operation(self.name),
            **self.raw,
            "parameters": [self._parameter(p) for p in self._ordered()],
        }
        if carried := {k: self.values[k] for k in _CARRIED if self.values.get(k)}:
            record["words"] = carried
        return record

    def _ordered(self) -> list[dict[str, Any]]:
        """Parameters that may be positional stand right after those of the path."""
        first = list(self.values.get("positional", ()))

        def key(parameter: dict[str, Any]) -> int:
            if parameter["in"] == "path":
                return -1
            name = parameter["name"]
            return first.index(name) if name in first else len(first)

        return sorted(self.raw["parameters"], key=key)

    def _parameter(self, raw: dict[str, Any]) -> dict[str, Any]:
        name = raw["name"]
        text = self.texts.get(name) or self.words.glossary.get(name)
        if not text:
            self.catalog.missing.append(f"parameter {self.name} {name}")
        record = {**raw, "help": text or fallback.parameter(name)}
        if name in self.values.get("positional", ()):
            record["positional"] = True
        if purpose := self.values.get("upload", {}).get(name):
            record["upload"] = purpose
        if fields := raw.get("fields"):
            record["fields"] = [self._field(f) for f in fields]
        return record

    def _field(self, raw: dict[str, Any]) -> dict[str, Any]:
        dotted = ".".join(raw["path"])
        text = self.texts.get(dotted) or self.words.glossary.get(dotted)
        if not text:
            self.catalog.missing_fields.append(f"field {self.name} {dotted}")
        return {**raw, "help": text or fallback.field(raw["path"])}
