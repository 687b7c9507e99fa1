"""One line of `oai doctor`."""

from __future__ import annotations

from typing import Any

from ...catalog.record import Record

OK, WARNING, FAILURE = "ok", "warning", "failure"


class Finding(Record):
    """What was looked at, how it stands, and what to do about it."""

    name: str
    status: str
    detail: str
    hint: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON."""
        return {"check": self.name, **{k: getattr(self, k) or None for k in self._fields[1:]}}
