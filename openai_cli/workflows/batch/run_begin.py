"""A job begun: everything is checked, and the state beside its results made."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...catalog.record import Record
from ...core import results
from ...core.errors import OaiError, UsageError
from ...engine.waiting import command_line
from . import split, state_parts
from . import state as states
from .run_job import carry_on, held, server
from .split import Inputs
from .state import State

if TYPE_CHECKING:
    from ...core.context import App
    from .check_report import Report


class Order(Record):
    """What `run` was asked for. `settings` are those that the state keeps: limits, attempts,
    metadata, prices."""

    files: list[str]
    output: Path
    settings: dict[str, Any]
    wait: bool = True
    fresh: bool = False


def begin(app: App, order: Order) -> results.Result:
    """Run a job; where its state is there already, carry it on. Raises OaiError."""
    _apart(order)
    path = states.place(order.output)
    with held(path):
        if order.fresh:
            _erase(app, path)
        checked = None if is_planned(path) else _check_new(app, order)
        with states.opened(path, create=True) as state:
            if checked is not None:
                _plan(app, state, order, checked)
            else:
                _same(state, order)
                state.note(settings={**state.settings, **_changeable(order.settings)})
            return carry_on(app, state, wait=order.wait)


def _apart(order: Order) -> None:
    """Raise UsageError where results or errors would be written over something that is needed."""
    taken = {Path(file).resolve() for file in order.files}
    for option, name in (("-o", str(order.output)), ("--errors", order.settings["errors"])):
        path = Path(name).resolve()
        if name and path in taken:
            raise UsageError(f"{option} {name} is a file that the job needs for something else")
        taken.add(path)


def is_planned(path: Path) -> bool:
    """Whether a job is there that can be carried on. Raises OaiError for a damaged state."""
    if not path.exists():
        return False
    try:
        with states.readable(path) as state:
            return bool(state.fact("planned"))
    except states.NotBegun:
        return False


def _check_new(app: App, order: Order) -> Report:
    """Everything that may be wrong with a new job. Raises UsageError."""
    work = states.State.work_of(order.output)
    if work.is_dir() and any(work.iterdir()):
        raise UsageError(
            f"{work} holds files of an earlier job whose state is gone",
            "move it away, or remove it with --fresh",
        )
    return check_all(app, order)


def _changeable(settings: dict[str, Any]) -> dict[str, Any]:
    fixed = ("now", "metadata", "completion_window")
    return {name: value for name, value in settings.items() if name not in fixed}


def check_all(app: App, order: Order) -> Report:
    """The report on the request files, which must be without errors. Raises UsageError."""
    from ...render.progress import Progress
    from ..jsonl import shown
    from .check import check

    progress = Progress(app, "checked", shown.total(order.files))
    try:
        found = check(order.files, max_bytes=order.settings["max_bytes"], progress=progress.add)
    finally:
        progress.clear()
    again = command_line(app, ("batches", "check"), order.files)
    if not found.ok:
        first = next(problem for problem in found.problems if problem.level == "error")
        line = f", line {first.line}" if first.line else ""
        raise UsageError(
            f"{first.file}{line}: {first.problem} (errors in all: {found.errors:,}); "
            "nothing was sent",
            f"{again} lists every problem",
        )
    if not found.requests:
        raise UsageError("there are no requests in the input")
    return found


def _plan(app: App, state: State, order: Order, checked: Report) -> None:
    from ...render.progress import Progress

    state.note(
        job=state.fact("job") or secrets.token_hex(6),
        server=server(app),
        settings=order.settings,
        started=time.time(),
    )
    progress = Progress(app, "listed", checked.bytes)
    try:
        split.plan(state, order.files, progress.add)
    finally:
        progress.clear()


def _same(state: State, order: Order) -> None:
    """Raise UsageError where a state belongs to other files, or to another way of running them."""
    if not Inputs(state).same_as(order.files):
        raise UsageError(
            f"{state.output} belongs to a job of other files",
            "choose another -o, or begin anew with --fresh",
        )
    if bool(state.settings["now"]) != bool(order.settings["now"]):
        flag = "with" if state.settings["now"] else "without"
        raise UsageError(
            f"this job was begun {flag} --now",
            "carry it on as it was begun, or begin anew with --fresh",
        )
    if state.fact("ended"):
        Inputs(state).verify()


def _erase(app: App, path: Path) -> None:
    """Forget a job, unless some of its batches go on and nobody said that this is fine."""
    try:
        with states.readable(path) as state:
            going = [part.batch_id for part in state_parts.all_parts(state, state_parts.CREATED)]
    except OaiError:
        going = []
    if going and not app.option("yes"):
        raise UsageError(
            f"batches of the earlier job are still going on: {', '.join(map(str, going))}",
            "`oai batches resume` takes their answers, `oai batches cancel` stops them; "
            "--yes begins anew all the same",
        )
    states.erase(path)
