"""`--wait`, and the command `wait` beside every operation whose object can be waited for."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..catalog import load
from ..catalog.model import Operation, Parameter, Words
from ..core import results, wait
from ..core.errors import (
    NetworkError,
    OaiError,
    OutcomeError,
    RateLimitError,
    ServerError,
    UsageError,
)
from ..core.values import dig
from ..render.waiting import StatusLine, progress
from . import collecting
from . import globals as global_options
from .command import OperationCommand
from .parameters import make_parameters
from .run import TEXT_FORMATS, output_format

if TYPE_CHECKING:
    from typer._click.core import Context

    from ..core.context import App
    from ..core.results import Result
    from ..core.wait import Waiter
    from .gather import Call


class WaitCommand(OperationCommand):
    """Waits for an object that is named; its arguments are those of the retrieving operation."""

    @cached_property
    def operation(self) -> Operation:
        """The retrieving operation, as far as it takes part in waiting."""
        facts = load.operation(self.operation_name)
        words = facts.words
        kept = tuple(p for p in facts.parameters if p.place in ("path", "header"))
        names = " ".join(p.name.upper() for p in kept if p.place == "path")
        own = {
            "command": (*facts.command[:-1], "wait"),
            "help": f"Wait until {words.wait['what']} is done, and show it.",
            "parameters": kept,
            "stream": None,
            "words": Words(
                live=words.live,
                wait=words.wait,
                note="Exits with 0 after success, with 8 when it ended badly or waits for you, and "
                "with 7 when the time was up first. Ctrl-C only ends the waiting.",
                example=(" ".join(("oai", *facts.command[:-1], "wait", names)),),
            ),
        }
        return Operation(**{**vars(facts), **own})

    @cached_property
    def own_parameters(self) -> list[Any]:
        """What names the object; none for fields that nobody knows."""
        made = make_parameters(self.operation)
        named = [param for param in made if isinstance(param.bound, Parameter)]
        return [*named, *self.extra_parameters()]

    def invoke(self, ctx: Context) -> Any:
        """Wait as if `--wait` were given."""
        ctx.obj.options["wait"] = True
        return super().invoke(ctx)


def check(app: App, operation: Operation) -> None:
    """Raise UsageError where an option about waiting makes no sense."""
    given = [name for name in global_options.WAITING if app.option(name)]
    if not given:
        return
    flag = "--" + given[0].replace("_", "-")
    command = " ".join(("oai", *operation.command))
    if not operation.words.wait:
        raise UsageError(f"{flag}: `{command}` starts nothing that can be waited for")
    if "wait" not in given:
        raise UsageError(f"{flag} goes with --wait")


def finish(app: App, call: Call, answer: Any, headers: Mapping[str, str]) -> Result:
    """The result once the work is done; `answer` is what started or first showed it, and `headers`
    came with it.

    How it ended stands in the result's `problem`, so that the object is shown whatever happened.
    """
    waiter = wait.waiter(call.operation)
    assert waiter is not None
    return _Job(app, call, waiter, answer).result(headers)


class _Job:
    """One object that is waited for."""

    def __init__(self, app: App, call: Call, waiter: Waiter, answer: Any) -> None:
        self._app = app
        self._waiter = waiter
        self._retrieve = load.operation(waiter.retrieve)
        self._ids = waiter.ids({**call.body, **call.values}, answer)
        shared = {p.name for p in self._retrieve.parameters if p.place == "header"}
        self._values = {**self._ids, **{n: v for n, v in call.values.items() if n in shared}}
        self._last = dig(answer, waiter.object) if waiter.object else answer
        self._line = StatusLine(app, str(list(self._ids.values())[-1]))
        self._call = call
        # What is downloaded goes there, and not the object that is shown.
        self._output = app.options.pop("output", "") if waiter.download else ""
        self._done = False

    def result(self, headers: Mapping[str, str]) -> Result:
        """The object, with what is wrong with it."""
        problem: OaiError | None
        try:
            self._wait(headers)
            problem = self._judge()
            if self._output and not problem:
                self._collect()
        except OaiError as error:
            if self._last is None:
                raise
            problem = self._with_hint(error)
        except KeyboardInterrupt:
            self._line.clear()
            self._say_how_to_go_on()
            raise
        finally:
            self._line.clear()
        if self._app.settings.format == "raw":
            if problem and not isinstance(problem, OutcomeError):
                raise problem
            reply = self._app.api.open(self._retrieve, self._values)
            return results.Untouched(reply, problem)
        if self._output and not problem and output_format(self._app) in TEXT_FORMATS:
            return results.Shown()
        family = "" if problem else self._retrieve.words.live
        return results.Document(self._last, family, problem=problem)

    def _collect(self) -> None:
        self._done = True
        self._line.clear()
        collecting.save(self._app, self._call, self._ids, self._output)

    def _wait(self, headers: Mapping[str, str]) -> None:
        option = self._app.option
        self._last = wait.wait(
            self._app.api,
            self._waiter,
            self._values,
            first=self._last,
            hint=headers,
            poll_interval=option("poll_interval"),
            timeout=option("wait_timeout"),
            clock=self._app.console.clock,
            sleep=self._line.sleep,
            report=self._report,
            trouble=self._trouble,
        )

    def _report(self, document: Any) -> None:
        self._last = document
        self._line.say(self._state())

    def _state(self) -> str:
        text = self._waiter.status(self._last)
        counts = progress(dig(self._last, self._waiter.progress)) if self._waiter.progress else ""
        return f"{text}, {counts}" if counts else text

    def _trouble(self, error: OaiError) -> None:
        self._line.say(f"{error.message}; looking again")

    # -- how it ended -----------------------------------------------------------------------------

    def _judge(self) -> OaiError | None:
        waiter, document = self._waiter, self._last
        state = waiter.state(document)
        if state == "success":
            return None
        status, why = waiter.status(document), waiter.why(document)
        if state == "action":
            message = f"{waiter.what} waits for you: {status}"
            return OutcomeError(message, f"go on with {self._command('next')}")
        message = f"{waiter.what} ended as {status}"
        return OutcomeError(f"{message}: {why}" if why else message)

    def _with_hint(self, error: OaiError) -> OaiError:
        """A failure that has nothing to do with the work says how to wait again."""
        if isinstance(error, NetworkError | ServerError | RateLimitError):
            again = f"{self._again()} {'downloads it again' if self._done else 'waits again'}"
            error.advise(again)
        return error

    def _say_how_to_go_on(self) -> None:
        console = self._app.console
        if console.quiet:
            return
        if self._done:
            console.note(f"{self._waiter.what} is done: {self._again()} downloads it again")
            return
        said = f"{self._waiter.what} goes on without you: {self._again()} waits again"
        if self._waiter.cancel:
            said += f", {self._command('cancel')} stops it"
        console.note(said)

    def _again(self) -> str:
        command = (*self._retrieve.command[:-1], "wait")
        words = collecting.words(self._call, self._output) if self._output else []
        return command_line(self._app, command, [*self._ids.values(), *words])

    def _command(self, role: str) -> str:
        """The command line of `next` or `cancel`."""
        operation = load.operation(getattr(self._waiter, role))
        path = [p.name for p in operation.parameters if p.place == "path"]
        return command_line(self._app, operation.command, [self._ids[name] for name in path])


def command_line(app: App, command: Iterable[str], ids: Iterable[object]) -> str:
    """A command to go on with, on the same server and account, as messages show it."""
    words = ["oai", *_connection(app), *command, *(str(id) for id in ids)]
    return f"`{shlex.join(words)}`"


def _connection(app: App) -> list[str]:
    """The options that lead to the same server and account."""
    words: list[str] = []
    for spec in global_options.GLOBALS:
        value = app.option(spec.name)
        if not value or spec.group != global_options.CONNECTION:
            continue
        if spec.kind == "flag":
            words.append(spec.flags[0])
        elif spec.kind == "text":
            words += [spec.flags[0], str(value)]
    return words
