"""Typer's options and arguments without its per-option type adapters.

Typer builds a pydantic adapter for every option it processes. Here values stay text until
`engine.gather` reads them by the API's types, so an option costs next to nothing. What a workflow
declares with plain annotations (`str`, `int`, `float`, `bool`, `Path`) is converted on the spot;
any other annotation still goes through Typer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer._click.core import Context
from typer._click.exceptions import BadParameter, MissingParameter
from typer._coercion import TypeDescriptor
from typer.core import TyperArgument, TyperOption, _TyperParameter
from typer.exceptions import Exit
from typer.models import OptionInfo

from ..core import values

TEXT = TypeDescriptor(annotation=str, parameter_info=OptionInfo(), file_annotation=None)
FLAG = TypeDescriptor(annotation=bool, parameter_info=OptionInfo(), file_annotation=None)


class Option(TyperOption):
    """An option whose value stays as typed. `bound` is what it stands for."""

    def __init__(
        self,
        name: str,
        flags: list[str],
        *,
        bound: Any = None,
        help: str = "",
        metavar: str = "",
        multiple: bool = False,
        flag: bool = False,
        group: str = "",
        hidden: bool = False,
    ) -> None:
        super().__init__(
            param_decls=[name, *flags],
            type_descriptor=FLAG if flag else TEXT,
            is_flag=flag,
            multiple=multiple,
            metavar=metavar or None,
            hidden=hidden,
        )
        self.help = help
        self.bound = bound
        self.group = group

    def process_value(self, ctx: Context, value: Any) -> Any:
        """The value as typed."""
        return value


class Argument(TyperArgument):
    """A positional argument whose value stays as typed; `gather` says whether it may be missing."""

    def __init__(
        self, name: str, *, bound: Any, metavar: str, help: str, many: bool = False
    ) -> None:
        super().__init__(
            param_decls=[name],
            type_descriptor=TEXT,
            nargs=-1 if many else 1,
            metavar=metavar,
        )
        self.help = help
        self.bound = bound

    def process_value(self, ctx: Context, value: Any) -> Any:
        """The value as typed."""
        return value


def _quick(param: Any, ctx: Context, value: Any) -> Any:
    """A workflow parameter's value; plain annotations are converted without Typer's adapters."""
    if isinstance(value, list | tuple):
        kind = PLAIN_LISTS.get(param.type_descriptor.annotation)
        if kind is None:
            return _TyperParameter.process_value(param, ctx, value)
        value = [_convert(param, PLAIN[kind], item, ctx) for item in value]
    elif isinstance(value, str):
        reader = PLAIN.get(param.type_descriptor.annotation)
        if reader is None:
            return _TyperParameter.process_value(param, ctx, value)
        value = _convert(param, reader, value, ctx)
    if param.required and value in (None, (), []):
        raise MissingParameter(ctx=ctx, param=param)
    return value


def _convert(param: Any, reader: Any, text: str, ctx: Context) -> Any:
    try:
        return reader(text)
    except ValueError as error:
        raise BadParameter(str(error), ctx=ctx, param=param) from None


class QuickOption(TyperOption):
    """A workflow's option."""

    process_value = _quick


class QuickArgument(TyperArgument):
    """A workflow's argument."""

    process_value = _quick


PLAIN: dict[Any, Any] = {
    str: str,
    int: values.integer,
    float: lambda text: float(values.number(text)),
    bool: values.boolean,
    Path: Path,
}
PLAIN_LISTS: dict[Any, Any] = {list[str]: str, list[int]: int, list[float]: float, list[Path]: Path}


def quicken(params: list[Any]) -> list[Any]:
    """Typer's parameters of a workflow command, made quick in place."""
    for param in params:
        if type(param) is TyperOption:
            param.__class__ = QuickOption
        elif type(param) is TyperArgument:
            param.__class__ = QuickArgument
    return params


class HelpOption(Option):
    """`--help`: shows the command's page and ends, before anything else is looked at."""

    def __init__(self) -> None:
        super().__init__("oai_help", ["-h", "--help"], flag=True, help="Show this page.")
        self.is_eager = True

    def process_value(self, ctx: Context, value: Any) -> Any:
        """Shows the page when the option was given."""
        if value and not ctx.resilient_parsing:
            from .help import show_help

            show_help(ctx)
            raise Exit(0)
        return value


class VersionOption(Option):
    """`--version`, where other options stand beside it."""

    def __init__(self) -> None:
        super().__init__("oai_version", ["--version"], flag=True, help="Show the version.")
        self.is_eager = True

    def process_value(self, ctx: Context, value: Any) -> Any:
        """Shows the version when the option was given."""
        if value and not ctx.resilient_parsing:
            ctx.obj.console.write(f"oai {ctx.obj.version}\n")
            raise Exit(0)
        return value
