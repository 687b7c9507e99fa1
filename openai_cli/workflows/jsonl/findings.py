"""Problems found in files, the first of them kept and all of them counted."""

from __future__ import annotations

from typing import Any

from ...catalog.record import Record

ERROR, WARNING = "error", "warning"
KEPT = 1000
"""How many problems are kept where nothing else is asked for."""


_NAMES: dict[type, str] = {
    str: "text",
    bool: "true or false",
    dict: "an object",
    list: "an array",
    type(None): "null",
}


def named(value: Any) -> str:
    """A JSON value in words: its type, a number itself."""
    return _NAMES.get(type(value)) or f"the number {value}"


class Problem(Record):
    """One complaint. `line` is None where it is about the whole file; `custom_id` is None where
    the line has none. `level` is `error` (the server would refuse it, or do something else than
    was meant) or `warning`."""

    file: str
    line: int | None
    level: str
    problem: str
    custom_id: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The complaint as JSON shows it."""
        return {name: getattr(self, name) for name in self._fields}


class Findings:
    """Collects problems: `problems` holds the first `keep`, `errors` and `warnings` count all."""

    def __init__(self, keep: int = KEPT) -> None:
        self._keep = keep
        self.problems: list[Problem] = []
        self.errors = 0
        self.warnings = 0

    def add(
        self,
        file: str,
        line: int | None,
        level: str,
        problem: str,
        custom_id: str | None = None,
    ) -> None:
        """Note a problem."""
        if level == ERROR:
            self.errors += 1
        else:
            self.warnings += 1
        if len(self.problems) < self._keep:
            self.problems.append(Problem(file, line, level, problem, custom_id))

    @property
    def full(self) -> bool:
        """Whether further problems are only counted, so that their words do not matter."""
        return len(self.problems) >= self._keep

    @property
    def left_out(self) -> int:
        """How many problems were counted and not kept."""
        return self.errors + self.warnings - len(self.problems)
