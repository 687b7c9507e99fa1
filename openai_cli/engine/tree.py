"""Groups whose commands are made when asked for: names and help come from the catalog's index.

Beside the operations, a group holds workflows: commands written by hand, registered in
`workflows.registry` as strings and imported when used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, Protocol

from typer._click.core import Command, Context
from typer.core import TyperGroup

from ..catalog.record import Record
from . import globals as global_options
from . import suggest

ALIASES = {"get": "retrieve", "ls": "list", "rm": "delete"}


def normalize(token: str) -> str:
    """The SDK's spelling with underscores means the same."""
    return token.replace("_", "-")


class Entry(Record):
    """What a group lists under a name, without making it."""

    name: str
    help: str
    make: Callable[[], Command]
    group: bool = False
    deprecated: bool = False


class Node(Record):
    """A level of the tree: its help, what it lists, and hidden other names for a level."""

    path: tuple[str, ...]
    help: str = ""
    entries: dict[str, Entry] = {}
    skipped: tuple[str, ...] = ()


class LazyCommands(MutableMapping[str, Command]):
    """A group's commands by name; each is made at its first look-up."""

    def __init__(self, entries: dict[str, Entry]) -> None:
        self.entries = entries
        self._made: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        if name not in self._made:
            self._made[name] = self.entries[name].make()
        return self._made[name]

    def __setitem__(self, name: str, command: Command) -> None:
        self._made[name] = command
        self.entries.setdefault(name, Entry(name, command.get_short_help_str(), lambda: command))

    def __delitem__(self, name: str) -> None:
        del self.entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


class LazyGroup(TyperGroup):
    """A group made from a Node."""

    def __init__(self, node: Node, **attributes: Any) -> None:
        self.start = STARTS.get(node.path)
        self.own_parameters = self.start.options() if self.start else []
        super().__init__(
            name=node.path[-1] if node.path else "oai",
            params=[*self.own_parameters, *global_options.options()],
            help=node.help,
            no_args_is_help=False,
            invoke_without_command=True,
            add_help_option=False,
            context_settings={"token_normalize_func": normalize},
            rich_markup_mode=None,
            **attributes,
        )
        self.node = node
        self.commands = LazyCommands(node.entries)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """A command by its name, an alias, or a level that the tree leaves out."""
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        if cmd_name in self.node.skipped:
            return self
        alias = ALIASES.get(cmd_name)
        return self.commands[alias] if alias and alias in self.commands else None

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """The command for the next word, which may be an alias.

        Raises UsageError with suggestions.
        """
        found = self.get_command(ctx, args[0]) or self.get_command(ctx, normalize(args[0]))
        if found is None:
            return self.resolve_command(ctx, self._expanded(ctx, args))
        if not self.node.path:
            ctx.obj.command = args[0]
        return found.name, found, args[1:]

    def _expanded(self, ctx: Context, args: list[str]) -> list[str]:
        """What an alias stands for; only the root has aliases."""
        if self.node.path or args[0].startswith("-"):
            raise suggest.unknown_command(self.node, args[0])
        from . import aliases

        expanded = aliases.expand(ctx.obj, args)
        if expanded is None:
            raise suggest.unknown_command(self.node, args[0], ctx.obj.config.aliases)
        return expanded

    def invoke(self, ctx: Context) -> Any:
        """Run the named command; a bare group starts what it has to start, or shows its help."""
        if not ctx._protected_args:
            given = global_options.collect(ctx)
            ctx.obj.options.update(given)
            if self.start and ctx.obj.console.interactive and ctx.obj.console.stdout_tty:
                if ctx.obj.config.defaults:
                    from . import defaults

                    defaults.fill_options(ctx.obj, ctx, self.node.path)
                return self.start.run(ctx.obj, ctx.params)
            from .help import show_help

            show_help(ctx)
            return None
        return super().invoke(ctx)

    def page(self, ctx: Context) -> str:
        """The help page."""
        from .group_help import group_page

        return group_page(self, ctx)


def node_from_index(path: tuple[str, ...], raw: dict[str, Any]) -> Node:
    """A level of the catalog's index as a Node."""
    node = Node(path, raw["help"], skipped=_skipped(raw.get("resources", [])))
    for name, (operation, help, *rest) in raw["commands"].items():
        node.entries[name] = Entry(
            name,
            help,
            _operation_maker((*path, name), operation),
            deprecated=bool(rest and rest[0]),
        )
        if raw.get("wait", [""])[0] == operation:
            node.entries["wait"] = _wait_entry(*raw["wait"])
    for name, (socket, help) in raw.get("sockets", {}).items():
        node.entries[name] = Entry(name, help, _socket_maker(name, socket))
    for name, child in raw["groups"].items():
        node.entries[name] = Entry(
            name, child["help"], _group_maker((*path, name), child), group=True
        )
    return node


def _skipped(resources: list[str]) -> tuple[str, ...]:
    """The levels that were left out between the resources of one node."""
    names = {normalize(resource.rpartition(".")[2]) for resource in resources if "." in resource}
    return tuple(names)


def _operation_maker(path: tuple[str, ...], operation: str) -> Callable[[], Command]:
    def make() -> Command:
        if path in EXTENSIONS:
            return EXTENSIONS[path](path[-1], operation)
        from .command import OperationCommand

        return OperationCommand(path[-1], operation)

    return make


def _wait_entry(operation: str, help: str, deprecated: bool) -> Entry:
    def make() -> Command:
        from .waiting import WaitCommand

        return WaitCommand("wait", operation)

    return Entry("wait", help, make, deprecated=deprecated)


def _socket_maker(name: str, socket: str) -> Callable[[], Command]:
    def make() -> Command:
        from .connecting import ConnectCommand

        return ConnectCommand(name, socket)

    return make


def _group_maker(path: tuple[str, ...], raw: dict[str, Any]) -> Callable[[], Command]:
    return lambda: LazyGroup(with_workflows(node_from_index(path, raw)))


WORKFLOWS: dict[tuple[str, ...], list[Entry]] = {}
"""Workflow entries by the level they stand in; the registry fills it."""


EXTENSIONS: dict[tuple[str, ...], Callable[[str, str], Command]] = {}
"""Makers of commands that extend an operation's, by its place; they get its name and operation."""


class Start(Protocol):
    """What a group does on a terminal when no command is named."""

    def options(self) -> list[Any]:
        """The options that stand before any command."""

    def about(self) -> str:
        """What it starts, for the help page."""

    def run(self, app: Any, params: dict[str, Any]) -> None:
        """Start."""


STARTS: dict[tuple[str, ...], Start] = {}
"""What bare groups start, by their place."""


def with_workflows(node: Node) -> Node:
    """The node with the workflows of its level added; a workflow takes over an operation's name."""
    for entry in WORKFLOWS.get(node.path, ()):
        node.entries[entry.name] = entry
    return node
