"""From parsed arguments to the values of a request: options over `--body`, `--set` over both."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..catalog.model import Field, Operation, Parameter
from ..catalog.record import Record
from ..core import assign, values
from ..core.errors import UsageError
from . import defaults
from .extra import Extra
from .parameters import Prompt, Special, metavar
from .reading import Reading

if TYPE_CHECKING:
    from ..core.context import App


class Call(Record):
    """An operation with the values to send; `body` holds body fields beside `values`. `extra` are
    the options that a command adds, and that are not sent."""

    operation: Operation
    values: dict[str, Any] = {}
    body: dict[str, Any] = {}
    extra: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """A field's value, wherever it stands; None where it is missing."""
        return self.values[name] if name in self.values else self.body.get(name)

    def has(self, name: str) -> bool:
        """Whether a field is given."""
        return name in self.values or name in self.body


def gather(
    app: App,
    operation: Operation,
    params: list[Any],
    given: Mapping[str, Any],
    adjust: Callable[[Call], None] | None = None,
    *,
    take_pipe: bool = True,
) -> Call:
    """The call that these arguments mean. Raises UsageError, naming all that is missing at once.

    `adjust` may add to the call before defaults are filled in and what is missing is looked for;
    `take_pipe` says whether a pipe may fill the main text.
    """
    collector = _Collector(app, operation, params, take_pipe)
    for param in params:
        value = given.get(param.name)
        if value is not None and value != ():
            collector.take(param, value)
    return collector.finish(adjust)


class _Collector:
    """Takes one argument after the other; order on the command line does not matter."""

    def __init__(self, app: App, operation: Operation, params: list[Any], take_pipe: bool) -> None:
        self._app = app
        self._params = params
        self._take_pipe = take_pipe
        self._operation = operation
        self._call = Call(operation)
        self._from: dict[str, str] = {}
        self._fields: list[tuple[Field, Any]] = []
        self._prompt: tuple[Prompt, str] | None = None
        self._set: list[str] = []
        self._body = ""
        self._filename = ""
        self._pending: list[tuple[Parameter, str, list[str] | bool]] = []

    def take(self, param: Any, value: Any) -> None:
        bound = param.bound
        label = param.opts[0] if param.param_type_name == "option" else param.metavar
        _refuse_other_encodings(bound, label, value)
        if isinstance(bound, Parameter):
            self._once(bound, label)
            listed = list(value) if isinstance(value, list | tuple) else value
            self._pending.append(
                (bound, label, listed if isinstance(listed, list | bool) else [listed])
            )
        elif isinstance(bound, Field):
            self._fields.append((bound, (label, value)))
        elif isinstance(bound, Prompt):
            self._prompt = (bound, value)
        elif isinstance(bound, Special):
            self._special(bound, value)
        elif isinstance(bound, Extra):
            self._call.extra[bound.name] = value

    def _once(self, parameter: Parameter, label: str) -> None:
        if other := self._from.get(parameter.name):
            raise UsageError(f"{parameter.name} is given twice: as {other} and as {label}")
        self._from[parameter.name] = label

    def _special(self, special: Special, value: Any) -> None:
        if special.kind == "set":
            self._set = list(value)
        elif special.kind == "body":
            self._body = value
        else:
            self._filename = value

    def finish(self, adjust: Callable[[Call], None] | None) -> Call:
        self._reading = Reading(self._app.inputs, self._filename)
        call = self._call
        for parameter, label, texts in self._pending:
            text_main = parameter.name == self._operation.words.stdin
            call.values[parameter.name] = self._reading.value(parameter, label, texts, text_main)
        self._read_body()
        for bound, (label, value) in self._fields:
            self._put_field(bound, label, value)
        self._fill_main_text()
        self._assignments()
        if adjust:
            adjust(call)
        defaults.fill_call(self._app, call, self._params, self._from)
        self._defaults()
        check_required(call)
        return call

    def _put_field(self, bound: Field, label: str, value: Any) -> None:
        parsed = self._reading.field(bound, label, value)
        name = bound.path[0]
        if name not in self._call.values and isinstance(self._call.body.get(name), dict):
            self._call.values[name] = self._call.body.pop(name)
        assign.assign(self._call.values, list(bound.path), parsed)

    def _read_body(self) -> None:
        if not self._body:
            return
        document = self._reading.body(self._body)
        self._call.body = document

    def _fill_main_text(self) -> None:
        """The prompt, and what a pipe brings: prompt first, a blank line, then the data."""
        words = self._operation.words
        prompt = words.prompt
        text = self._prompt[1] if self._prompt else None
        if prompt and text == "-":
            text = self._app.inputs.stdin_text(prompt["name"])
        elif words.stdin and self._piped(words.stdin, prompt):
            data = self._app.inputs.stdin_text(words.stdin)
            if prompt:
                text = join(text, data)
            else:
                before = self._call.values.get(words.stdin)
                joined = join(before, data) if before is None or isinstance(before, str) else before
                if joined:
                    self._call.values[words.stdin] = joined
        if prompt and text:
            messages = self._call.values.setdefault(prompt["into"], [])
            messages.append({"role": "user", "content": text})

    def _piped(self, name: str, prompt: Mapping[str, str]) -> bool:
        """Whether stdin holds text for this command: a pipe or a file, and nobody else wants it."""
        wanted = self._body == "-" or any(text.endswith("=@-") for text in self._set)
        if self._reading.used_stdin or wanted or not self._take_pipe:
            return False
        target = prompt["into"] if prompt else name
        given_whole = target in self._call.body or (prompt and target in self._call.values)
        return not given_whole and stdin_is_data(self._app)

    def _assignments(self) -> None:
        inputs = self._app.inputs
        for text in self._set:
            steps, value = assign.parse(
                text, inputs.text, lambda given: inputs.document(given, what="--set")
            )
            assign.assign(self._target(steps[0]), steps, value)

    def _target(self, name: Any) -> dict[str, Any]:
        """Where a field lives: with the values, or (body fields) in one document."""
        parameter = self._operation.parameter(name)
        if parameter is None and self._operation.method == "GET":
            return self._call.values
        if parameter is None or parameter.place == "body":
            if name in self._call.values:
                self._call.body[name] = self._call.values.pop(name)
            return self._call.body
        return self._call.values

    def _defaults(self) -> None:
        words = self._operation.words
        for name, value in words.defaults.items():
            void = any(self._call.has(other) for other in words.unless.get(name, ()))
            if not void and not self._call.has(name):
                filled = self._app.settings.model if value == "@model" else value
                self._call.values[name] = filled


def _refuse_other_encodings(bound: Any, label: str, value: Any) -> None:
    """Text must be UTF-8; a file's name may be anything."""
    if isinstance(bound, Parameter) and "file" in bound.type:
        return
    for text in value if isinstance(value, list | tuple) else (value,):
        if isinstance(text, str):
            try:
                values.check_text(text)
            except ValueError as error:
                raise UsageError(f"{label} {error}") from None


def join(text: str | None, data: str) -> str | None:
    """A prompt and its data; either may be missing."""
    if not data:
        return text
    return f"{text}\n\n{data}" if text else data


def stdin_is_data(app: App) -> bool:
    """Whether stdin is a pipe, a socket or a file, so that reading it cannot wait for a person."""
    console = app.console
    if console.stdin_tty or console.stdin is None:
        return False
    try:
        mode = os.fstat(console.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return True
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def check_required(call: Call) -> None:
    """Raise UsageError naming every required field that is missing."""
    operation = call.operation
    missing = [p for p in operation.parameters if p.required and not call.has(p.name)]
    names = [_spell(operation, p) for p in missing]
    if not missing and operation.required:
        names = _missing_of_sets(call)
    if names:
        word = "argument" if len(names) == 1 else "arguments"
        command = " ".join(("oai", *operation.command))
        raise UsageError(f"missing {word}: {', '.join(names)}", f"see `{command} --help`")


def _missing_of_sets(call: Call) -> list[str]:
    """What the alternative nearest to the given fields still wants; empty if one is complete."""
    operation = call.operation
    best: list[str] | None = None
    for wanted in operation.required:
        lacking = [name for name in wanted if not call.has(name)]
        if best is None or len(lacking) < len(best):
            best = lacking
    found = [operation.parameter(name) for name in best or ()]
    return [_spell(operation, parameter) for parameter in found if parameter]


def _spell(operation: Operation, parameter: Parameter) -> str:
    flag = operation.flag(parameter)
    prompt = operation.words.prompt
    if prompt and prompt["into"] == parameter.name:
        return f"{prompt['name']} (or {flag})"
    if parameter.positional and flag:
        return f"{metavar(parameter)} (or {flag})"
    return flag or metavar(parameter)
