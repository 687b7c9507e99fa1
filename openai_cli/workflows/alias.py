"""`oai alias`: short names for command lines."""

from __future__ import annotations

import typer

from ..core import results
from ..core.context import App
from ..core.errors import UsageError
from ..engine.workflow import WorkflowCommand

app = typer.Typer()

COLUMNS = ("name", "command")


@app.command("set", cls=WorkflowCommand)
def set_(
    ctx: typer.Context,
    name: str = typer.Argument(..., metavar="NAME", help="The new command's name."),
    command: str = typer.Argument(
        ...,
        metavar="COMMAND",
        help="The command line it stands for, without `oai`; `-` reads it from stdin.",
    ),
) -> results.Result:
    """Give a command line a short name; `$1` … `$9`, `$@` stand for the words behind it.

    oai alias set review 'chat create -t review --attach'
    oai alias set latest 'files list --max-items $1'
    oai alias set explain 'chat create "Explain $1 to a newcomer"'
    """
    from ..core import config_edit
    from .setup import aliasing

    context: App = ctx.obj
    text = context.inputs.text("-", what="COMMAND") if command == "-" else command
    text = " ".join(text.split("\n")).strip()
    aliasing.check(ctx, name, text)
    before = context.config.aliases.get(name)
    config_edit.change(context.console.env, [(("aliases", name), text)])
    was = f"; it was: {before}" if before not in (None, text) else ""
    return results.Done(f"`oai {name}` now means `oai {text}`{was}")


@app.command("list", cls=WorkflowCommand)
def list_(ctx: typer.Context) -> results.Result:
    """List the aliases.

    oai alias list
    oai alias list -f json
    """
    from .setup import aliasing

    rows = []
    for name, text in ctx.obj.config.aliases.items():
        row = {"name": name, "command": text}
        if aliasing.hidden(ctx, name):
            ctx.obj.console.warn(f"the alias {name!r} is hidden by a command of that name")
            row["hidden"] = "true"
        rows.append(row)
    return results.Rows(rows, COLUMNS)


@app.command(cls=WorkflowCommand)
def delete(
    ctx: typer.Context,
    names: list[str] = typer.Argument(..., metavar="NAME", help="The alias."),
) -> results.Result:
    """Delete aliases.

    oai alias delete review
    """
    from ..core import config_edit
    from ..engine.suggest import near

    context: App = ctx.obj
    known = context.config.aliases
    for name in names:
        if name not in known:
            close = near(name, known)
            hint = f"did you mean {' or '.join(close)}?" if close else "see `oai alias list`"
            raise UsageError(f"there is no alias {name!r}", hint)
    changes = [(("aliases", name), config_edit.GONE) for name in names]
    config_edit.change(context.console.env, changes)
    return results.Done(f"deleted {', '.join(names)}")
