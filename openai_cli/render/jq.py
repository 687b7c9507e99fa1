"""`--jq`: the jq language itself, through its bindings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..core import results as kinds
from ..core.errors import UsageError
from . import documents, listing, live


def results(expression: str, inputs: Iterable[Any]) -> Iterator[str]:
    """One line for each result: texts raw, everything else as JSON. Raises UsageError."""
    program = compiled(expression)
    for value in inputs:
        try:
            for found in program.input_value(value):
                yield found if isinstance(found, str) else documents.line(found)
        except ValueError as error:
            raise UsageError(f"--jq {expression!r}: {_first_line(error)}") from None


def compiled(expression: str) -> Any:
    """The program. Raises UsageError for one that does not compile."""
    import jq

    try:
        return jq.compile(expression)
    except ValueError as error:
        raise UsageError(f"--jq {expression!r}: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else "not a jq expression"


def inputs(result: kinds.Result, style: str) -> Iterator[Any]:
    """What a filter sees: the document, or with jsonl each item or event."""
    if isinstance(result, kinds.Events):
        single = style == "jsonl" or result.endless
        yield from result.events if single else _drained(result)
    elif isinstance(result, kinds.Listing):
        if style == "jsonl":
            yield from (item for chunk in result.chunks for item in chunk.items)
        else:
            yield listing.envelope(result)
    elif isinstance(result, kinds.Rows):
        yield from result.items if style == "jsonl" else [result.items]
    elif isinstance(result, kinds.Text):
        yield result.text
    elif isinstance(result, kinds.Document):
        yield result.value


def _drained(result: kinds.Events) -> Iterator[Any]:
    value, problem = live.drain(result)
    yield value
    if problem:
        raise problem
