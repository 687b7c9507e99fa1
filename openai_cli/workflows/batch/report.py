"""What a job came to: how many answers and failures, tokens, time and money."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core import results
from ...core.errors import OutcomeError
from ...engine.waiting import command_line
from ...render.waiting import duration
from . import cost, state_answers, state_lines, state_parts
from .state import State

if TYPE_CHECKING:
    from ...core.context import App


def errors_path(state: State) -> Path:
    """Where failures go."""
    chosen = state.settings["errors"]
    if chosen:
        return Path(chosen)
    output = state.output
    return output.with_name(f"{output.stem}.errors{output.suffix}")


def figures(state: State) -> dict[str, Any]:
    """The counts of a job; once it has ended, those that were noted then."""
    if state.fact("ended"):
        return dict(state.fact("summary"))
    counts = state_lines.counts(state)
    return {
        "requests": sum(counts.values()),
        "completed": counts[state_lines.GOOD],
        "failed": counts[state_lines.FAILED],
        "open": counts[state_lines.OPEN],
        "batches": batches(state),
        "usage": state_answers.tokens(state),
        "model": _model(state),
    }


def _model(state: State) -> str | None:
    """The only model of the job, if it is one."""
    found = state.db.execute("SELECT DISTINCT model FROM kinds").fetchall()
    return found[0][0] or None if len(found) == 1 else None


def batches(state: State) -> list[dict[str, Any]]:
    """The job's batches, as JSON shows them."""
    return [
        {
            "part": part.n,
            "batch_id": part.batch_id,
            "status": (part.remote or part.status) if part.batch_id else part.status,
            "requests": part.requests,
            "request_counts": part.counts,
            "input_file_id": part.file_id,
            "output_file_id": part.output_file_id,
            "error_file_id": part.error_file_id,
        }
        for part in state_parts.all_parts(state)
        if part.remote != "split"
    ]


def document(app: App, state: State) -> dict[str, Any]:
    """The report as JSON shows it."""
    found = figures(state)
    ended = state.fact("ended")
    money = _cost(app, state, found)
    return {
        "job": state.fact("job"),
        "status": "done" if ended else "in_progress",
        "now": bool(state.settings["now"]),
        "output": str(state.output),
        "errors": str(errors_path(state)) if found["failed"] and ended else None,
        "requests": found["requests"],
        "completed": found["completed"],
        "failed": found["failed"],
        "open": found["open"],
        "usage": found["usage"],
        "seconds": round(max(0.0, (ended or time.time()) - state.fact("started")), 1),
        "cost": money.as_dict() if money else None,
        "batches": found["batches"],
    }


def _cost(app: App, state: State, found: dict[str, Any]) -> cost.Cost | None:
    """What the tokens cost, where prices are known: the job's own, or the configuration's."""
    settings = state.settings
    given = settings["price_in"] is not None or settings["price_out"] is not None
    if not given and not found["model"]:
        return None
    discount = settings["discount"]
    if discount is None and settings["now"]:
        discount = 0.0
    prices = cost.prices_for(
        found["model"] or "",
        app.config.prices,
        price_in=settings["price_in"],
        price_out=settings["price_out"],
        discount=discount,
        output=bool(found["usage"]["output_tokens"]),
    )
    if prices is None:
        return None
    usage = found["usage"]
    details = {"cached_tokens": usage["cached_tokens"]}
    return cost.price({**usage, "input_tokens_details": details}, prices)


def result(app: App, state: State) -> results.Document:
    """The report as the command's result; failures are its problem (exit 8)."""
    found = document(app, state)
    console = app.console
    if not console.stdout_tty and not console.quiet:
        console.note(sentence(found))
    problem = None
    if found["status"] == "done" and found["failed"]:
        hint = f"{found['errors']} says why; {_failed(app, state)} tries these again"
        problem = OutcomeError(
            f"requests that failed: {found['failed']:,} of {found['requests']:,}", hint
        )
    return results.Document(found, human=human(found), problem=problem)


def _failed(app: App, state: State) -> str:
    return command_line(app, ("batches", "resume"), [state.output, "--failed"])


def sentence(found: dict[str, Any]) -> str:
    """The report in one line."""
    usage = found["usage"]
    parts = [f"{found['completed']:,} of {found['requests']:,} answered"]
    if found["failed"]:
        parts.append(f"{found['failed']:,} failed")
    if found["open"]:
        parts.append(f"{found['open']:,} open")
    parts.append(f"{usage['input_tokens']:,} tokens in and {usage['output_tokens']:,} out")
    parts.append(duration(found["seconds"]))
    if found["cost"]:
        parts.append(f"cost {found['cost']['total']:,.4f}")
    return f"{found['output']}: {', '.join(parts)}"


def human(found: dict[str, Any]) -> str:
    """The report for people."""
    usage = found["usage"]
    rows = [
        ("status", "done" if found["status"] == "done" else "in progress"),
        ("answered", f"{found['completed']:,} of {found['requests']:,}"),
        ("failed", f"{found['failed']:,}"),
        ("open", f"{found['open']:,}" if found["open"] else ""),
        ("tokens", f"{usage['input_tokens']:,} in, {usage['output_tokens']:,} out"),
        ("cost", f"{found['cost']['total']:,.4f}" if found["cost"] else ""),
        ("time", duration(found["seconds"])),
        ("results", found["output"] if found["status"] == "done" else ""),
        ("errors", found["errors"] or ""),
    ]
    return "".join(f"{name:<9} {text}\n" for name, text in rows if text)
