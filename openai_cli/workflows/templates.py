"""`oai templates`: saved questions with places to fill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from ..core import results
from ..core.context import App
from ..core.errors import UsageError
from ..engine.workflow import WorkflowCommand

app = typer.Typer()

COLUMNS = ("name", "description", "places", "model")
WHICH = "Its name, or the path of its file."


@app.command("list", cls=WorkflowCommand)
def list_(ctx: typer.Context) -> results.Result:
    """List the templates with the places they have.

    oai templates list
    """
    from .chat import template

    env = ctx.obj.console.env
    return results.Rows([_row(name, env) for name in template.names(env)], COLUMNS)


def _row(name: str, env: Any) -> dict[str, Any]:
    """What a list says of a template; of one that cannot be read, why."""
    from .chat import template

    path = str(template.locate(name, env))
    try:
        found = template.load(name, env)
    except UsageError as error:
        return {"name": name, "description": error.message, "path": path, "error": error.message}
    return {
        "name": name,
        "description": found.description or None,
        "places": list(found.places),
        "model": found.model or None,
        "path": path,
    }


@app.command(cls=WorkflowCommand)
def show(
    ctx: typer.Context, name: str = typer.Argument(..., metavar="TEMPLATE", help=WHICH)
) -> results.Result:
    """Show a template.

    oai templates show review
    oai templates show ./review.toml -f json
    """
    from ..core.console import harmless
    from .chat import template

    found = template.load(name, ctx.obj.console.env)
    text = found.path.read_text("utf-8")
    value = {field: getattr(found, field) for field in found._fields}
    value |= {"path": str(found.path), "places": list(found.places)}
    return results.Document(value, human=harmless(text.removesuffix("\n")) + "\n")


@app.command(cls=WorkflowCommand)
def path(
    ctx: typer.Context, name: str = typer.Argument("", metavar="TEMPLATE", help=WHICH)
) -> results.Result:
    """Print where templates are kept, or where one is or would be.

    oai templates path
    oai templates path review
    """
    from .chat import template

    env = ctx.obj.console.env
    found = template.locate(name, env) if name else template.folder(env)
    return results.Text(f"{found}\n")


@app.command(cls=WorkflowCommand)
def edit(
    ctx: typer.Context, name: str = typer.Argument(..., metavar="TEMPLATE", help=WHICH)
) -> results.Result:
    """Open a template in $VISUAL or $EDITOR; a new one starts with an explained outline.

    oai templates edit review
    """
    from .chat import editor, template

    context: App = ctx.obj
    if context.option("no_input"):
        raise UsageError("--no-input leaves nobody to edit")
    file = template.locate(name, context.console.env)
    new = not file.exists()
    if new:
        _write_outline(context, file)
    try:
        editor.edit(context.console, file)
    finally:
        dropped = new and _drop_outline(file)
    if dropped:
        return results.Done("nothing was written, nothing is kept")
    try:
        template.load(str(file), context.console.env)
    except UsageError as error:
        hint = f"the text is kept; `oai templates edit {name}` opens it again"
        raise UsageError(error.message, hint) from None
    return results.Done(f"saved {file}")


def _write_outline(context: App, file: Path) -> None:
    from ..core.save import whole_file
    from .chat import editor, template

    editor.check(context.console, file)
    if file.parent == template.folder(context.console.env):
        file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as stream:
        stream.write(template.SKELETON.encode())


def _drop_outline(file: Path) -> bool:
    """Whether a new template was left as it was; then it is removed again."""
    from .chat import template

    try:
        untouched = file.read_bytes() == template.SKELETON.encode()
    except OSError:
        return not file.exists()
    if untouched:
        file.unlink()
    return untouched
