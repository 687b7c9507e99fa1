"""The files that answers come from: the catalog's index and operations, and our own `data.json`.

`data.json` holds what is declared in code, as `tools/completions` found it in the command tree:
global options, workflow commands, and the collections that ids belong to.
"""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
CATALOG = os.path.join(os.path.dirname(HERE), "catalog", "data")
DATA = os.path.join(HERE, "data.json")

_read: dict[str, Any] = {}


def _file(path: str) -> Any:
    if path not in _read:
        with open(path, "rb") as stream:
            _read[path] = json.loads(stream.read())
    return _read[path]


def index() -> dict[str, Any]:
    """The root of the catalog's tree (`catalog.load.index` describes a node)."""
    tree: dict[str, Any] = _file(os.path.join(CATALOG, "index.json"))["tree"]
    return tree


def operation(name: str) -> dict[str, Any]:
    """The stored facts and words of an operation."""
    resource, _, method = name.rpartition(".")
    facts: dict[str, Any] = _file(os.path.join(CATALOG, "operations", f"{resource}.json"))[method]
    return facts


def declared() -> dict[str, Any]:
    """What the code declares: `options`, `waiting`, `aliases`, `collections` and `tree`."""
    data: dict[str, Any] = _file(DATA)
    return data


def assume(data: dict[str, Any]) -> None:
    """Answer from `data` instead of the file: for the tool that is about to write it."""
    _read[DATA] = data
