"""The answers in the inputs' order: results in one file, what failed for good in another."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ...core.errors import OaiError
from ...core.save import whole_file
from . import state_answers, state_lines, state_parts
from .state import State
from .state_lines import GOOD, Kept

_HANDLES = 64
"""Files of answers that are open at a time."""
_NO_RESULT = {"code": "no_result", "message": "The API gave no answer for this request."}


def merge(state: State, errors: Path) -> None:
    """Write the results beside the state, and `errors` if anything failed; each whole or not at
    all. Raises OaiError, also when the job's folder of answers is gone."""
    failed = state_lines.counts(state)[state_lines.FAILED]
    with _answers(state) as read:
        if failed:
            with whole_file(errors) as stream:
                _write(state, read, stream, good=False)
            state.note(wrote_errors=True)
        with whole_file(state.output) as stream:
            _write(state, read, stream, good=True)
    if not failed and state.fact("wrote_errors"):
        errors.unlink(missing_ok=True)


def _write(state: State, read: _Answers, stream: BinaryIO, *, good: bool) -> None:
    reasons = state_parts.reasons(state)
    for line in state_lines.finished(state):
        if (line.outcome == GOOD) != good:
            continue
        if line.answer is None:
            stream.write(_made_up(line, reasons))
        else:
            stream.write(read.at(line.answer, line.place, line.length) + b"\n")


def _made_up(line: Kept, reasons: dict[int, dict[str, str]]) -> bytes:
    """An error line for a request for which nothing came."""
    return error_line(line.custom_id, reasons.get(line.part or 0, _NO_RESULT))


def error_line(custom_id: str, error: dict[str, Any]) -> bytes:
    """A line in the shape of the API's, for a request without any answer."""
    value = {"id": None, "custom_id": custom_id, "response": None, "error": error}
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


class _Answers:
    """Reads from the files of answers, the ones used last kept open."""

    def __init__(self, folder: Path, names: dict[int, str]) -> None:
        self._folder = folder
        self._names = names
        self._open: OrderedDict[int, int] = OrderedDict()

    def at(self, number: int, place: int, length: int) -> bytes:
        """The bytes of one answer."""
        handle = self._open.get(number)
        if handle is None:
            handle = self._take(number)
        else:
            self._open.move_to_end(number)
        os.lseek(handle, place, os.SEEK_SET)
        data = os.read(handle, length)
        while len(data) < length:
            more = os.read(handle, length - len(data))
            if not more:
                raise self._gone(number, "is cut short")
            data += more
        return data

    def _take(self, number: int) -> int:
        if len(self._open) == _HANDLES:
            os.close(self._open.popitem(last=False)[1])
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
        try:
            self._open[number] = os.open(self._folder / self._names[number], flags)
        except OSError:
            raise self._gone(number, "is gone") from None
        return self._open[number]

    def _gone(self, number: int, what: str) -> OaiError:
        path = self._folder / self._names[number]
        return OaiError(
            f"{path}, which holds answers of the job, {what}",
            "`oai batches status -f json` names the batches, whose files can be fetched again",
        )

    def close(self) -> None:
        """Close every file."""
        for handle in self._open.values():
            os.close(handle)


@contextmanager
def _answers(state: State) -> Iterator[_Answers]:
    made = _Answers(state.work, state_answers.names(state))
    try:
        yield made
    finally:
        made.close()
