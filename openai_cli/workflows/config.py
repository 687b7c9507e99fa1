"""`oai config`: the configuration file, what it says, and what is in force."""

from __future__ import annotations

from typing import Any

import typer

from ..core import results
from ..core.context import App
from ..core.errors import OaiError, UsageError
from ..engine.workflow import SetupCommand, WorkflowCommand

app = typer.Typer()

KEY = "A key such as `profiles.work.model`; `model` alone is the profile in use."


@app.command(cls=SetupCommand)
def path(ctx: typer.Context) -> results.Result:
    """Print where the configuration file is, or would be.

    oai config path
    """
    from ..core.config import config_path

    return results.Text(f"{config_path(ctx.obj.console.env)}\n")


@app.command("list", cls=WorkflowCommand)
def list_(
    ctx: typer.Context,
    origin: bool = typer.Option(
        False, "--origin", help="Say exactly where: the option, the variable, the file's line."
    ),
) -> results.Result:
    """List the values in force and where each comes from: option, environment, profile or default.

    oai config list
    oai config list --origin
    oai config list --profile work -f json
    """
    from .setup import listing

    rows = listing.rows(ctx.obj)
    if origin:
        return results.Rows(rows, ("key", "value", "origin", "source"))
    kept = [{key: value for key, value in row.items() if key != "source"} for row in rows]
    return results.Rows(kept, ("key", "value", "origin"))


@app.command(cls=WorkflowCommand)
def show(
    ctx: typer.Context,
    name: str = typer.Argument("", metavar="PROFILE", help="Show this profile only."),
) -> results.Result:
    """Show what the configuration file says, headers that hold secrets redacted.

    oai config show
    oai config show work
    """
    from .setup import shown

    config = ctx.obj.config
    if name:
        return results.Document(shown.profile(config.profile(name)))
    document: dict[str, Any] = {"path": str(config.path), "exists": config.exists}
    if config.default_profile:
        document["default_profile"] = config.default_profile
    document["profiles"] = {key: shown.profile(given) for key, given in config.profiles.items()}
    for table in ("defaults", "aliases", "prices"):
        if found := getattr(config, table):
            document[table] = found
    return results.Document(document)


@app.command(cls=WorkflowCommand)
def get(
    ctx: typer.Context, key: str = typer.Argument(..., metavar="KEY", help=KEY)
) -> results.Result:
    """Print one value: of a dotted key what the file says, of a plain one what is in force.

    oai config get model
    oai config get profiles.work.base_url
    oai config get defaults.chat.create.model
    """
    from .setup import names, shown, values

    context: App = ctx.obj
    value: Any
    if key in context.settings.origin:
        value = getattr(context.settings, key)
        value = shown.value(key, value) if isinstance(value, dict) else value
    else:
        raw = _raw(context)
        keys = values.existing(context, raw, key)
        value = names.dig(raw, keys)
        if keys[0] == "profiles" and isinstance(value, dict) and len(keys) < 4:
            value = shown.profile(value) if len(keys) == 2 else shown.value(keys[-1], value)
    if value is None:
        raise OaiError(f"{key} is not set", f"`oai config set {key} VALUE` sets it")
    if isinstance(value, dict | list):
        return results.Document(value)
    return results.Text(f"{str(value).lower() if isinstance(value, bool) else value}\n")


@app.command("set", cls=SetupCommand)
def set_(
    ctx: typer.Context,
    key: str = typer.Argument(..., metavar="KEY", help=KEY),
    texts: list[str] = typer.Argument(
        ..., metavar="VALUE", help="Its value; several make an array."
    ),
) -> results.Result:
    """Set a value in the configuration file; everything else in it stays as it is.

    oai config set model gpt-5.5
    oai config set profiles.work.api_key_command 'op read op://work/openai/key'
    oai config set defaults.chat.create.temperature 0.2
    oai config set defaults.responses.create.reasoning.effort low
    oai config set 'prices."gpt-5.5".in' 1.25
    """
    from ..core import config_edit
    from .setup import names, values

    keys, value = values.change(ctx, key, list(texts))
    path = config_edit.change(ctx.obj.console.env, [(keys, value)])
    return results.Done(f"set {names.join(keys)} in {path}")


@app.command(cls=SetupCommand)
def unset(
    ctx: typer.Context, key: str = typer.Argument(..., metavar="KEY", help=KEY)
) -> results.Result:
    """Take a value out of the configuration file.

    oai config unset profiles.work.timeout
    oai config unset defaults.chat.create
    """
    from ..core import config_edit
    from .setup import names

    context: App = ctx.obj
    raw = _raw(context)
    keys = _unsettable(context, raw, key)
    if names.dig(raw, keys) is None:
        raise OaiError(f"{key} is not set", "`oai config show` shows what is")
    if keys[0] == "profiles" and len(keys) == 2:
        raise UsageError(f"{key} is a whole profile", f"`oai profiles delete {keys[1]}`")
    path = config_edit.change(context.console.env, [(keys, config_edit.GONE)])
    return results.Done(f"took {names.join(keys)} out of {path}")


def _unsettable(context: App, raw: dict[str, Any], key: str) -> tuple[str, ...]:
    """The keys to remove; whatever stands in the file can be removed, right or wrong."""
    from .setup import names, values

    keys = names.split(key)
    return keys if names.dig(raw, keys) is not None else values.existing(context, raw, key)


def _raw(context: App) -> dict[str, Any]:
    from ..core import config, config_edit

    path = config.config_path(context.console.env)
    return config.parse(path, config_edit.text_of(path))


@app.command(cls=SetupCommand)
def edit(ctx: typer.Context) -> results.Result:
    """Open the configuration in $VISUAL or $EDITOR; it is taken over only when it is right.

    oai config edit
    """
    if ctx.obj.option("no_input"):
        raise UsageError("--no-input leaves nobody to edit")
    from .setup import editing

    return results.Done(editing.edit(ctx))


@app.command(cls=SetupCommand)
def validate(ctx: typer.Context) -> results.Result:
    """Check the configuration file: every mistake with its line, exit code 2 if there is one.

    oai config validate
    oai config validate -f json
    """
    from ..core import config_edit
    from ..core.config import config_path
    from .setup import editing

    path = config_path(ctx.obj.console.env)
    found = editing.findings(ctx, path, config_edit.text_of(path))
    document = {"path": str(path), "valid": not found, "problems": found}
    lines = [f"line {one['line'] or '?'}: {one['key'] or ''} {one['problem']}" for one in found]
    human = "\n".join(lines) if found else f"{path} is right"
    problem = editing.complaint(path, found) if found else None
    return results.Document(document, human=f"{human}\n", problem=problem)
