"""`oai config`: where the configuration is, what it says, and what is in force."""

from __future__ import annotations

from typing import Any

import typer

from ..core import results
from ..core.context import App
from ..engine.workflow import WorkflowCommand
from ..render.preview import redact

app = typer.Typer()

KEYS = ("api_key", "admin_key", "azure_token")
HIDDEN = (*KEYS, "origin", "profile")


@app.command(cls=WorkflowCommand)
def path(ctx: typer.Context) -> results.Result:
    """Print where the configuration file is, or would be.

    oai config path
    """
    from ..core.config import config_path

    return results.Text(f"{config_path(ctx.obj.console.env)}\n")


@app.command("list", cls=WorkflowCommand)
def list_(ctx: typer.Context) -> results.Result:
    """List the values in force and where each comes from: option, environment, profile or default.

    oai config list
    oai config list --profile work -f json
    """
    context: App = ctx.obj
    settings = context.settings
    rows = [{"key": "profile", "value": settings.profile or None, "origin": _chosen(context)}]
    for name in settings._fields:
        if name in HIDDEN:
            continue
        value = getattr(settings, name)
        rows.append(
            {
                "key": name,
                "value": _shown(name, value),
                "origin": settings.origin.get(name, "default"),
            }
        )
    for name in KEYS:
        source = getattr(settings, name)
        rows.append({"key": name, "value": source.describe(), "origin": source.how or "none"})
    return results.Rows(rows, ("key", "value", "origin"))


@app.command(cls=WorkflowCommand)
def show(
    ctx: typer.Context,
    name: str = typer.Argument("", metavar="PROFILE", help="Show this profile only."),
) -> results.Result:
    """Show what the configuration file says, headers that hold secrets redacted.

    oai config show
    oai config show work
    """
    config = ctx.obj.config
    if name:
        return results.Document(_safe(config.profile(name)))
    document: dict[str, Any] = {"path": str(config.path), "exists": config.exists}
    if config.default_profile:
        document["default_profile"] = config.default_profile
    document["profiles"] = {key: _safe(profile) for key, profile in config.profiles.items()}
    return results.Document(document)


def _chosen(context: App) -> str:
    if context.option("profile"):
        return "option"
    if context.console.env.get("OAI_PROFILE"):
        return "OAI_PROFILE"
    return "default_profile" if context.config.default_profile else "default"


def _shown(name: str, value: Any) -> Any:
    if name == "headers":
        return {key: redact(key, text) for key, text in value.items()} or None
    return None if value == "" else value


def _safe(profile: dict[str, Any]) -> dict[str, Any]:
    return {key: _shown(key, value) for key, value in profile.items()}
