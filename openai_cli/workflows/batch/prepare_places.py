"""Templates: JSON values whose texts have places for a row's columns.

    "Summarize {text}"     the column's text; a value that is no text is written as its JSON
    "{n:=}"                alone in its text: the column as a JSON value. What came as JSON keeps
                           its type; text (of CSV, say) is read as JSON: a number, a list, true …
    "{{" and "}}"          a brace itself

What is filled in is never looked at again: braces, quotes and line ends in it are just text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ...core import values

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_VALUE = ":="

Row = Mapping[str, Any]
Fill = Callable[[Row], Any]


class TemplateError(ValueError):
    """A text that is no template; its message says why."""


BRACES = "braces themselves are written {{ and }}"


class RowError(ValueError):
    """A row that does not fit the template; its message says why, `hint` what to do."""

    hint = ""


class NoColumn(RowError):
    """A place names a column that the row does not have."""

    hint = BRACES


class Template:
    """A JSON value with places. `places` are the columns it names; `typed` says that rows hold
    JSON values and not just texts. Raises TemplateError."""

    def __init__(self, value: Any, *, typed: bool) -> None:
        self._typed = typed
        self.places: dict[str, None] = {}
        self._fill = self._compile(value)
        self._value = value

    def fill(self, row: Row) -> Any:
        """The value with a row's columns in its places; parts without places are shared between
        rows. Raises RowError."""
        return self._fill(row) if self._fill else self._value

    def _compile(self, value: Any) -> Fill | None:
        """A function that fills a value; None for one without places."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return self._array(value)
        return None

    def _object(self, value: dict[str, Any]) -> Fill | None:
        fills = {key: fill for key, inner in value.items() if (fill := self._compile(inner))}
        if not fills:
            return None
        return lambda row: {
            key: fills[key](row) if key in fills else inner for key, inner in value.items()
        }

    def _array(self, value: list[Any]) -> Fill | None:
        fills = [self._compile(inner) for inner in value]
        if not any(fills):
            return None
        pairs = list(zip(fills, value, strict=True))
        return lambda row: [fill(row) if fill else inner for fill, inner in pairs]

    def _text(self, text: str) -> Fill | None:
        pieces = self._pieces(text)
        if not any(isinstance(piece, _Place) for piece in pieces):
            joined = "".join(str(piece) for piece in pieces)
            return None if joined == text else lambda _: joined
        if len(pieces) == 1:
            (place,) = pieces
            assert isinstance(place, _Place)
            if place.wants_value:
                return place.typed_value if self._typed else place.value
            return place.text
        for piece in pieces:
            if isinstance(piece, _Place) and piece.wants_value:
                name = "{" + piece.name + _VALUE + "}"
                raise TemplateError(
                    f"{name} must stand alone in its text, and does not in {text!r}"
                )
        return lambda row: "".join(
            piece.text(row) if isinstance(piece, _Place) else piece for piece in pieces
        )

    def _pieces(self, text: str) -> list[str | _Place]:
        """Literal texts and places, in their order."""
        pieces: list[str | _Place] = []
        at = 0
        for match in _PIECE.finditer(text):
            pieces.append(text[at : match.start()])
            pieces.append(self._piece(text, match))
            at = match.end()
        pieces.append(text[at:])
        return [piece for piece in pieces if piece != ""]

    def _piece(self, text: str, match: re.Match[str]) -> str | _Place:
        found = match.group()
        if found in ("{{", "}}"):
            return found[0]
        if match.group(1) is None:
            raise TemplateError(f"a single {found} in {text!r}")
        place = _Place(match.group(1))
        self.places[place.name] = None
        return place


class _Place:
    """One place: the column it names, and whether it takes the JSON value."""

    def __init__(self, inside: str) -> None:
        self.wants_value = inside.endswith(_VALUE)
        self.name = inside.removesuffix(_VALUE)

    def text(self, row: Row) -> str:
        """The column as text."""
        value = find(row, self.name)
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def typed_value(self, row: Row) -> Any:
        """The column as it came."""
        return find(row, self.name)

    def value(self, row: Row) -> Any:
        """The column's text, read as JSON."""
        value = find(row, self.name)
        try:
            return values.strict_json(value)
        except ValueError as error:
            raise RowError(f"{self.name}: {value[:40]!r} {error}") from None


def find(row: Row, name: str) -> Any:
    """The value of a column, or of a field inside one (`user.name`). Raises RowError."""
    if name in row:
        return row[name]
    here: Any = row
    for step in name.split("."):
        if not isinstance(here, Mapping) or step not in here:
            raise NoColumn(f"there is no column {name!r}; there are: {', '.join(row)}")
        here = here[step]
    return here
