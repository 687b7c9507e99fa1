"""Options that a workflow adds to those of an operation it extends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..catalog.record import Record
from ..core import values
from ..core.errors import UsageError
from .options import Option

PREFIX = "extra_"
"""Keeps the names of added options apart from those of fields."""


class Extra(Record):
    """One added option. `kind` is `text`, `flag` or `list` (it may be repeated); `group` is the
    heading it stands under in help. With `choices` nothing else is taken."""

    name: str
    flags: tuple[str, ...]
    metavar: str = ""
    help: str = ""
    group: str = ""
    kind: str = "text"
    choices: tuple[str, ...] = ()


def options(extras: Iterable[Extra]) -> list[Option]:
    """The added options as Typer options."""
    return [
        Option(
            PREFIX + extra.name,
            list(extra.flags),
            bound=extra,
            help=extra.help,
            metavar=extra.metavar or "|".join(extra.choices),
            multiple=extra.kind == "list",
            flag=extra.kind == "flag",
            group=extra.group,
        )
        for extra in extras
    ]


class Given:
    """The added options of one command line, by name; each reading may raise UsageError."""

    def __init__(self, extras: Iterable[Extra], params: Mapping[str, Any]) -> None:
        self._extras = {extra.name: extra for extra in extras}
        self._values = {name: params.get(PREFIX + name) for name in self._extras}

    def text(self, name: str, *, may_be_empty: bool = False) -> str:
        """A text, empty where it was not given. One that was given empty and has to say something
        is refused: often an unset variable."""
        value = self._values.get(name)
        if value is None:
            return ""
        text, choices = str(value), self._extras[name].choices
        if not text and not may_be_empty:
            raise UsageError(f"{self._flag(name)} is empty")
        if choices and text not in choices:
            raise UsageError(f"{self._flag(name)} wants one of {', '.join(choices)}, not {text!r}")
        return text

    def flag(self, name: str) -> bool:
        """Whether a flag was given."""
        return bool(self._values.get(name))

    def list(self, name: str) -> list[str]:
        """The texts of a repeated option."""
        return list(self._values.get(name) or ())

    def count(self, name: str, default: int, least: int = 1) -> int:
        """A whole number of `least` or more."""
        return int(self._read(name, default, least, values.integer))

    def number(self, name: str, default: float, least: float = 0.0) -> float:
        """A number of `least` or more: seconds, a rate."""
        return float(self._read(name, default, least, values.number))

    def _read(self, name: str, default: float, least: float, reader: Any) -> float:
        text = self.text(name)
        if not text:
            return default
        try:
            number: float = reader(text)
        except ValueError as error:
            raise UsageError(f"{self._flag(name)} {error}") from None
        if number < least:
            raise UsageError(f"{self._flag(name)} wants {least:g} or more")
        return number

    def _flag(self, name: str) -> str:
        return self._extras[name].flags[0]
