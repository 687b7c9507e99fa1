"""What came of a batch: its files brought down, and the outcome of every line noted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...core.save import whole_file
from . import state_answers, state_lines, state_parts
from .merge import error_line
from .run_remote import Remote
from .state_answers import Usage
from .state_lines import Found
from .state_parts import Part

if TYPE_CHECKING:
    from pathlib import Path

    from .state import State

FINAL = ("completed", "failed", "expired", "cancelled")
_AGAIN = ("completed", "expired")
"""Ends after which a line without an answer is worth another try."""


def end(state: State, part: Part, batch: dict[str, Any]) -> None:
    """Note how a batch ended."""
    part.update(
        state,
        status=state_parts.ENDED,
        remote=batch["status"],
        counts=batch.get("request_counts"),
        output_file_id=batch.get("output_file_id"),
        error_file_id=batch.get("error_file_id"),
        reason=_reason(batch),
    )


def _reason(batch: dict[str, Any]) -> dict[str, str]:
    """Why lines of this batch may have no answer."""
    first = next(iter(complaints(batch)), None)
    if first:
        code = str(first.get("code") or "batch_failed")
        return {"code": code, "message": str(first.get("message") or "The batch failed.")}
    status = batch["status"]
    return {"code": f"batch_{status}", "message": f"The batch ended as {status} without an answer."}


def complaints(batch: dict[str, Any]) -> list[dict[str, Any]]:
    """What the API says is wrong with a batch's file."""
    errors = batch.get("errors")
    found = errors.get("data") if isinstance(errors, dict) else None
    return [one for one in found or () if isinstance(one, dict)]


def fetch(state: State, remote: Remote, part: Part, attempts: int) -> None:
    """Bring down the files of a batch that has ended, and note what became of its lines."""
    files: list[Path] = []
    for kind, file_id in (("output", part.output_file_id), ("errors", part.error_file_id)):
        if file_id:
            path = state.work / f"part-{part.n:05}-{part.submits}.{kind}.jsonl"
            remote.download(file_id, path)
            files.append(path)
    with state.transaction():
        for path in files:
            _take(state, part, path, attempts)
        again = part.remote in _AGAIN
        state_lines.settle_rest(state, part.n, attempts, again=again)
        part.update(state, status=state_parts.DONE)


def _take(state: State, part: Part, path: Path, attempts: int) -> None:
    """Note the answers in a file."""
    number = state_answers.number_of(state, path.name)
    usage = Usage()
    state_lines.settle(state, part.n, _found(path, number, usage), attempts)
    state_answers.grown(state, number, path.stat().st_size, usage)


def _found(path: Path, number: int, usage: Usage) -> Iterator[Found]:
    place = 0
    with path.open("rb", buffering=1 << 20) as stream:
        for raw in stream:
            judged = state_answers.judge(raw)
            if judged:
                usage.add(judged.body)
                length = len(raw.rstrip(b"\r\n"))
                yield Found(judged.custom_id, judged.outcome, number, place, length)
            place += len(raw)


def refuse_lines(state: State, part: Part, found: list[dict[str, Any]]) -> bool:
    """The API refused a file for some of its lines: they fail for good with its words, and the
    others go back as if nothing had happened. False where it named no line, or all of them."""
    named = {one["line"]: one for one in found if isinstance(one.get("line"), int)}
    ids = enumerate(state_lines.held_ids(state, part.n), 1)
    refused = [(custom_id, named[number]) for number, custom_id in ids if number in named]
    if not refused or len(refused) >= part.requests:
        return False
    path = state.work / f"part-{part.n:05}-{part.submits}.refused.jsonl"
    path.parent.mkdir(exist_ok=True)
    with whole_file(path) as stream:
        for custom_id, one in refused:
            error = {"code": one.get("code"), "message": one.get("message")}
            stream.write(error_line(custom_id, error))
    with state.transaction():
        _take(state, part, path, attempts=1)
        state_lines.release(state, part.n)
        part.update(state, status=state_parts.DONE, remote="failed")
    return True
