"""A job that is planned, carried on to its results by the one process that holds it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...core import results
from ...core.errors import Exit, OaiError, UsageError
from ...engine.waiting import command_line
from ...render.waiting import StatusLine
from . import merge, report
from . import state as states
from .split import Inputs
from .state import State

if TYPE_CHECKING:
    from ...core.context import App


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a job's state for this process. Raises OaiError when another one holds it."""
    from ...core.lock import locked

    try:
        lock = locked(path, patience=0.3)
        lock.__enter__()
    except UsageError:
        raise
    except OaiError:
        output = path.name.removesuffix(states.SUFFIX)
        raise OaiError(
            f"another oai is running the job of {output}",
            f"`oai batches status {output}` shows how far it is",
        ) from None
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def carry_on(app: App, state: State, *, wait: bool = True) -> results.Result:
    """Do what is left of a planned job, and report."""
    if state.fact("ended"):
        return _over(app, state)
    _same_server(app, state)
    inputs = Inputs(state)
    inputs.verify()
    line = StatusLine(app, str(state.output.name))
    try:
        finished = _drive(app, state, inputs, line, wait)
        line.clear()
        if finished:
            _finish(state)
    except KeyboardInterrupt as stop:
        line.clear()
        hint = getattr(stop, "hint", "") or _goes_on(app, state)
        stop.hint = hint  # type: ignore[attr-defined]
        raise
    except OaiError as error:
        line.clear()
        if error.exit != Exit.USAGE:
            error.advise(f"{_again(app, state)} carries on")
        raise
    if not finished and not app.console.quiet:
        app.console.note(f"the batches go on; {_again(app, state)} takes their answers")
    return report.result(app, state)


def _over(app: App, state: State) -> results.Result:
    """The report on a job that has ended before. Raises OaiError when its results are gone."""
    if not state.output.exists():
        raise OaiError(
            f"the job of {state.output} is done, and its results are gone",
            "`oai batches status -f json` names the files of its answers on the server; "
            "`run --fresh` begins anew",
        )
    if not state.fact("summary")["failed"]:
        state.tidy()
    return report.result(app, state)


def _drive(app: App, state: State, inputs: Inputs, line: StatusLine, wait: bool) -> bool:
    settings = state.settings
    if settings["now"]:
        from .now import Now

        return Now(app, state, inputs, settings, line).run()
    from .run_parts import Runner

    return Runner(app, state, inputs, settings, line).run(wait=wait)


def _finish(state: State) -> None:
    """Write the results; then what is no longer needed goes, unless failures may be tried again."""
    merge.merge(state, report.errors_path(state))
    with state.transaction():
        state.note(ended=time.time(), summary=report.figures(state))
    if not state.fact("summary")["failed"]:
        state.tidy()


def _goes_on(app: App, state: State) -> str:
    again = f"{_again(app, state)} carries on"
    if state.settings["now"]:
        return f"what was answered is kept: {again}"
    return f"batches that were started go on: {again}"


def _again(app: App, state: State) -> str:
    return command_line(app, ("batches", "resume"), [state.output])


def server(app: App) -> str:
    """Where requests go, as far as it decides whose batches these are."""
    settings = app.settings
    if settings.sandbox:
        return "the sandbox"
    where = settings.azure_endpoint or settings.base_url
    account = [text for text in (settings.organization, settings.project) if text]
    return " ".join([where, *account])


def _same_server(app: App, state: State) -> None:
    known, here = state.fact("server"), server(app)
    if known != here:
        raise UsageError(
            f"this job runs on {known}, and requests would now go to {here}",
            "use the profile, or the options, with which it was begun",
        )
