"""Rows become requests: one line each, written as the rows are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...core.errors import UsageError
from ...core.wire import encode_json
from ..jsonl.seen import Seen
from . import endpoints
from .bodies import rules
from .prepare_body import Target
from .prepare_places import BRACES, NoColumn, RowError, Template, TemplateError, find
from .prepare_rows import Row

AUTOMATIC = "request-{}"
"""The `custom_id` of a row where no column gives it: rows are counted from 1."""


class Preparation:
    """Turns rows into lines. `count` is how many there are so far, `doubts` what the catalog finds
    wrong with the first one's body."""

    def __init__(self, target: Target, custom_id: str, name: str, *, typed: bool) -> None:
        """`custom_id` is a column, or empty; `name` is what messages call the input. Raises
        UsageError for a text that is no template."""
        self._target = target
        self._custom_id = custom_id
        self._name = name
        try:
            self._body = Template(target.body, typed=typed)
        except TemplateError as error:
            raise UsageError(
                f"the template has {error}", f"a place is {{column}}; {BRACES}"
            ) from None
        self._seen = Seen()
        self.count = 0
        self.doubts: list[str] = []

    @property
    def has_places(self) -> bool:
        """Whether requests differ at all."""
        return bool(self._body.places)

    def lines(self, rows: Iterable[Row]) -> Iterator[bytes]:
        """The requests, each with its line end. Raises UsageError with the line of the row that
        does not fit, or repeats an id; and when there is no row."""
        for row in rows:
            try:
                yield self._line(row)
            except RowError as error:
                message = f"{self._name}: line {row.number}: {error}"
                raise UsageError(message, error.hint) from None
        if not self.count:
            raise UsageError(f"{self._name} has no rows")

    def _line(self, row: Row) -> bytes:
        body = self._body.fill(row.values)
        if not self.count:
            self._look_at(body)
        self.count += 1
        request = {
            "custom_id": self._id(row),
            "method": "POST",
            "url": self._target.url,
            "body": body,
        }
        return encode_json(request) + b"\n"

    def _id(self, row: Row) -> str:
        if not self._custom_id:
            return AUTOMATIC.format(self.count)
        try:
            value = find(row.values, self._custom_id)
        except NoColumn as error:
            raise RowError(f"--custom-id: {error}") from None
        if isinstance(value, dict | list | bool | None) or value == "":
            raise RowError(f"{self._custom_id} is no custom_id: {value!r}")
        text = str(value)
        if not self._seen.add(text, row.number):
            first = self._seen.place(text)
            raise RowError(f"custom_id {text!r} is already used on line {first}")
        return text

    def _look_at(self, body: dict[str, Any]) -> None:
        operation = endpoints.operation(self._target.url)
        if operation is None:
            self.doubts = [f"{self._target.url} is no endpoint oai knows"]
        else:
            self.doubts = list(rules(operation.name).problems(body))
