"""Failures that a request asks for with the header `x-sandbox-fail`.

`429`, `500`, `429:insufficient_quota`: that status, with that code. `cut:3`: the connection breaks
after three events or chunks of the answer. `503*2`: only the first two tries fail; tries belong
together when they have the same `Idempotency-Key`, or none. `work`: the request is answered, but
the work it starts ends badly (videos know this).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping

from .errors import ApiError, provoked
from .reply import Reply

HEADER = "x-sandbox-fail"
WORK = "work"
_CUT = "cut"


class Provoker:
    """Remembers how often it has failed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done: dict[tuple[str, str], int] = {}

    def due(self, headers: Mapping[str, str]) -> str:
        """The failure that this request is to meet with; empty for none."""
        given = headers.get(HEADER, "")
        spec, _, times = given.partition("*")
        if not times.isdigit():
            return spec
        known = (given, headers.get("idempotency-key", ""))
        with self._lock:
            self._done[known] = self._done.get(known, 0) + 1
            return spec if self._done[known] <= int(times) else ""


def error(spec: str) -> ApiError | None:
    """The error reply that is due, if it is one."""
    return None if spec in ("", WORK) or spec.startswith(_CUT) else provoked(spec)


def shorten(spec: str, reply: Reply) -> Reply:
    """The reply, broken off if that is due."""
    kind, _, number = spec.partition(":")
    if kind == _CUT:
        reply.body = _cut(reply.body, int(number) if number.isdigit() else 0)
    return reply


def _cut(chunks: Iterable[bytes], number: int) -> Iterator[bytes]:
    for place, chunk in enumerate(chunks):
        if place >= number:
            raise ConnectionResetError("The sandbox was asked to break the connection.")
        yield chunk
