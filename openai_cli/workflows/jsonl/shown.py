"""What a check found, as a result: one document, or the problems as rows where rows are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from ...core import results
from ...core.console import harmless
from ...core.errors import UsageError
from .findings import ERROR, KEPT, Problem
from .lines import STDIN

if TYPE_CHECKING:
    from ...core.console import Console
    from ...core.context import App

ROWS = ("table", "csv", "jsonl")
_STYLES = {"error": "31", "warning": "33"}


def keep(app: App) -> int:
    """How many problems to list: as many as `--max-items` says."""
    limit = app.option("max_items")
    return KEPT if limit is None else int(limit)


def total(paths: Sequence[str]) -> int | None:
    """The bytes of all files, for progress; None where one of them is no regular file."""
    from pathlib import Path

    found = [Path(path).expanduser() for path in paths]
    return sum(path.stat().st_size for path in found) if all(p.is_file() for p in found) else None


def stdin(app: App, paths: Sequence[str], what: str) -> BinaryIO | None:
    """stdin, where one of the paths is `-`. Raises UsageError when it is wanted twice."""
    if list(paths).count(STDIN) > 1:
        raise UsageError(f"{STDIN} stands for stdin, and can be named once")
    return app.inputs.stdin_stream(what) if STDIN in paths else None


def result(
    app: App,
    document: dict[str, Any],
    problems: list[Problem],
    summary: str,
    columns: Sequence[str],
) -> results.Result:
    """The outcome of a check whose `document` counts `errors` and `warnings`; `summary` says the
    rest to people. Exit code 2 when there are errors."""
    errors, warnings = document["errors"], document["warnings"]
    left_out = errors + warnings - len(problems)
    bad = _complaint(errors) if errors else None
    if app.settings.format in ROWS:
        rows = [{name: getattr(problem, name) for name in columns} for problem in problems]
        if not app.console.quiet:
            app.console.note((_more(left_out) + summary).rstrip("\n"))
        return results.Rows(rows, tuple(columns), problem=bad)
    told = "".join(_line(app.console, problem) for problem in problems) + _more(left_out)
    text = f"{told}\n{summary}" if told else summary
    return results.Document(document, human=text, problem=bad)


def _complaint(errors: int) -> UsageError:
    return UsageError("1 error was found" if errors == 1 else f"{errors:,} errors were found")


def _line(console: Console, problem: Problem) -> str:
    """`file:line: error: what is wrong (custom_id)`, as compilers write it."""
    place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
    level = console.style(f"{problem.level}:", _STYLES[problem.level])
    whose = f" (custom_id {problem.custom_id})" if problem.custom_id else ""
    return f"{harmless(place)}: {level} {harmless(problem.problem + whose)}\n"


def _more(count: int) -> str:
    return f"{count:,} more are not listed (--max-items N lists more)\n" if count else ""


def verdict(errors: int, warnings: int) -> str:
    """`ok`, or how many of what."""
    counted = [_counted(errors, ERROR)] if errors else []
    counted += [_counted(warnings, "warning")] if warnings else []
    return ("" if errors else "ok") + (", " if counted and not errors else "") + ", ".join(counted)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
