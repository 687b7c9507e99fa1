"""Answers that come one by one, written down at once and listed in the state now and then.

The file may be ahead of the state when a process is killed: what stands in it whole is listed at
the next start, and a line that was cut off is taken away.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...core.errors import OaiError
from . import state_answers, state_lines
from .state_lines import FAILED, GOOD

if TYPE_CHECKING:
    from .state import State

NAME = "now.jsonl"
EVERY, MOST = 1.0, 500
"""Seconds, and answers, between two notes in the state."""
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class Answers:
    """The answers of a job without batches."""

    def __init__(self, state: State, clock: Callable[[], float]) -> None:
        self._state = state
        self._clock = clock
        state.work.mkdir(exist_ok=True)
        self._path = state.work / NAME
        self._number = state_answers.number_of(state, NAME)
        self._size, self._usage = state_answers.known(state, self._number)
        self._rows: list[tuple[int, int, int, int, int]] = []
        self._noted = clock()
        self._handle = os.open(self._path, _FLAGS, 0o666)
        self._recover()

    def _recover(self) -> None:
        """List what was written after the last note."""
        with self._path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            if stream.tell() < self._size:
                os.close(self._handle)
                raise OaiError(
                    f"{self._path}, which holds answers of the job, is cut short",
                    "put back what it was, or begin anew with `run --fresh`",
                )
            stream.seek(self._size)
            for raw in stream:
                judged = state_answers.judge(raw) if raw.endswith(b"\n") else None
                if judged is None:
                    break
                seq = state_lines.seq_of(self._state, judged.custom_id)
                if seq is not None:
                    outcome = GOOD if judged.outcome == GOOD else FAILED
                    self._list(seq, outcome, raw, judged.body)
                else:
                    self._size += len(raw)
        os.truncate(self._path, self._size)
        self.note()

    def add(self, seq: int, outcome: int, line: bytes, body: Any) -> None:
        """Write a final answer (a line with its end). Raises OaiError when the disk is full."""
        try:
            left = line
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError as error:
            # What comes after must not stand behind half a line.
            os.truncate(self._path, self._size)
            raise OaiError(
                f"cannot write {self._path}: {error.strerror}", "make room: the rest is kept"
            ) from None
        self._list(seq, outcome, line, body)
        if len(self._rows) >= MOST or self._clock() - self._noted >= EVERY:
            self.note()

    def _list(self, seq: int, outcome: int, line: bytes, body: Any) -> None:
        self._rows.append((outcome, self._number, self._size, len(line) - 1, seq))
        self._size += len(line)
        self._usage.add(body)

    def note(self) -> None:
        """List in the state what has been written."""
        self._noted = self._clock()
        if not self._rows:
            return
        os.fsync(self._handle)
        with self._state.transaction():
            state_lines.settle_now(self._state, self._rows)
            state_answers.grown(self._state, self._number, self._size, self._usage)
        self._rows.clear()

    def close(self) -> None:
        """Note the rest, and let the file go."""
        try:
            self.note()
        finally:
            os.close(self._handle)


def line_of(
    id: str, custom_id: str, status: int, request_id: str, content: bytes
) -> tuple[bytes, Any]:
    """A line in the shape of a batch's output, and the answer's body: JSON, or else its text."""
    body, text = _body(content)
    head = {"id": id, "custom_id": custom_id}
    inner = {"status_code": status, "request_id": request_id or None}
    start, middle = json.dumps(head)[:-1], json.dumps(inner)[:-1]
    line = f'{start}, "response": {middle}, "body": '.encode() + text + b'}, "error": null}\n'
    return line, body


def _body(content: bytes) -> tuple[Any, bytes]:
    """A body and its JSON on one line; as it came where it stood on one line already."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = content.decode("utf-8", "replace")
        return body, json.dumps(body).encode()
    stripped = content.strip()
    if b"\n" in stripped or b"\r" in stripped:
        return body, json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return body, stripped
