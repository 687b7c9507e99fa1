"""The keys of the configuration as they are typed: `profiles.work.model`, `model`, `aliases.x`."""

from __future__ import annotations

from typing import Any

from ...core import config
from ...core.context import App
from ...core.errors import UsageError

Keys = tuple[str, ...]
SECRETS = ("api_key", "admin_key", "key", "token", "azure_token", "webhook_secret")


def split(text: str) -> Keys:
    """The parts of a dotted key; a part may be quoted as in TOML."""
    import tomllib

    try:
        found: Any = tomllib.loads(f"{text} = 0")
    except tomllib.TOMLDecodeError:
        parts = tuple(text.split("."))
        if not all(part.strip() for part in parts):
            raise UsageError(f"{text!r} is not a key", "write it as `profiles.NAME.KEY`") from None
        return parts
    keys = []
    while isinstance(found, dict) and found:
        (name,) = found
        keys.append(name)
        found = found[name]
    return tuple(keys)


def join(keys: Keys) -> str:
    """The keys as they are typed."""
    import re

    return ".".join(key if re.fullmatch(r"[\w-]+", key) else f'"{key}"' for key in keys)


def locate(app: App, text: str) -> Keys:
    """The keys that a text means; a profile's key alone belongs to the profile in use.

    Raises UsageError with the nearest key there is.
    """
    keys = split(text)
    if keys[0] in config.TOP:
        return keys
    if keys[0] in config.SCHEMA:
        return ("profiles", in_use(app), *keys)
    if keys[-1] in SECRETS:
        raise secret(keys[-1])
    raise UsageError(f"{text} {config.unknown(keys[0], (*config.TOP, *config.SCHEMA))}")


def secret(name: str) -> UsageError:
    """The complaint about a key that somebody wants to write into the file."""
    return UsageError(
        f"{name} is not a key oai knows: secrets do not stand in the configuration",
        "`oai auth login` keeps a key safely; api_key_command and api_key_env name other places",
    )


def in_use(app: App) -> str:
    """The name of the profile in use."""
    named = app.option("profile") or app.console.env.get("OAI_PROFILE")
    return str(named or app.config.start_profile or config.DEFAULT_PROFILE)


def dig(table: Any, keys: Keys) -> Any:
    """The value at the keys; None where there is none."""
    for key in keys:
        if not isinstance(table, dict) or key not in table:
            return None
        table = table[key]
    return table
