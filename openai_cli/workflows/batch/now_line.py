"""A request on its way to its ordinary endpoint, and what has happened to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...core.request import JsonBody, Request
from . import endpoints, lines
from .merge import error_line
from .now_answers import line_of

if TYPE_CHECKING:
    from ...core.errors import NetworkError
    from ...core.http import Answer
    from .state_lines import Spot


class Line:
    """One line. `failures` and `refusals` count what came of it, `since` is the time of the first
    of them, `proof` how many good answers there had been before its tries were used up; `answer`
    is the last line of results that it would make, and the body in it."""

    def __init__(self, spot: Spot, raw: bytes, prefix: str) -> None:
        value = lines.decode(raw)
        self.seq = spot.seq
        self.custom_id: str = value["custom_id"]
        self.id = f"{prefix}-{spot.seq}"
        self.failures = self.refusals = self.proof = 0
        self.since = math.inf
        self.answer: tuple[bytes, Any] = b"", None
        operation = endpoints.operation(value["url"])
        headers = {**(operation.headers if operation else {}), "Idempotency-Key": self.id}
        path = value["url"].removeprefix(endpoints.VERSION)
        self.request = Request("POST", path, [], headers, JsonBody(value["body"]))
        self.auth = operation.auth if operation else "bearer"

    def answered(self, answer: Answer) -> Any:
        """Keep an answer; its body."""
        request_id = answer.headers.get("x-request-id", "")
        self.answer = line_of(self.id, self.custom_id, answer.status, request_id, answer.content)
        return self.answer[1]

    def lost(self, error: NetworkError) -> None:
        """Keep that nothing came."""
        made_up = {"code": "connection_failed", "message": error.message}
        self.answer = error_line(self.custom_id, made_up), None
