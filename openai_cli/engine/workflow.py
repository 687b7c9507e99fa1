"""Commands written by hand, with Typer's decorators, made at home in the tree.

    app = typer.Typer()

    @app.command(cls=WorkflowCommand)
    def list_(ctx: typer.Context, pattern: str = typer.Argument("", help="…")) -> Result: ...

The function gets the context (`ctx.obj` is the App) and returns a result; global options, help and
printing come with the class.
"""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer._click.core import Command, Context, Parameter
from typer.core import TyperCommand
from typer.main import get_command_from_info, get_command_name

from ..core.errors import UsageError
from . import globals as global_options
from .layout import Page
from .options import quicken
from .tree import Entry, LazyGroup, Node


class WorkflowCommand(TyperCommand):
    """A command whose function returns a result."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options["add_help_option"] = False
        self._made: list[Parameter] = []
        super().__init__(*args, **options)

    @property
    def params(self) -> list[Parameter]:
        """The function's own parameters, then the global ones."""
        return [*self._made, *global_options.options()]

    @params.setter
    def params(self, value: list[Parameter]) -> None:
        self._made = quicken(list(value))

    def invoke(self, ctx: Context) -> Any:
        """Call the function and show what it returns."""
        ctx.obj.options.update(global_options.collect(ctx))
        self.prepare(ctx)
        if ctx.obj.option("wait"):
            raise UsageError(f"--wait: `{ctx.command_path}` starts nothing that can be waited for")
        assert self.callback is not None
        result = ctx.invoke(self.callback, **ctx.params)
        if result is not None:
            from ..render.show import show

            show(ctx.obj, result)
            if problem := getattr(result, "problem", None):
                raise problem

    def prepare(self, ctx: Context) -> None:
        """What comes before the function: defaults from the configuration."""
        if ctx.obj.config.defaults:
            from . import defaults

            defaults.fill_options(ctx.obj, ctx, ctx.command_path.split()[1:])

    def page(self, ctx: Context) -> str:
        """The help page."""
        from .help import new_page

        page = new_page(ctx)
        head, _, rest = (self.help or "").partition("\n\n")
        page.paragraph(" ".join(head.split()))
        page.heading("Usage")
        page.line("  " + self._usage(ctx))
        arguments = [param for param in self._made if param.param_type_name == "argument"]
        _section(page, "Arguments", arguments)
        _section(page, "Options", [param for param in self._made if param not in arguments])
        if rest.strip():
            page.heading("Examples")
            for line in rest.strip().splitlines():
                page.line("  $ " + line.strip())
        page.line()
        page.paragraph("`oai --help` lists the global options.")
        return page.text()

    def _usage(self, ctx: Context) -> str:
        words = [ctx.command_path]
        for param in self._made:
            if param.param_type_name == "argument":
                name = _name(param)
                words.append(name if param.required else f"[{name}]")
        return " ".join([*words, "[--option value…]"])


class SetupCommand(WorkflowCommand):
    """A command that must work while the configuration is broken: it goes without, and finds the
    complaint in `ctx.meta`."""

    def prepare(self, ctx: Context) -> None:
        """Go without a configuration that cannot be read."""
        from ..core.config import Config, config_path

        app = ctx.obj
        try:
            app.config  # noqa: B018
        except UsageError as error:
            app.config = Config(config_path(app.console.env), True)
            ctx.meta[BROKEN] = error


BROKEN = "oai.broken"
"""Where a `SetupCommand` finds what is wrong with the configuration."""


def _section(page: Page, title: str, params: list[Any]) -> None:
    if params:
        page.heading(title)
        page.columns((_name(param), _sentence(param)) for param in params)


def _name(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.metavar or param.name).upper() + ("…" if param.nargs == -1 else "")
    flags = ", ".join(sorted(param.opts, key=len))
    return flags if param.is_flag else f"{flags} {param.metavar or param.name.upper()}"


def _sentence(param: Any) -> str:
    sentence = str(param.help or "")
    default = param.default
    if default not in (None, "", False, ()) and not callable(default) and default != []:
        sentence += f" Left out: {default}."
    return sentence


def group_entry(path: tuple[str, ...], help: str, module: str) -> Entry:
    """The entry of a group whose commands stand in `module.app`; imported when asked for."""

    def make() -> Command:
        return LazyGroup(_node(path, help, importlib.import_module(module).app))

    return Entry(path[-1], help, make, group=True)


def command_entry(path: tuple[str, ...], help: str, module: str) -> Entry:
    """The entry of a single command, the only one of `module.app`; imported when asked for."""

    def make() -> Command:
        (info,) = importlib.import_module(module).app.registered_commands
        made: Command = _maker(info)()
        return made

    return Entry(path[-1], help, make)


def _node(path: tuple[str, ...], help: str, app: typer.Typer) -> Node:
    node = Node(path, help)
    for info in app.registered_commands:
        assert info.callback is not None
        name = info.name or get_command_name(getattr(info.callback, "__name__", ""))
        text = " ".join((info.callback.__doc__ or "").partition("\n\n")[0].split())
        node.entries[name] = Entry(name, text, _maker(info))
    return node


def _maker(info: Any) -> Any:
    return lambda: get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)
