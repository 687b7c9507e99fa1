"""The files of answers that came down, and what is read from a line of one."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ...core.retry import FINAL_CODES
from .state import State
from .state_lines import FAILED, GOOD, OPEN

EXPIRED = "batch_expired"
_PASSING = (408, 409, 429)


class Usage:
    """Tokens, added up."""

    def __init__(self) -> None:
        self.input = self.cached = self.output = 0

    def add(self, body: Any) -> None:
        """Count the `usage` of an answer's body, in whichever of the API's two spellings."""
        usage = body.get("usage") if isinstance(body, dict) else None
        if not isinstance(usage, dict):
            return
        self.input += _number(usage, "input_tokens", "prompt_tokens")
        self.output += _number(usage, "output_tokens", "completion_tokens")
        for name in ("input_tokens_details", "prompt_tokens_details"):
            details = usage.get(name)
            if isinstance(details, dict):
                self.cached += _number(details, "cached_tokens")

    @property
    def row(self) -> tuple[int, int, int]:
        """Input, cached and output tokens."""
        return self.input, self.cached, self.output


def _number(usage: dict[str, Any], *names: str) -> int:
    found = (usage.get(name) for name in names)
    return next((n for n in found if isinstance(n, int)), 0)


class Judged(NamedTuple):
    """What a line of answers says: whose it is, how it ended, and the API's body."""

    custom_id: str
    outcome: int
    body: Any


def judge(raw: bytes) -> Judged | None:
    """A line of an output or error file; None for one that is nothing of the kind. A failure that
    another try may mend is OPEN."""
    try:
        value = json.loads(raw)
        custom_id = value["custom_id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(custom_id, str):
        return None
    response, error = value.get("response"), value.get("error")
    if isinstance(response, dict) and isinstance(response.get("status_code"), int):
        return Judged(
            custom_id, outcome(response["status_code"], response.get("body")), response.get("body")
        )
    if isinstance(error, dict):
        return Judged(custom_id, OPEN if error.get("code") == EXPIRED else FAILED, None)
    return Judged(custom_id, FAILED, None)


def outcome(status: int, body: Any) -> int:
    """How an answer with this status ends a line."""
    if status < 400:
        return GOOD
    error = body.get("error") if isinstance(body, dict) else None
    code = str(error.get("code") or error.get("type")) if isinstance(error, dict) else ""
    if code in FINAL_CODES:
        return FAILED
    return OPEN if status in _PASSING or status >= 500 else FAILED


def number_of(state: State, name: str) -> int:
    """The number of a file of answers, made known if it is new."""
    state.db.execute(
        "INSERT OR IGNORE INTO answers (name, size, input_tokens, cached_tokens, "
        "output_tokens) VALUES (?, 0, 0, 0, 0)",
        (name,),
    )
    return int(state.db.execute("SELECT n FROM answers WHERE name = ?", (name,)).fetchone()[0])


def grown(state: State, number: int, size: int, usage: Usage) -> None:
    """A file of answers is known up to `size` bytes; its tokens so far."""
    state.db.execute(
        "UPDATE answers SET size = ?, input_tokens = ?, cached_tokens = ?, output_tokens = ? "
        "WHERE n = ?",
        (size, *usage.row, number),
    )


def known(state: State, number: int) -> tuple[int, Usage]:
    """Up to which byte a file of answers is known, and its tokens."""
    row = state.db.execute(
        "SELECT size, input_tokens, cached_tokens, output_tokens FROM answers WHERE n = ?",
        (number,),
    ).fetchone()
    usage = Usage()
    usage.input, usage.cached, usage.output = row[1:]
    return int(row[0]), usage


def names(state: State) -> dict[int, str]:
    """The names of all files of answers by number."""
    return dict(state.db.execute("SELECT n, name FROM answers").fetchall())


def tokens(state: State) -> dict[str, int]:
    """All tokens of the job."""
    row = state.db.execute(
        "SELECT sum(input_tokens), sum(cached_tokens), sum(output_tokens) FROM answers"
    ).fetchone()
    names = ("input_tokens", "cached_tokens", "output_tokens")
    return {name: int(value or 0) for name, value in zip(names, row, strict=True)}
