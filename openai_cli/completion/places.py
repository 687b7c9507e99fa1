"""Where the configuration and the state are, and what completion needs of the configuration.

The places are those of `core.config.place`, spelled out for Linux so that platformdirs need not be
imported; a test compares the two. A configuration that cannot be read counts as empty here: the
next command says what is wrong with it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

XDG = {
    "config": ("XDG_CONFIG_HOME", "~/.config"),
    "state": ("XDG_STATE_HOME", "~/.local/state"),
    "data": ("XDG_DATA_HOME", "~/.local/share"),
}
USUAL = "default"
"""The profile where none is named."""
SANDBOX = "+sandbox"
"""The account of the offline API, whatever the profile."""
OFF = ("0", "false", "no", "off")


def place(kind: str, env: Mapping[str, str]) -> str:
    """The folder for `config`, `state` or `data`."""
    if home := env.get("OAI_HOME"):
        return os.path.join(os.path.expanduser(home), kind)
    if sys.platform.startswith("linux"):
        variable, usual = XDG[kind]
        named = env.get(variable, "").strip()
        return os.path.join(named if os.path.isabs(named) else os.path.expanduser(usual), "oai")
    import platformdirs

    return str(getattr(platformdirs, f"user_{kind}_dir")("oai", appauthor=False))


def config(env: Mapping[str, str], needing: str = "") -> dict[str, Any]:
    """The configuration as it stands in the file, unchecked; empty where it lacks `needing`."""
    named = env.get("OAI_CONFIG")
    path = named or os.path.join(place("config", env), "config.toml")
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as stream:
            text = stream.read()
    except (OSError, UnicodeDecodeError):
        return {}
    if needing not in text:
        return {}
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def table(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """A table of the configuration; empty where there is none."""
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


def aliases(env: Mapping[str, str]) -> dict[str, str]:
    """The person's own commands."""
    found = table(config(env, "aliases"), "aliases")
    return {name: text for name, text in found.items() if isinstance(text, str)}


def account(env: Mapping[str, str], profile: str = "", sandbox: bool = False) -> str:
    """Whose ids are remembered together: a profile's, or the sandbox's."""
    name = profile or env.get("OAI_PROFILE", "")
    if not name:
        name = str(config(env, "default_profile").get("default_profile", "")) or USUAL
    own = table(table(config(env, "sandbox"), "profiles"), name).get("sandbox") is True
    told = env.get("OAI_SANDBOX", "").lower()
    if sandbox or (told not in ("", *OFF)) or (own and not told):
        return SANDBOX
    return name
