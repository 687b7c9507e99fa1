"""The help of commands: what one needs first, then the rest in groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from typer._click.core import Context

from ..catalog.model import Field, Operation, Parameter
from ..core.console import harmless
from . import globals as global_options
from .layout import PAGE, Page
from .options import Option
from .parameters import Prompt, Special, metavar, positional

if TYPE_CHECKING:
    from .command import FactsCommand

MORE = "More options"
DEPRECATED = "Deprecated options"
REQUEST = "The request as a whole"
MOST_VALUES = 12


def show_help(ctx: Context) -> None:
    """Write the page of the context's command to stdout."""
    command: Any = ctx.command
    ctx.obj.console.write(command.page(ctx), trusted=True)


def new_page(ctx: Context) -> Page:
    """An empty page: the one that the context brings (for manuals), or one for this console."""
    console = ctx.obj.console
    return ctx.meta.get(PAGE) or Page(console.width, color=console.colored())


def operation_page(command: FactsCommand, ctx: Context) -> str:
    """An operation's sentence, usage, options and examples."""
    page = new_page(ctx)
    operation = command.operation
    page.paragraph(operation.help)
    if operation.deprecated:
        page.line()
        page.paragraph("This operation is deprecated.")
    if operation.words.note:
        page.line()
        page.paragraph(operation.words.note)
    page.heading("Usage")
    page.line("  " + usage(operation))
    _arguments(page, operation)
    for title, rows in _sections(command, _own_defaults(command, ctx)):
        page.heading(title)
        page.columns(rows)
    _waiting(page, operation)
    if operation.words.example:
        page.heading("Examples")
        for line in operation.words.example:
            page.line(f"  $ {line}")
    page.line()
    about = "the types of events" if command.opens_session else "types and a sample body"
    page.paragraph(
        f"{operation.method} {operation.path} · `oai api show {operation.name}` tells {about} · "
        "`oai --help` lists the global options."
    )
    return page.text()


def _waiting(page: Page, operation: Operation) -> None:
    """The global options that matter here because there is something to wait for."""
    if not operation.words.wait:
        return
    waits_anyway = operation.command[-1] == "wait"
    shown = {"--" + name.replace("_", "-") for name in global_options.WAITING[waits_anyway:]}
    page.heading("Waiting")
    page.columns(
        (global_name(option), global_help(option))
        for option in global_options.options()
        if shown.intersection(option.opts)
    )


def usage(operation: Operation) -> str:
    """The command line in short: what may stand without an option is optional when an option does
    the same."""
    words = ["oai", *operation.command]
    for what in positional(operation):
        name = metavar(what)
        path = isinstance(what, Parameter) and what.place == "path"
        words.append(name if path else f"[{name}]")
    return " ".join([*words, "[--option value…]"])


def _arguments(page: Page, operation: Operation) -> None:
    found = positional(operation)
    if not found:
        return
    page.heading("Arguments")
    rows = []
    for what in found:
        if isinstance(what, Prompt):
            option = "--" + what.into.replace("_", "-")
            sentence = f"Text of the user's message; joins {option} when both are given."
        else:
            sentence = _sentence(operation, what)
        if operation.words.stdin and not (isinstance(what, Parameter) and what.place == "path"):
            sentence += " `-` or a pipe reads stdin."
        rows.append((metavar(what), sentence))
    page.columns(rows)


def _own_defaults(command: FactsCommand, ctx: Context) -> dict[str, Any]:
    """What the person's configuration says for options left out; nothing in a manual."""
    if PAGE in ctx.meta:
        return {}
    from . import defaults

    return defaults.shown(ctx.obj, command.operation.command, command.params)


def _sections(
    command: FactsCommand, own: Mapping[str, Any]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The options: main ones, the words' groups, the rest, deprecated ones, the whole request."""
    operation = command.operation
    options = [param for param in command.own_parameters if isinstance(param, Option)]
    titles: dict[str, list[tuple[str, str]]] = {"Options": []}
    home = {name: title for title, names in operation.words.groups.items() for name in names}
    for option in options:
        if option.group:
            titles.setdefault(option.group, [])
    for title in operation.words.groups:
        titles.setdefault(title, [])
    grouped = bool(home) or bool(operation.words.main)
    for option in _ordered(operation, options):
        title = _title(operation, option, home, grouped)
        titles.setdefault(title, []).append(_with_own(option, _row(operation, option), own))
    for title in (MORE, DEPRECATED, REQUEST):
        if title in titles:
            titles[title] = titles.pop(title)
    return [(title, rows) for title, rows in titles.items() if rows]


def _ordered(operation: Operation, options: list[Option]) -> list[Option]:
    """Main parameters in the words' order, then required ones, then the SDK's order."""
    main = {name: at for at, name in enumerate(operation.words.main)}

    def rank(option: Option) -> tuple[int, int]:
        name = _parameter_name(option)
        parameter = operation.parameter(name)
        required = 0 if parameter and parameter.required else 1
        return (main.get(name, len(main)), required)

    return sorted(options, key=rank)


def _parameter_name(option: Option) -> str:
    bound = option.bound
    if isinstance(bound, Field):
        return bound.path[0]
    return bound.name if isinstance(bound, Parameter) else ""


def _title(operation: Operation, option: Option, home: dict[str, str], grouped: bool) -> str:
    if isinstance(option.bound, Special):
        return REQUEST
    name = _parameter_name(option)
    parameter = operation.parameter(name)
    if option.group:
        return option.group
    if parameter and parameter.deprecated:
        return DEPRECATED
    if name in operation.words.main or (parameter and parameter.required) or not grouped:
        return "Options"
    return home.get(name, MORE)


def _row(operation: Operation, option: Option) -> tuple[str, str]:
    name = option_name(option)
    bound = option.bound
    if isinstance(bound, Parameter):
        return name, _sentence(operation, bound, option.metavar or "")
    if isinstance(bound, Field):
        return name, _with_values(bound.help, bound.enum, option.metavar or "")
    return name, str(option.help)


def _with_own(option: Option, row: tuple[str, str], own: Mapping[str, Any]) -> tuple[str, str]:
    """A row that tells what the configuration fills in instead of what is built in."""
    from .defaults import name_of

    value = own.get(name_of(option)) if own else None
    if value is None:
        return row
    name, sentence = row
    before = sentence.partition(" Left out: ")[0]
    return name, f"{before} Left out: {harmless(str(value))} (your configuration)."


def option_name(option: Option) -> str:
    """An option with its short form and its value."""
    flag = max(option.opts, key=len)
    short = [name for name in option.opts if name != flag]
    shown = f"--[no-]{flag[2:]}" if option.secondary_opts else flag
    value = f" {option.metavar}" if option.metavar and not option.is_flag else ""
    return ", ".join([*short, shown]) + value


def _sentence(operation: Operation, parameter: Parameter, shown: str = "|") -> str:
    sentence = _with_values(parameter.help, parameter.enum, shown)
    default = operation.words.defaults.get(parameter.name)
    if default == "@model":
        sentence += " Left out: OAI_MODEL, the profile's model, or a built-in one."
    elif default is not None:
        sentence += f" Left out: {default}."
    elif (
        parameter.required and parameter.place != "path" and not _from_prompt(operation, parameter)
    ):
        sentence = f"(required) {sentence}"
    if parameter.upload:
        sentence += " `@PATH` uploads a local file first."
    return sentence


def _from_prompt(operation: Operation, parameter: Parameter) -> bool:
    """Whether the prompt fills it, so that it need not be given."""
    return operation.words.prompt.get("into") == parameter.name


def _with_values(sentence: str, enum: tuple[str, ...], shown: str) -> str:
    """Known values go behind the sentence when they do not stand in the option's name."""
    if not enum or "|".join(enum) in shown:
        return sentence
    if len(enum) <= MOST_VALUES:
        return f"{sentence} One of {', '.join(enum)}."
    rest = len(enum) - MOST_VALUES
    return f"{sentence} Such as {', '.join(enum[:MOST_VALUES])} and {rest} more."


def global_name(option: Option) -> str:
    """A global option with its value, the short form first."""
    flags = ", ".join(sorted(option.opts, key=len))
    return f"{flags} {option.metavar}" if option.metavar else flags


def global_help(option: Option) -> str:
    """A global option's sentence with its choices."""
    choices = option.bound.choices
    return f"{option.help} One of {', '.join(choices)}." if choices else str(option.help)
