"""`oai sessions`: the saved conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ..core import results
from ..core.context import App
from ..core.errors import OaiError, UsageError
from ..engine.workflow import WorkflowCommand

if TYPE_CHECKING:
    from .chat.store import Store

app = typer.Typer()

COLUMNS = ("id", "name", "model", "messages", "updated_at", "title")
HIT_COLUMNS = ("session", "name", "number", "role", "created_at", "snippet")
STYLES = ("markdown", "json")
WHICH = "Its name, its id, or the first four or more characters of its id."


def _store(ctx: typer.Context) -> Store:
    """The store there is; looking never makes one."""
    from .chat.store import existing_store

    context: App = ctx.obj
    return existing_store(context.console.env)


@app.command("list", cls=WorkflowCommand)
def list_(ctx: typer.Context) -> results.Result:
    """List the saved conversations, the one used last first.

    oai sessions list
    oai sessions list --max-items 5 -f json
    """
    with _store(ctx) as store:
        rows = [session.as_dict() for session in store.list(ctx.obj.option("max_items"))]
    return results.Rows(rows, COLUMNS)


@app.command(cls=WorkflowCommand)
def show(
    ctx: typer.Context,
    session: str = typer.Argument(..., metavar="SESSION", help=WHICH),
) -> results.Result:
    """Print a conversation, its messages numbered.

    oai sessions show trip
    oai sessions show 3f9a -f json
    """
    from .chat import export as exporting

    with _store(ctx) as store:
        found = store.need(session)
        messages = store.messages(found)
    text = exporting.human(ctx.obj.console, found, messages)
    return results.Document(exporting.document(found, messages), human=text)


@app.command(cls=WorkflowCommand)
def search(
    ctx: typer.Context,
    words: list[str] = typer.Argument(..., metavar="WORD", help="Words that must all occur."),
) -> results.Result:
    """Find the messages that hold every word, best first.

    oai sessions search refund policy
    oai sessions search 返金 --max-items 10
    """
    with _store(ctx) as store:
        hits = store.search(" ".join(words), ctx.obj.option("max_items"))
        rows = [hit.as_dict() for hit in hits]
    return results.Rows(rows, HIT_COLUMNS)


@app.command(cls=WorkflowCommand)
def export(
    ctx: typer.Context,
    session: str = typer.Argument(..., metavar="SESSION", help=WHICH),
    style: str = typer.Option("markdown", "--as", metavar="markdown|json", help="The form."),
) -> results.Result:
    """Write a conversation as markdown, or as JSON with the API's own messages.

    oai sessions export trip -o trip.md
    oai sessions export trip --as json --jq '.messages|map(.message)'
    """
    if style not in STYLES:
        raise UsageError(f"--as wants one of {', '.join(STYLES)}, not {style!r}")
    from .chat import export as exporting

    with _store(ctx) as store:
        found = store.need(session)
        messages = store.messages(found)
    if style == "markdown":
        return results.Text(exporting.markdown(found, messages))
    from ..core.console import harmless
    from ..render import documents

    value = exporting.document(found, messages)
    return results.Document(value, human=harmless(documents.pretty(value)) + "\n")


@app.command(cls=WorkflowCommand)
def fork(
    ctx: typer.Context,
    session: str = typer.Argument(..., metavar="SESSION", help=WHICH),
    upto: int = typer.Option(None, "--upto", metavar="N", help="Copy the first N messages only."),
    name: str = typer.Option("", "--name", metavar="NAME", help="What to call the copy."),
) -> results.Result:
    """Copy a conversation, or its beginning, to go on from there in another way.

    oai sessions fork trip --name trip-by-train
    oai sessions fork trip --upto 4
    """
    if upto is not None and upto < 0:
        raise UsageError("--upto wants 0 or more")
    with _store(ctx) as store:
        made = store.fork(store.need(session), upto, name)
    return results.Document(made.as_dict())


@app.command(cls=WorkflowCommand)
def rename(
    ctx: typer.Context,
    session: str = typer.Argument(..., metavar="SESSION", help=WHICH),
    name: str = typer.Argument(..., metavar="NAME", help="Its new name."),
) -> results.Result:
    """Give a conversation a name, or another one.

    oai sessions rename 3f9a trip
    """
    with _store(ctx) as store:
        renamed = store.rename(store.need(session), name)
    return results.Document(renamed.as_dict())


@app.command(cls=WorkflowCommand)
def delete(
    ctx: typer.Context,
    sessions: list[str] = typer.Argument(..., metavar="SESSION", help=WHICH),
) -> results.Result:
    """Delete conversations with all their messages.

    oai sessions delete trip
    oai sessions delete 3f9a 77c0e1d2 --yes
    """
    context: App = ctx.obj
    with _store(ctx) as store:
        found = {session.id: session for session in map(store.need, sessions)}
        labels = ", ".join(session.label for session in found.values())
        _confirm(context, f"Delete {labels}?")
        store.delete(*found)
    return results.Done(f"deleted {labels}")


def _confirm(context: App, question: str) -> None:
    if context.option("yes") or context.option("no_input") or not context.console.interactive:
        return
    from ..core.console import harmless
    from ..render.ask import confirm

    if not confirm(context.console, harmless(question)):
        raise OaiError("not confirmed: nothing was deleted", "--yes answers in advance")
