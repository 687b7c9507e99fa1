"""Reads the catalog's files: the index at every start, one resource when a command needs it.

Only `json` is imported at module level, and the records of `model` inside functions, so that the
index can answer (completion, help of a group) before anything heavy is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import Operation

DATA = Path(__file__).parent / "data"

UPLOAD = "files.create"
"""The operation that turns a local file into a file id."""


def _read(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_bytes())


@cache
def index() -> dict[str, Any]:
    """The command tree: `{"sdk": version, "tree": node}`.

    A node is `{"help": str, "resources": [SDK names], "commands": {name: [operation, help,
    deprecated]}, "groups": {name: node}}`, in the SDK's order; with `"wait": [operation, help,
    deprecated]` where that operation's object can be waited for, and `"sockets": {name: [SDK name,
    help]}` where there are WebSocket connects.
    """
    tree: dict[str, Any] = _read("index")
    return tree


def sdk_version() -> str:
    """The version of the SDK the facts were read from."""
    return str(index()["sdk"])


@cache
def operation(name: str) -> Operation:
    """The operation of an SDK name such as `vector_stores.search`; KeyError if there is none."""
    resource, _, method = name.rpartition(".")
    try:
        record = _resource(resource)[method]
    except (FileNotFoundError, KeyError):
        raise KeyError(name) from None
    from .decode import decode

    return decode(name, record)


@cache
def _resource(name: str) -> dict[str, Any]:
    operations: dict[str, Any] = _read(f"operations/{name}")
    return operations


def names() -> Iterator[str]:
    """Every operation's SDK name, in the order of the tree."""

    def walk(node: dict[str, Any]) -> Iterator[str]:
        for entry in node["commands"].values():
            yield entry[0]
        for child in node["groups"].values():
            yield from walk(child)

    return walk(index()["tree"])


def operations() -> Iterator[Operation]:
    """Every operation, in the order of the tree."""
    return (operation(name) for name in names())


@cache
def routes() -> list[tuple[str, str, str]]:
    """Method, path template (with its fixed query) and name of every operation."""
    return [(method, path, name) for method, path, name in _read("routes")]


def shape(ref: str) -> Any:
    """The structured type behind a reference `file:Name` (see `model`)."""
    file, _, name = ref.partition(":")
    return _shapes(file)[name]


@cache
def _shapes(file: str) -> dict[str, Any]:
    shapes: dict[str, Any] = _read(f"shapes/{file}")
    return shapes


@cache
def sockets() -> dict[str, Any]:
    """WebSocket connects by SDK name: what an operation has, with the events that a client sends
    (`client`) and those that a server sends (`server`)."""
    data: dict[str, Any] = _read("sockets")
    return data


@cache
def socket(name: str) -> Operation:
    """The handshake of a WebSocket connect (`realtime.connect`) as an operation; KeyError if there
    is none."""
    from .decode import decode

    return decode(name, sockets()[name])


@cache
def events() -> dict[str, Any]:
    """The structured type of every webhook event, by the event's type."""
    data: dict[str, Any] = _read("events")
    return data


@cache
def helpers() -> dict[str, Any]:
    """SDK methods without an endpoint of their own: `kind` and the operations they `use`."""
    data: dict[str, Any] = _read("helpers")
    return data
