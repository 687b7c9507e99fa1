"""Gives the objects met on the way their names and files, and stores equal ones once.

The SDK repeats many small types, one for each operation, so objects of the same simple name whose
contents are equal, through all their references, become one. A name that several different
objects share is made longer, by the module it stands in, until it is unique.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Objects = Mapping[str, dict[str, Any]]
SHARED = "shared"


class Shapes:
    """The names of objects, given the facts of all operations that refer to them."""

    def __init__(self, objects: Objects, users: Mapping[str, Any]) -> None:
        self._objects = objects
        self._first = _equal(objects)
        self._files = self._place(users)
        self._names = _names(sorted({self._first[key] for key in self._files}))

    def _place(self, users: Mapping[str, Any]) -> dict[str, str]:
        """The file of each object: its top resource's, or the shared one."""
        tops: dict[str, set[str]] = {}
        for name, facts in users.items():
            top = name.partition(".")[0]
            for key in self._reachable(facts):
                tops.setdefault(self._first[key], set()).add(top)
        return {key: top.pop() if len(top) == 1 else SHARED for key, top in tops.items()}

    def _reachable(self, value: Any) -> set[str]:
        seen: set[str] = set()
        waiting = list(_refs(value))
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                waiting.extend(_refs(self._objects[key]))
        return seen

    def rename(self, value: Any) -> Any:
        """A value of facts, its references replaced by `file:Name`."""
        if isinstance(value, dict):
            if "ref" in value and isinstance(value["ref"], str):
                return {"ref": self._name(value["ref"])}
            return {key: self.rename(item) for key, item in value.items()}
        return [self.rename(item) for item in value] if isinstance(value, list) else value

    def _name(self, key: str) -> str:
        first = self._first[key]
        return f"{self._files[first]}:{self._names[first]}"

    def files(self) -> dict[str, dict[str, Any]]:
        """The contents of `shapes/`: file, name, object."""
        files: dict[str, dict[str, Any]] = {}
        for key, file in sorted(self._files.items(), key=lambda item: self._names[item[0]]):
            files.setdefault(file, {})[self._names[key]] = self.rename(self._objects[key])
        return dict(sorted(files.items()))


def _refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "ref" in value and isinstance(value["ref"], str):
            yield value["ref"]
        else:
            for item in value.values():
                yield from _refs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _refs(item)


def _equal(objects: Objects) -> dict[str, str]:
    """For each object the first one, by key, that has its simple name and its contents.

    Starts from "same simple name" and tells more and more objects apart by what they refer to,
    until a round finds no further difference: objects may contain themselves.
    """
    keys = sorted(objects)
    group = {key: _simple(key) for key in keys}
    while True:
        signed = {key: (group[key], _signature(objects[key], group)) for key in keys}
        first: dict[tuple[str, str], str] = {}
        refined = {key: first.setdefault(signed[key], key) for key in keys}
        if len(first) == len(set(group.values())):
            return refined
        group = refined


def _signature(value: Any, group: Mapping[str, str]) -> str:
    def grouped(item: Any) -> Any:
        if isinstance(item, dict):
            if "ref" in item and isinstance(item["ref"], str):
                return {"ref": group[item["ref"]]}
            return {key: grouped(inner) for key, inner in item.items()}
        return [grouped(inner) for inner in item] if isinstance(item, list) else item

    return json.dumps(grouped(value))


def _names(keys: list[str]) -> dict[str, str]:
    """A unique name for each key, as short as its competitors allow."""
    names: dict[str, str] = {}
    for candidate in (_simple, _class, _with_topic, _with_module, _with_package, _in_full):
        wanted: dict[str, list[str]] = {}
        for key in keys:
            if key not in names:
                wanted.setdefault(candidate(key), []).append(key)
        taken = set(names.values())
        for name, claimants in wanted.items():
            if len(claimants) == 1 and name not in taken:
                names[claimants[0]] = name
    missing = [key for key in keys if key not in names]
    if missing:
        raise ValueError(f"no unique names for {missing}")
    return names


def _class(key: str) -> str:
    return key.rpartition(":")[2].replace(".", "")


def _simple(key: str) -> str:
    return re.sub(r"(?<=.)Params?$", "", _class(key))


def _with_topic(key: str) -> str:
    return _prefixed(key, re.sub(r"_params?$", "", _module(key)[-1]))


def _with_module(key: str) -> str:
    return _prefixed(key, _module(key)[-1])


def _with_package(key: str) -> str:
    return "".join(map(_camel, _module(key)[:-1])) + _with_module(key)


def _in_full(key: str) -> str:
    return "".join(map(_camel, _module(key))) + _class(key)


def _module(key: str) -> list[str]:
    """The parts of the module's name below `openai.types`."""
    return key.partition(":")[0].split(".")[2:]


def _prefixed(key: str, module: str) -> str:
    """A class's name after its module's, which many names begin with already."""
    prefix, name = _camel(module), _class(key)
    return name if name.lower().startswith(prefix.lower()) else prefix + name


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
