"""Naming defaults: what `defaults.chat.create.model` means, and what fits it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typer._click.core import Command, Context

from ..catalog.model import Field, Parameter
from ..core import values
from ..core.errors import UsageError
from . import defaults, suggest
from . import globals as global_options
from .command import OperationCommand
from .reading import Reading
from .tree import LazyGroup, normalize

if TYPE_CHECKING:
    from ..core.config import Problem
    from ..core.context import App

Path = tuple[str, ...]


def locate(ctx: Context, words: Sequence[str]) -> tuple[Path, Command, list[str]]:
    """The command that the words begin with: its path, itself, and the words behind it.

    Raises UsageError where they name none.
    """
    root = ctx.find_root()
    at: Command = root.command
    path: Path = ()
    for index, word in enumerate(words):
        if not isinstance(at, LazyGroup):
            return path, at, list(words[index:])
        found = at.get_command(root, normalize(word))
        if found is None:
            if at.own_parameters:
                return path, at, list(words[index:])
            raise suggest.unknown_command(at.node, word)
        if found is not at:
            path = (*path, str(found.name))
        at = found
    if isinstance(at, LazyGroup):
        raise UsageError(
            f"`{' '.join(('oai', *path))}` is a group of commands", "name a command and its option"
        )
    return path, at, []


def option_of(command: Command, path: Path, words: Sequence[str]) -> Any:
    """The option behind the words. Raises UsageError with the nearest."""
    known = defaults.settable(command)
    name = ".".join(words).replace("-", "_")
    shown = " ".join(("oai", *path))
    if name in known:
        if _waits_for_nothing(command, known[name]):
            raise UsageError(f"`{shown}` starts nothing that can be waited for")
        return known[name]
    near = suggest.near(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"see `{shown} --help`"
    raise UsageError(f"`{shown}` has no option {name!r} that could have a default", hint)


def _waits_for_nothing(command: Command, option: Any) -> bool:
    """Whether the option is about waiting and the command has nothing to wait for."""
    bound = getattr(option, "bound", None)
    about = isinstance(bound, global_options.Global) and bound.name in global_options.WAITING
    return about and not (isinstance(command, OperationCommand) and command.operation.words.wait)


def keys_of(path: Path, option: Any) -> Path:
    """Where an option's default stands in the file."""
    return ("defaults", *path, *defaults.name_of(option).split("."))


def value_of(app: App, option: Any, label: str, texts: list[str]) -> Any:
    """What was typed as an option's default, read as the option reads it. Raises UsageError."""
    bound = getattr(option, "bound", None)
    if option.is_flag:
        return _boolean(label, texts)
    reading = Reading(app.inputs)
    if isinstance(bound, Parameter):
        return _plain(label, reading.value(bound, label, texts, False))
    if isinstance(bound, Field):
        return reading.field(bound, label, texts)
    if option.multiple:
        return texts
    if len(texts) > 1:
        raise UsageError(f"{label} takes one value")
    if isinstance(bound, global_options.Global):
        return global_options.read(bound, texts[0])
    return texts[0]


def _boolean(label: str, texts: list[str]) -> bool:
    try:
        return values.boolean(" ".join(texts))
    except ValueError as error:
        raise UsageError(f"{label} {error}") from None


def _plain(label: str, value: Any) -> Any:
    """Refuse what cannot stand in a file: local files that would have to be sent."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, str | int | float | bool | dict | list | None):
            raise UsageError(f"{label} cannot have a file as its default")
    return value


def problems(ctx: Context, table: Mapping[str, Any]) -> Iterator[Problem]:
    """Everything below `[defaults]` that is no option of a command, or does not fit it."""
    root = ctx.find_root().command
    assert isinstance(root, LazyGroup)
    yield from _walk(ctx, root, table, ())


def _walk(
    ctx: Context, group: LazyGroup, table: Mapping[str, Any], keys: Path
) -> Iterator[Problem]:
    for name, inner in table.items():
        here = ("defaults", *keys, name)
        found = group.get_command(ctx, normalize(name))
        if found is None and group.own_parameters and not isinstance(inner, Mapping):
            yield from (((*here[:-1], *at), bad) for at, bad in _misfits(group, {name: inner}))
        elif found is None:
            yield here, suggest.unknown_command(group.node, name).message
        elif found is group or found.name != normalize(name):
            better = "is left out here" if found is group else f"is called {found.name} here"
            yield here, better
        elif not isinstance(inner, Mapping):
            yield here, "stands in no command: [defaults.COMMAND]"
        elif isinstance(found, LazyGroup):
            yield from _walk(ctx, found, inner, (*keys, name))
        else:
            yield from (((*here, *at), bad) for at, bad in _misfits(found, inner))


def _misfits(command: Command, table: Mapping[str, Any]) -> Iterator[Problem]:
    known = defaults.settable(command)
    for one in defaults.entries(known, table):
        if problem := defaults.problem_of(one, known):
            yield one.keys, problem
        elif _waits_for_nothing(command, one.option):
            yield one.keys, "is of no use here: nothing can be waited for"


def flat(table: Mapping[str, Any], keys: Path = ("defaults",)) -> Iterator[tuple[Path, Any]]:
    """Each default with its keys, for listings."""
    for name, inner in table.items():
        if isinstance(inner, Mapping):
            yield from flat(inner, (*keys, name))
        else:
            yield (*keys, name), inner
