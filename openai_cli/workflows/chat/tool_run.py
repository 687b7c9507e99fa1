"""Calls of tools are checked, asked about one after the other, and run side by side.

Whatever goes wrong with a call becomes a text for the model. Only an interrupt ends the whole: what
runs is then ended too.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from ...catalog.record import Record
from ...core.values import strict_json
from .python_source import prints_to_stderr
from .tool import Call, Outcome, Tool, ToolError

MOST_AT_ONCE = 16
TICK = 0.2
"""How often the waiting looks up, for systems where a wait cannot be interrupted."""
ROUNDS = 5
"""How often interrupted calls are told to end; a Python function cannot be made to."""

Approve = Callable[[Tool, dict[str, Any]], bool]
Report = Callable[[str], None]


class _Job(Record):
    """A call that may run."""

    place: int
    call: Call
    tool: Tool
    arguments: dict[str, Any]


class _Done(Record):
    """A job that has ended."""

    job: _Job
    outcome: Outcome
    seconds: float


def execute(
    calls: Sequence[Call], tools: Sequence[Tool], approve: Approve, report: Report
) -> list[Outcome]:
    """The outcomes of calls, in their order. `approve` decides about each call that can be run;
    `report` gets a line when one starts and when it ends. Both are called in this thread."""
    known = {tool.name: tool for tool in tools}
    outcomes: dict[int, Outcome] = {}
    jobs: list[_Job] = []
    for place, call in enumerate(calls):
        try:
            jobs.append(_plan(place, call, known, approve))
        except ToolError as error:
            outcomes[place] = Outcome(call.id, call.name, str(error), True)
    for done in _run_all(jobs, report):
        outcomes[done.job.place] = done.outcome
    return [outcomes[place] for place in range(len(calls))]


def _plan(place: int, call: Call, known: dict[str, Tool], approve: Approve) -> _Job:
    """A call that was found sound and allowed. Raises ToolError."""
    tool = known.get(call.name)
    if tool is None:
        raise ToolError(f"there is no tool {call.name!r}; there are: {', '.join(known) or 'none'}")
    try:
        arguments = strict_json(call.arguments) if call.arguments.strip() else {}
    except ValueError as error:
        raise ToolError(f"the text of the arguments {error}") from None
    if not isinstance(arguments, dict):
        raise ToolError("the arguments are no JSON object")
    try:
        with prints_to_stderr():
            tool.check(arguments)
    except ToolError:
        raise
    except Exception as error:  # a validator of the tool's own
        raise ToolError(f"{type(error).__name__}: {error}") from None
    if not approve(tool, arguments):
        raise ToolError("the user did not allow this call")
    return _Job(place, call, tool, arguments)


def _run_all(jobs: Sequence[_Job], report: Report) -> list[_Done]:
    """Run jobs in threads. These do not hold the program back when it is interrupted."""
    waiting: queue.SimpleQueue[_Job] = queue.SimpleQueue()
    ended: queue.SimpleQueue[_Done] = queue.SimpleQueue()
    for job in jobs:
        report(f"running {job.tool.preview(job.arguments)}")
        waiting.put(job)
    threads = [
        threading.Thread(target=_work, args=(waiting, ended), daemon=True)
        for _ in range(min(len(jobs), MOST_AT_ONCE))
    ]
    done: list[_Done] = []
    with prints_to_stderr():
        try:
            for thread in threads:
                thread.start()
            while len(done) < len(jobs):
                try:
                    done.append(ended.get(timeout=TICK))
                except queue.Empty:
                    continue
                report(_line(done[-1]))
        except BaseException:
            _abandon(jobs, waiting, threads)
            raise
    return done


def _line(done: _Done) -> str:
    ending = "failed" if done.outcome.error else "done"
    return f"{done.outcome.name}: {ending} after {done.seconds:.1f} s"


def _work(waiting: queue.SimpleQueue[_Job], ended: queue.SimpleQueue[_Done]) -> None:
    while True:
        try:
            job = waiting.get_nowait()
        except queue.Empty:
            return
        started = time.monotonic()
        outcome = _outcome(job)
        ended.put(_Done(job, outcome, time.monotonic() - started))


def _outcome(job: _Job) -> Outcome:
    try:
        return Outcome(job.call.id, job.call.name, job.tool.run(job.arguments))
    except ToolError as error:
        text = str(error)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        text = f"{type(error).__name__}: {error}"
    return Outcome(job.call.id, job.call.name, text, True)


def _abandon(
    jobs: Sequence[_Job], waiting: queue.SimpleQueue[_Job], threads: Sequence[threading.Thread]
) -> None:
    """Start nothing more and end what can be ended; a call that has only just begun to start its
    command is caught by the next round."""
    while True:
        try:
            waiting.get_nowait()
        except queue.Empty:
            break
    for _ in range(ROUNDS):
        for tool in {id(job.tool): job.tool for job in jobs}.values():
            tool.cancel()
        if not any(thread.is_alive() for thread in threads):
            break
        time.sleep(0.05)
