"""`oai profiles`: accounts and servers by name."""

from __future__ import annotations

import re
from typing import Any

import typer

from ..core import results
from ..core.context import App
from ..core.errors import OaiError, UsageError
from ..engine.workflow import WorkflowCommand

app = typer.Typer()

COLUMNS = ("name", "in_use", "base_url", "api_key", "admin_key", "model")
NAME = re.compile(r"[A-Za-z0-9][\w.@-]*")
WHICH = "The profile's name."
OPTIONS = ("base_url", "organization", "project", "timeout", "max_retries", "format")


@app.command("list", cls=WorkflowCommand)
def list_(ctx: typer.Context) -> results.Result:
    """List the profiles; no key is read.

    oai profiles list
    """
    from .setup import accounts

    rows = [_row(ctx.obj, name) for name in accounts.profile_names(ctx.obj)]
    shown = [{**row, "in_use": "*" if row["in_use"] else ""} for row in rows]
    return results.Rows(rows, COLUMNS, shown)


def _row(context: App, name: str) -> dict[str, Any]:
    from .setup import accounts, names
    from .setup import shown as hiding

    settings = accounts.settings_of(context, name)
    return {
        "name": name,
        "in_use": name == names.in_use(context),
        "base_url": hiding.address(settings.azure_endpoint or settings.base_url),
        "api_key": (settings.api_key or settings.azure_token).describe(),
        "admin_key": settings.admin_key.describe(),
        "model": settings.azure_deployment or settings.model,
    }


@app.command(cls=WorkflowCommand)
def create(
    ctx: typer.Context,
    name: str = typer.Argument(..., metavar="NAME", help=WHICH),
    pairs: list[str] = typer.Argument(
        None, metavar="KEY=VALUE", help="What stands in it: base_url=https://…, model=…"
    ),
    use: bool = typer.Option(False, "--use", help="Make it the profile in use."),
) -> results.Result:
    """Create a profile; --base-url, --organization, --project and the like become part of it.

    oai profiles create work --organization org-123 --use
    oai profiles create home --base-url http://localhost:11434/v1
    oai profiles create az azure_endpoint=https://my.openai.azure.com azure_api_version=2025-03-01
    """
    from ..core import config_edit

    context: App = ctx.obj
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a profile's name", "letters, digits, - _ . @")
    if name in context.config.profiles:
        raise UsageError(f"there is a profile {name} already", f"`oai profiles show {name}`")
    given = {key: context.option(key) for key in OPTIONS if context.option(key) is not None}
    given |= dict(_pair(text) for text in pairs or ())
    changes: list[config_edit.Change] = [
        (("profiles", name, key), value) for key, value in given.items()
    ]
    changes = changes or [(("profiles", name), {})]
    if use:
        changes.append((("default_profile",), name))
    config_edit.change(context.console.env, changes)
    login = f"oai auth login --profile {name}"
    return results.Done(f"made the profile {name}; `{login}` gives it a key")


def _pair(text: str) -> tuple[str, Any]:
    from ..core import config_model
    from .setup import names

    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"{text!r} is not KEY=VALUE", "`oai profiles create NAME model=gpt-5.5`")
    if key in names.SECRETS:
        raise names.secret(key)
    return key, config_model.read(key, [value])


@app.command(cls=WorkflowCommand)
def use(
    ctx: typer.Context, name: str = typer.Argument(..., metavar="NAME", help=WHICH)
) -> results.Result:
    """Make a profile the one in use where none is named.

    oai profiles use work
    """
    from ..core import config_edit

    context: App = ctx.obj
    context.config.profile(name)
    config_edit.change(context.console.env, [(("default_profile",), name)])
    named = context.console.env.get("OAI_PROFILE")
    if named and named != name:
        context.console.warn(f"OAI_PROFILE is set to {named}, which goes before it")
    return results.Done(f"{name} is the profile in use")


@app.command(cls=WorkflowCommand)
def show(
    ctx: typer.Context,
    name: str = typer.Argument("", metavar="NAME", help="Left out: the profile in use."),
) -> results.Result:
    """Show what a profile says, secret headers redacted.

    oai profiles show
    oai profiles show work -f json
    """
    from .setup import names, shown

    context: App = ctx.obj
    name = name or names.in_use(context)
    document = {"name": name, "in_use": name == names.in_use(context)}
    return results.Document({**document, **shown.profile(context.config.profile(name))})


@app.command(cls=WorkflowCommand)
def delete(
    ctx: typer.Context, name: str = typer.Argument(..., metavar="NAME", help=WHICH)
) -> results.Result:
    """Delete a profile and the keys that oai keeps for it.

    oai profiles delete old
    oai profiles delete old --yes
    """
    from ..core import config_edit
    from ..core.secret_store import NoKeyring
    from .setup import keeping

    context: App = ctx.obj
    config = context.config
    if name not in config.profiles:
        config.profile(name)
        raise UsageError(f"there is no profile {name!r} in {config.path}", "nothing to delete")
    _confirm(context, f"Delete the profile {name} and the keys kept for it?")
    try:
        keeping.forget(context, name, ["api_key", "admin_key"])
    except NoKeyring as error:
        context.console.warn(f"{error.message}; the key stays there")
    changes: list[config_edit.Change] = [(("profiles", name), config_edit.GONE)]
    if config.default_profile == name:
        changes.append((("default_profile",), config_edit.GONE))
        context.console.warn(f"{name} was the profile in use; now none is chosen")
    config_edit.change(context.console.env, changes)
    return results.Done(f"deleted the profile {name}")


def _confirm(context: App, question: str) -> None:
    """Ask where somebody can answer; scripts are not asked."""
    if context.option("yes") or context.option("no_input") or not context.console.interactive:
        return
    from ..render.ask import confirm

    if not confirm(context.console, question):
        raise OaiError("not confirmed: nothing was deleted", "--yes answers in advance")
