"""`--jq`: the jq language itself, through its bindings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..core.errors import UsageError
from . import documents


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
