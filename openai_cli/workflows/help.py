"""`oai help`: the pages of commands, topics, and a search through both."""

from __future__ import annotations

from typing import Any

import typer
from typer._click.core import Context

from ..core import results
from ..core.context import App
from ..core.errors import UsageError
from ..engine import suggest
from ..engine.help import new_page
from ..engine.layout import PAGE
from ..engine.tree import LazyGroup
from ..engine.workflow import SetupCommand
from . import topics

app = typer.Typer()

SEARCH = "search"
MOST = 20


class HelpCommand(SetupCommand):
    """Its page lists the topics too; a broken configuration does not keep anybody from reading."""

    def page(self, ctx: Context) -> str:
        """The help page."""
        page = ctx.meta[PAGE] = new_page(ctx)
        super().page(ctx)
        page.heading("Topics")
        page.columns(topics.summaries().items())
        return page.text()


@app.command(cls=HelpCommand)
def help(
    ctx: typer.Context,
    words: list[str] = typer.Argument(
        None,
        metavar="COMMAND|TOPIC|search WORDS",
        help="A command's words, a topic, or `search` and what to look for.",
    ),
    no_pager: bool = typer.Option(False, "--no-pager", help="Write everything at once."),
    link_man: bool = typer.Option(
        False,
        "--link-man",
        help="Link the manual pages to where `man` looks, for installers that do not: uv.",
    ),
    unlink_man: bool = typer.Option(False, "--unlink-man", help="Take these links away."),
) -> results.Result | None:
    """Show the page of a command or a topic, or search commands, options and topics by words.

    oai help vector-stores files
    oai help exit-codes
    oai help search delete vector store file
    """
    if link_man or unlink_man:
        return _manuals(ctx.obj, link=link_man)
    given = list(words or ())
    if given[:1] == [SEARCH]:
        return _search(ctx.obj, " ".join(given[1:]))
    return _shown(ctx.obj, _page(ctx, given), paged=not no_pager)


def _manuals(context: App, *, link: bool) -> results.Result:
    from . import manuals

    change = manuals.link if link else manuals.unlink
    return results.Done(change(context.console.env))


def _shown(context: App, text: str, *, paged: bool) -> results.Result | None:
    """A page for people goes through the pager; for files and other formats it is a result."""
    if context.option("output") or context.option("format") or context.option("jq"):
        return results.Text(text)
    from ..render import pager

    pager.show(context.console, text, paged=paged)
    return None


def _page(ctx: Context, words: list[str]) -> str:
    if len(words) == 1 and (name := words[0].replace("_", "-")) in topics.summaries():
        return topics.lay_out(name, new_page(ctx))
    found = _command(ctx.find_root(), words)
    text: str = found.command.page(found)  # type: ignore[attr-defined]
    return text


def _command(context: Context, words: list[str]) -> Context:
    """The context of the command that the words name. Raises UsageError with suggestions."""
    root = context
    while words:
        group: Any = context.command
        if not isinstance(group, LazyGroup):
            raise UsageError(f"`{context.command_path}` has no command {words[0]!r}")
        try:
            name, command, words = group.resolve_command(context, words)
        except UsageError:
            if context is root:
                _suggest_topic(words[0])
            raise
        assert command is not None
        context = Context(command, parent=context, info_name=name)
    return context


def _suggest_topic(word: str) -> None:
    """Raise UsageError where the word is nearly a topic's name."""
    if near := suggest.near(word, topics.summaries()):
        names = " or ".join(f"`oai help {name}`" for name in near)
        raise UsageError(f"there is no command or topic {word!r}", f"did you mean {names}?")


def _search(context: App, query: str) -> results.Result:
    if not query.strip():
        raise UsageError("search for what?", "oai help search upload a file")
    from . import finding

    limit = context.option("max_items")
    hits = finding.find(topics.read("search"), query)[: MOST if limit is None else limit]
    return results.Rows(
        [
            {
                "kind": hit.kind,
                "command": hit.command,
                "option": hit.option or None,
                "operation": hit.operation or None,
                "help": hit.help,
            }
            for hit in hits
        ],
        ("command", "help"),
        shown=[
            {"command": f"{hit.command} {hit.option}".strip(), "help": hit.help} for hit in hits
        ],
    )
