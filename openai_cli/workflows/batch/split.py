"""From input files to parts: lines are listed in the state, then cut within the API's limits."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from ...core.errors import UsageError
from ...core.save import whole_file
from . import lines, state_lines, state_parts
from .state import State
from .state_lines import Spot
from .state_parts import Part

_BLOCK = 10_000
_BUFFER = 1 << 16

Row = tuple[int, str, int, int, int, int]


def plan(state: State, paths: Sequence[str], progress: Callable[[int], None]) -> None:
    """List every line of the inputs in the state; `progress` gets the bytes that were read.

    Nothing counts before all of it is listed, so that a plan that broke off is begun anew. Raises
    UsageError for what `check` would have refused.
    """
    with state.transaction():
        for table in ("lines", "kinds", "inputs"):
            state.db.execute(f"DELETE FROM {table}")
    rows: list[Row] = []
    for row in _rows(state, paths):
        rows.append(row)
        if len(rows) == _BLOCK:
            _put(state, rows, progress)
    _put(state, rows, progress)
    with state.transaction():
        for number, path in enumerate(paths):
            state.db.execute(
                "INSERT INTO inputs VALUES (?, ?, ?, ?)",
                (number, os.path.abspath(path), *_fingerprint(Path(path))),  # noqa: PTH100
            )
        state.note(planned=True)


def _put(state: State, rows: list[Row], progress: Callable[[int], None]) -> None:
    try:
        with state.transaction():
            state_lines.add(state, rows)
    except sqlite3.IntegrityError:
        raise UsageError(
            "a custom_id stands in the inputs twice", "`oai batches check` names the lines"
        ) from None
    progress(sum(row[5] + 1 for row in rows))
    rows.clear()


def _rows(state: State, paths: Sequence[str]) -> Iterator[Row]:
    kinds: dict[tuple[str, str], int] = {}
    seq = 0
    for number, path in enumerate(paths):
        for line in lines.read(path):
            request = _decoded(path, line)
            kind = request["url"], _model(request)
            if kind not in kinds:
                kinds[kind] = state_parts.kind_number(state, *kind)
            size = len(line.raw.rstrip(b"\r\n"))
            yield seq, request["custom_id"], kinds[kind], number, line.offset, size
            seq += 1


def _decoded(path: str, line: lines.Line) -> dict[str, Any]:
    try:
        request = lines.decode(line.raw)
        if isinstance(request["custom_id"], str) and isinstance(request["url"], str):
            return dict(request)
    except (ValueError, TypeError, KeyError):
        pass
    raise UsageError(
        f"{path}, line {line.number} is no request", f"`oai batches check {path}` says why"
    )


def _model(request: dict[str, Any]) -> str:
    body = request.get("body")
    model = body.get("model") if isinstance(body, dict) else None
    return model if isinstance(model, str) else ""


def _fingerprint(path: Path) -> tuple[int, str]:
    """Size and hash of a file. Raises UsageError when it cannot be read."""
    try:
        with path.expanduser().open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            return stream.tell(), digest
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None


# -- the inputs again -------------------------------------------------------------------------


class Inputs:
    """The input files of a planned job, which must still be what they were."""

    def __init__(self, state: State) -> None:
        rows = state.db.execute("SELECT path, size, digest FROM inputs ORDER BY n").fetchall()
        self.paths = [Path(row[0]) for row in rows]
        self._known = [(row[1], row[2]) for row in rows]
        self._stamps: dict[int, tuple[int, int]] = {}

    def same_as(self, paths: Sequence[str]) -> bool:
        """Whether these are the files the job was made of, in this order."""
        return [Path(os.path.abspath(path)) for path in paths] == self.paths  # noqa: PTH100

    def verify(self) -> None:
        """Raise UsageError when a file is gone, or has changed since the job began."""
        for path, known in zip(self.paths, self._known, strict=True):
            if _fingerprint(path) != known:
                raise _changed(path)

    def read(self, spots: Iterable[Spot]) -> Iterator[tuple[Spot, bytes]]:
        """The bytes of lines, without their line ends. Raises UsageError as `verify` does, as far
        as size and time of a file tell."""
        with ExitStack() as stack:
            streams: dict[int, BinaryIO] = {}
            for spot in spots:
                stream = streams.get(spot.input)
                if stream is None:
                    stream = stack.enter_context(self._open(spot.input))
                    streams[spot.input] = stream
                stream.seek(spot.at)
                raw = stream.read(spot.size)
                if len(raw) != spot.size:
                    raise _changed(self.paths[spot.input])
                yield spot, raw

    def _open(self, number: int) -> BinaryIO:
        path = self.paths[number]
        try:
            stream = path.open("rb", buffering=_BUFFER)
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
        info = os.fstat(stream.fileno())
        stamp = info.st_size, info.st_mtime_ns
        if self._stamps.setdefault(number, stamp) != stamp or stamp[0] != self._known[number][0]:
            stream.close()
            raise _changed(path)
        return stream


def _changed(path: Path) -> UsageError:
    return UsageError(
        f"{path} has changed since the job began",
        "put back what it was; or begin a new job with `run --fresh`, or with another -o",
    )


# -- parts ------------------------------------------------------------------------------------


def next_part(state: State, max_requests: int, max_bytes: int) -> Part | None:
    """The next open lines without a part, as many as the limits allow; None without any."""
    held: list[int] = []
    size = kind = 0
    for kind, seq, length in state_lines.free(state):  # noqa: B007
        if held and (len(held) == max_requests or size + length + 1 > max_bytes):
            break
        held.append(seq)
        size += length + 1
    return state_parts.add(state, kind, held, len(held), size) if held else None


def write_part(state: State, inputs: Inputs, part: Part) -> Path:
    """The request file of a part, in the job's folder; kept as it is where it is there already."""
    path = state.work / f"part-{part.n:05}.jsonl"
    if not path.exists():
        state.work.mkdir(exist_ok=True)
        with whole_file(path) as stream:
            for _, raw in inputs.read(state_lines.held(state, part.n)):
                stream.write(raw + b"\n")
    return path
