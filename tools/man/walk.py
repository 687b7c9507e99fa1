"""The whole command tree, every command made and its help page recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from typer._click.core import Context

from openai_cli import __version__
from openai_cli.cli import tree
from openai_cli.core.console import Console
from openai_cli.core.context import App
from openai_cli.engine import globals as global_options
from openai_cli.engine.layout import PAGE
from openai_cli.engine.tree import LazyGroup

from .record import Block, Recorder


@dataclass
class Found:
    """A command or group: its place, its sentence, its page, and what stands below it."""

    path: tuple[str, ...]
    help: str
    command: Any
    blocks: list[Block]
    deprecated: bool = False
    below: list[Found] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The command line that reaches it."""
        return " ".join(("oai", *self.path))

    @property
    def group(self) -> bool:
        """Whether commands stand below it."""
        return isinstance(self.command, LazyGroup)

    @property
    def operation(self) -> Any:
        """The operation it calls; None for groups and commands written by hand."""
        return getattr(self.command, "operation", None)

    def options(self) -> list[Any]:
        """Its own options, without the global ones."""
        shared = {id(option) for option in global_options.options()}
        own = [param for param in self.command.params if id(param) not in shared]
        return [p for p in own if p.param_type_name == "option" and not p.hidden]

    def everything(self) -> Iterator[Found]:
        """This and all that stands below, in the order of the tree."""
        yield self
        for found in self.below:
            yield from found.everything()


def root() -> Found:
    """The tree as somebody without any configuration has it."""
    console = Console(None, None, None, {"OAI_HOME": "/nonexistent", "OAI_CONFIG": "/nonexistent"})
    group = tree()
    context = Context(group, info_name="oai", obj=App(console, __version__))
    return _found((), group.node.help, group, context)


def _found(path: tuple[str, ...], help: str, command: Any, context: Context) -> Found:
    found = Found(path, help, command, _record(command, context))
    if not found.group:
        return found
    for name, entry in command.node.entries.items():
        made = command.commands[name]
        inner = Context(made, parent=context, info_name=name)
        below = _found((*path, name), entry.help, made, inner)
        below.deprecated = entry.deprecated
        found.below.append(below)
    return found


def _record(command: Any, context: Context) -> list[Block]:
    page = Recorder()
    context.meta[PAGE] = page
    command.page(context)
    return page.blocks
