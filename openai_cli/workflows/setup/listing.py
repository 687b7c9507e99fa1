"""The rows of `oai config list`: what is in force, and where each value comes from."""

from __future__ import annotations

from typing import Any

from ...core.context import App
from . import shown

KEYS = ("api_key", "admin_key", "azure_token", "webhook_secret")
HIDDEN = (*KEYS, "origin", "profile", "named")


def rows(app: App) -> list[dict[str, Any]]:
    """Every value in force, then the defaults of commands; `source` says where exactly."""
    settings = app.settings
    found = [_row("profile", settings.profile or None, _chosen(app))]
    for name in settings._fields:
        if name not in HIDDEN:
            value = shown.value(name, getattr(settings, name))
            found.append(_row(name, value, settings.origin.get(name, "default")))
    for name in KEYS:
        source = getattr(settings, name)
        found.append(_row(name, source.describe(), source.how or "none"))
    found.extend(_defaults(app))
    text = _text(app)
    for row in found:
        row["source"] = _source(app, text, row)
    return found


def _row(key: str, value: Any, origin: str) -> dict[str, Any]:
    return {"key": key, "value": value, "origin": origin}


def _chosen(app: App) -> str:
    if app.option("profile"):
        return "option"
    if app.console.env.get("OAI_PROFILE"):
        return "OAI_PROFILE"
    return "default_profile" if app.config.default_profile else "default"


def _defaults(app: App) -> list[dict[str, Any]]:
    if not app.config.defaults:
        return []
    from ...engine.default_names import flat

    return [_row(".".join(keys), value, "config") for keys, value in flat(app.config.defaults)]


def _text(app: App) -> str:
    return app.config.path.read_text("utf-8") if app.config.exists else ""


def _source(app: App, text: str, row: dict[str, Any]) -> str | None:
    """The option, the variable, or the line of the file; nothing for what is built in."""
    from ...core.config_lines import line_of

    key, origin = str(row["key"]), str(row["origin"])
    where = app.settings.profile or "default"
    if origin == "option":
        return "--" + key.replace("_", "-")
    if origin in ("profile", "file", "command", "keyring"):
        name = key if origin == "profile" else f"{key}_{origin}"
        return f"{app.config.path}:{line_of(text, ('profiles', where, name))}"
    if origin in ("config", "default_profile"):
        keys = key.split(".") if origin == "config" else [origin]
        return f"{app.config.path}:{line_of(text, keys)}"
    if origin == "env":
        return str(getattr(app.settings, key).value)
    return None if origin in ("default", "none") else origin
