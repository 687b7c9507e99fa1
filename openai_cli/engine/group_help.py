"""The help of groups: what they are for, what stands in them, the options of oai itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer._click.core import Context

from ..core.console import harmless
from . import globals as global_options
from .help import global_help, global_name, new_page, option_name
from .layout import PAGE, Page

if TYPE_CHECKING:
    from .tree import LazyGroup


def group_page(group: LazyGroup, ctx: Context) -> str:
    """What a group is for and what stands in it."""
    page = new_page(ctx)
    path = " ".join(("oai", *group.node.path))
    page.paragraph(group.node.help)
    page.heading("Usage")
    page.line(f"  {path} COMMAND [ARGUMENT…] [--option value…]")
    entries = [entry for entry in group.node.entries.values() if not entry.deprecated]
    old = [entry for entry in group.node.entries.values() if entry.deprecated]
    _start(page, path, group)
    groups = [entry for entry in entries if entry.group]
    commands = [entry for entry in entries if not entry.group]
    for title, listed in (("Commands", commands), ("Groups", groups), ("Deprecated", old)):
        if listed:
            page.heading(title)
            page.columns((entry.name, entry.help) for entry in listed)
    if group.node.path:
        page.line()
        page.paragraph(
            f"`{path} COMMAND --help` tells more; `oai --help` lists the global options."
        )
    else:
        _aliases(page, ctx)
        _global_sections(page)
        _first_steps(page)
    return page.text()


def _aliases(page: Page, ctx: Context) -> None:
    """The person's own commands; a manual has none."""
    from . import aliases

    found = {} if PAGE in ctx.meta else aliases.known(ctx.obj)
    if found:
        page.heading("Your aliases")
        page.columns((harmless(name), harmless(text)) for name, text in found.items())


def _start(page: Page, path: str, group: LazyGroup) -> None:
    """What the group does where no command is named."""
    if group.start is None:
        return
    page.line(f"  {path} [--option value…]")
    page.line()
    page.paragraph(group.start.about())
    page.heading("Options of the session")
    page.columns((option_name(option), str(option.help)) for option in group.start.options())


def _global_sections(page: Page) -> None:
    for title in (global_options.OUTPUT, global_options.CONNECTION, global_options.RUN):
        page.heading(f"{title} (before or after any command)")
        page.columns(
            (global_name(option), global_help(option))
            for option in global_options.options()
            if option.group == title
        )


def _first_steps(page: Page) -> None:
    page.heading("Examples")
    for line in (
        'oai chat create "Say hello" --sandbox',
        "git diff | oai responses create 'Review this change'",
        "oai files list --max-items 5 --jq '.data[].id'",
        "oai api list embeddings",
    ):
        page.line(f"  $ {line}")
