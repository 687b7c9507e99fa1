"""What `[defaults.COMMAND]` in the configuration says for options that were not given.

A default counts less than the command line and the environment, and more than a profile that was
not named outright. Its name is the option's, with underscores: `defaults.chat.create.model`,
`defaults.responses.create.reasoning.effort`. What a bare group starts has defaults beside those of
the group's commands: `defaults.chat.vi`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typer._click.core import Context

from ..catalog.model import Field, Parameter
from ..catalog.record import Record
from ..core import assign, values
from ..core.errors import UsageError
from . import globals as global_options
from . import suggest
from .parameters import Special

if TYPE_CHECKING:
    from ..core.config import Config
    from ..core.context import App
    from .gather import Call

GLOBALS = ("format", "jq", "max_items", "timeout", "max_retries", *global_options.WAITING)
"""The options of `oai` itself that may have a default for one command."""

GIVEN = ("COMMANDLINE", "ENVIRONMENT")


class Default(Record):
    """One entry: its place below the command, the option it stands for, and its value."""

    keys: tuple[str, ...]
    option: Any
    value: Any


def name_of(option: Any) -> str:
    """What an option is called in the configuration."""
    return str(max(option.opts, key=len)).lstrip("-").replace("-", "_")


def settable(command: Any) -> dict[str, Any]:
    """The options of a command, or of what a group starts, that may have a default, by name."""
    return _settable(command.own_parameters if hasattr(command, "node") else command.params)


def _settable(params: Iterable[Any]) -> dict[str, Any]:
    found = {}
    for param in params:
        bound = getattr(param, "bound", None)
        if param.param_type_name != "option" or isinstance(bound, Special):
            continue
        ours = str(param.name).startswith(global_options.PREFIX)
        if not ours or (bound is not None and bound.name in GLOBALS):
            found[name_of(param)] = param
    return found


def of(
    config: Config, path: Sequence[str], params: Iterable[Any], commands: Iterable[str] = ()
) -> list[Default]:
    """The defaults of a command, or of what a group with these commands starts.

    Raises UsageError with the line of what cannot be one.
    """
    apart = set(commands)
    table = {
        name: value
        for name, value in _table(config, path).items()
        if name.replace("_", "-") not in apart
    }
    if not table:
        return []
    known = _settable(params)
    found = list(entries(known, table))
    for one in found:
        if problem := problem_of(one, known):
            _fail(config, path, one.keys, problem)
    return found


def _table(config: Config, path: Sequence[str]) -> Mapping[str, Any]:
    table: Any = config.defaults
    for word in path:
        there = {name.replace("_", "-"): inner for name, inner in table.items()}
        table = there.get(word)
        if not isinstance(table, dict):
            return {}
    return dict(table)


def entries(
    known: Mapping[str, Any], table: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[Default]:
    """A table is an object's value, or holds the dotted options of that object."""
    for key, value in table.items():
        name = ".".join((*above, key)).replace("-", "_")
        option = known.get(name)
        if isinstance(value, dict) and _all_dotted(known, name, value):
            yield from entries(known, value, (*above, key))
        else:
            yield Default((*above, key), option, value)


def _all_dotted(known: Mapping[str, Any], name: str, value: Mapping[str, Any]) -> bool:
    names = (f"{name}.{key}".replace("-", "_") for key in value)
    return all(any(k == n or k.startswith(f"{n}.") for k in known) for n in names)


def problem_of(default: Default, known: Iterable[str]) -> str:
    """What is wrong with it, or nothing."""
    option = default.option
    if option is None:
        near = suggest.near(".".join(default.keys), known, 1)
        return "is no option of this command" + (f"; did you mean {near[0]}?" if near else "")
    bound = getattr(option, "bound", None)
    value = default.value
    if isinstance(bound, Parameter | Field):
        return "" if fits(value, bound.type) else f"wants {values.describe(bound.type)}"
    if option.is_flag:
        return "" if isinstance(value, bool) else "wants true or false"
    if option.multiple:
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return "" if good else "wants an array of texts"
    if isinstance(value, bool | list | dict):
        return "wants a text or a number"
    return _misfit(option, bound, value)


def _misfit(option: Any, bound: Any, value: Any) -> str:
    if not isinstance(bound, global_options.Global):
        return ""
    try:
        global_options.read(bound, str(value))
    except UsageError as error:
        return error.message.removeprefix(bound.flags[0]).strip()
    return ""


def fits(value: Any, display: str) -> bool:
    """Whether a value of the configuration is one of a display type."""
    return any(_fits(value, member) for member in values.split_union(display))


def _fits(value: Any, member: str) -> bool:
    if member.startswith("array<"):
        return isinstance(value, list) and all(fits(item, member[6:-1]) for item in value)
    if isinstance(value, bool):
        return member in ("boolean", "any")
    return isinstance(value, KINDS.get(member, ()))


KINDS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": int | float,
    "object": dict,
    "map": dict,
    "any": object,
}


def _fail(config: Config, path: Sequence[str], keys: tuple[str, ...], problem: str) -> None:
    from ..core.config import fail

    try:
        text = config.path.read_text("utf-8")
    except OSError:
        text = ""
    section = ("defaults", *path, *keys[:-1])
    fail(config.path, text, section, keys[-1], problem)


# -- put to use -----------------------------------------------------------------------------------


def fill_options(app: App, ctx: Context, path: Sequence[str]) -> None:
    """Fill in the options that are not fields of a request: global ones, and a workflow's own."""
    if not app.config.defaults:
        return
    command: Any = ctx.command
    group = hasattr(command, "node")
    params = command.own_parameters if group else command.params
    for default in of(app.config, path, params, command.node.entries if group else ()):
        option = default.option
        bound = getattr(option, "bound", None)
        if isinstance(bound, Parameter | Field):
            continue
        if isinstance(bound, global_options.Global):
            _fill_global(app, bound, default.value)
            continue
        source = ctx.get_parameter_source(option.name)
        given = source is not None and source.name in GIVEN
        if not given and not _asked(app, name_of(option)):
            ctx.params[option.name] = option.process_value(ctx, _as_typed(default.value))


def _asked(app: App, name: str) -> bool:
    """Whether a setting of that name was asked for. `app.settings` must not be made before every
    default is filled in."""
    from ..core.settings import resolve

    return resolve(app.config, app.console.env, app.options).asked(name)


def _fill_global(app: App, spec: global_options.Global, value: Any) -> None:
    if app.option(spec.name) is not None or _asked(app, spec.name):
        return
    app.options[spec.name] = value if spec.kind == "flag" else global_options.read(spec, str(value))


def _as_typed(value: Any) -> Any:
    if isinstance(value, list):
        return [str(item) for item in value]
    return value if isinstance(value, bool) else str(value)


def fill_call(app: App, call: Call, params: Iterable[Any], taken: Iterable[str]) -> None:
    """Fill in the fields of a request; `taken` are the fields that an option gave as a whole."""
    if not app.config.defaults:
        return
    params = (*params, *global_options.options())
    for default in of(app.config, call.operation.command, params):
        bound = default.option.bound
        if isinstance(bound, Parameter):
            if not call.has(bound.name) and not _outranked(app, call, bound.name):
                call.values[bound.name] = default.value
        elif isinstance(bound, Field) and bound.path[0] not in (*taken, *call.body):
            _assign(call, bound, default.value)


def _assign(call: Call, field: Field, value: Any) -> None:
    if values.dig(call.values, ".".join(field.path)) is None:
        assign.assign(call.values, list(field.path), value)


def _outranked(app: App, call: Call, name: str) -> bool:
    """Whether the environment has spoken of the model, or another field makes this one void."""
    words = call.operation.words
    if words.defaults.get(name) == "@model" and app.settings.asked("model"):
        return True
    return any(call.has(other) for other in words.unless.get(name, ()))


def shown(app: App, path: Sequence[str], params: Iterable[Any]) -> dict[str, Any]:
    """A command's defaults by name, for its help; none where the configuration is broken."""
    try:
        found = of(app.config, path, params) if app.config.defaults else []
    except UsageError:
        return {}
    return {name_of(default.option): default.value for default in found}
