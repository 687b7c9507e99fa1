"""The facts of the pinned SDK, read once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tools.sync.facts import Facts, read

ROOT = Path(__file__).parents[2]


@cache
def sdk() -> Facts:
    return read()


def operation(name: str) -> dict[str, Any]:
    return sdk().operations[name]


def parameter(name: str, parameter: str) -> dict[str, Any]:
    return next(p for p in operation(name)["parameters"] if p["name"] == parameter)


def parameters() -> list[dict[str, Any]]:
    return [p for o in sdk().operations.values() for p in o["parameters"]]
