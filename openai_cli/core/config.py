"""The configuration file: where it is, what may stand in it, and its profiles.

A TOML file at the platform's place (`OAI_CONFIG` names another). `default_profile` picks the
profile used when none is named; each `[profiles.NAME]` holds the keys of `SCHEMA`;
`[defaults.COMMAND…]` holds what a command does when an option is not given, `[aliases]` command
lines with short names, and `[prices.MODEL]` what a model's tokens cost. What is unknown or of the
wrong type is reported with file and line.

The checks here are the quick ones of every start; `config_model` says the same as a schema.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..catalog.record import Record
from .config_lines import line_of
from .errors import UsageError

Check = Callable[[Any], str]


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value else "wants a text"


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "wants true or false"


def _seconds(value: Any) -> str:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    good = good and 0 < value < float("inf")
    return "" if good else "wants a positive number of seconds"


def _count(value: Any) -> str:
    good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return "" if good else "wants a whole number, 0 or more"


def _command(value: Any) -> str:
    if isinstance(value, list):
        good = bool(value) and all(isinstance(word, str) for word in value)
    else:
        good = isinstance(value, str) and bool(value.strip())
    return "" if good else "wants a command: a text or an array of words"


def _headers(value: Any) -> str:
    good = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    return "" if good else "wants a table of texts"


def _format(value: Any) -> str:
    return "" if value in FORMATS else f"wants one of {', '.join(FORMATS)}"


def _url(value: Any) -> str:
    good = isinstance(value, str) and re.match(r"https?://[^/\s]", value)
    return "" if good else "wants an http:// or https:// address"


def _amount(value: Any) -> str:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    good = good and 0 <= value < float("inf")
    return "" if good else "wants an amount of money, 0 or more"


def _share(value: Any) -> str:
    return "" if not _amount(value) and value <= 1 else "wants a share from 0 to 1"


FORMATS = ("auto", "text", "json", "jsonl", "yaml", "table", "csv", "raw")

SCHEMA: dict[str, Check] = {
    "base_url": _url,
    "api_key_env": _text,
    "api_key_command": _command,
    "api_key_file": _text,
    "api_key_keyring": _flag,
    "admin_key_env": _text,
    "admin_key_command": _command,
    "admin_key_file": _text,
    "admin_key_keyring": _flag,
    "webhook_secret_env": _text,
    "webhook_secret_command": _command,
    "webhook_secret_file": _text,
    "organization": _text,
    "project": _text,
    "model": _text,
    "format": _format,
    "headers": _headers,
    "timeout": _seconds,
    "max_retries": _count,
    "insecure_http": _flag,
    "proxy": _url,
    "ca_bundle": _text,
    "client_cert": _text,
    "client_key": _text,
    "sandbox": _flag,
    "remember_ids": _flag,
    "record": _flag,
    "azure_endpoint": _url,
    "azure_deployment": _text,
    "azure_api_version": _text,
    "azure_token_env": _text,
    "azure_token_command": _command,
}
"""The keys of a profile. `*_env` names a variable, `*_command` is run without a shell, `*_file` is
read, `*_keyring` says that `oai auth login` has put it into the system's keyring; `timeout` is in
seconds."""

PRICES: dict[str, Check] = {
    "in": _amount,
    "out": _amount,
    "cached": _amount,
    "discount": _share,
}
"""The keys of a model's prices: money for a million tokens of input, output and input found in the
cache, and the share that the Batch API takes off."""

TOP = ("default_profile", "profiles", "defaults", "aliases", "prices")
DEFAULT_PROFILE = "default"
"""The profile that needs no table: what holds where no other profile was chosen."""


class Config(Record):
    """The file as read. `path` is where it is or would be."""

    path: Path
    exists: bool = False
    default_profile: str = ""
    profiles: dict[str, dict[str, Any]] = {}
    defaults: dict[str, Any] = {}
    aliases: dict[str, str] = {}
    prices: dict[str, dict[str, float]] = {}

    def profile(self, name: str) -> dict[str, Any]:
        """The named profile's values. Raises UsageError, naming the profiles there are."""
        if name in self.profiles:
            return self.profiles[name]
        if name == DEFAULT_PROFILE:
            return {}
        known = ", ".join(sorted(self.profiles)) or "none yet"
        raise UsageError(f"there is no profile {name!r} in {self.path}", f"profiles there: {known}")

    @property
    def start_profile(self) -> str:
        """The profile of a command that names none; empty where nothing is configured."""
        there = DEFAULT_PROFILE in self.profiles
        return self.default_profile or (DEFAULT_PROFILE if there else "")


def config_path(env: Mapping[str, str]) -> Path:
    """Where the configuration file is."""
    if named := env.get("OAI_CONFIG"):
        return Path(named).expanduser()
    return place("config", env) / "config.toml"


def place(kind: str, env: Mapping[str, str]) -> Path:
    """The platform's folder for `config`, `state`, `data` or `cache`; `OAI_HOME` gathers all."""
    if home := env.get("OAI_HOME"):
        return Path(home).expanduser() / kind
    if sys.platform == "linux":
        return _xdg(kind, env)
    import platformdirs

    function = getattr(platformdirs, f"user_{kind}_path")
    return Path(function("oai", appauthor=False))


XDG = {
    "config": ("XDG_CONFIG_HOME", "~/.config"),
    "state": ("XDG_STATE_HOME", "~/.local/state"),
    "data": ("XDG_DATA_HOME", "~/.local/share"),
    "cache": ("XDG_CACHE_HOME", "~/.cache"),
}


def _xdg(kind: str, env: Mapping[str, str]) -> Path:
    """What platformdirs says on Linux, without the 20 ms it takes to import."""
    variable, usual = XDG[kind]
    named = env.get(variable, "").strip()
    return (Path(named) if named.startswith("/") else Path(usual).expanduser()) / "oai"


def load(env: Mapping[str, str]) -> Config:
    """Read and check the file. Raises UsageError with file and line."""
    path = config_path(env)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Config(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from None
    raw = parse(path, text)
    for keys, problem in problems(raw):
        fail(path, text, keys[:-1], keys[-1], problem)
    return Config(
        path,
        True,
        raw.get("default_profile", ""),
        raw.get("profiles", {}),
        raw.get("defaults", {}),
        raw.get("aliases", {}),
        raw.get("prices", {}),
    )


def parse(path: Path, text: str) -> dict[str, Any]:
    """The file's text as TOML. Raises UsageError with its line."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}", "`oai config edit` opens the file") from None


Problem = tuple[tuple[str, ...], str]
"""Where something is wrong, and the complaint."""


def problems(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """All that the quick checks find, in the order of the file."""
    for key, value in raw.items():
        if key not in TOP:
            yield (key,), unknown(key, TOP)
        elif key == "default_profile":
            if not isinstance(value, str):
                yield (key,), "wants a profile's name"
        elif not isinstance(value, dict):
            yield (key,), f"wants tables: {TABLES[key]}"
        elif key in TABLE_KEYS:
            yield from _table_problems(key, value)
        elif key == "aliases":
            yield from (((key, name), bad) for name, text in value.items() if (bad := _text(text)))
        else:
            yield from _default_problems((key,), value)


TABLES = {
    "profiles": "[profiles.NAME]",
    "defaults": "[defaults.COMMAND]",
    "aliases": "[aliases]",
    "prices": "[prices.MODEL]",
}
TABLE_KEYS = {"profiles": SCHEMA, "prices": PRICES}
"""Tables of tables, and the keys that the inner ones may have."""


def _table_problems(top: str, tables: Mapping[str, Any]) -> Iterator[Problem]:
    schema = TABLE_KEYS[top]
    for name, table in tables.items():
        if not isinstance(table, dict):
            yield (top, name), f"wants a table: {TABLES[top]}"
            continue
        for key, value in table.items():
            check = schema.get(key)
            if problem := check(value) if check else unknown(key, tuple(schema)):
                yield (top, name, key), problem


def _default_problems(keys: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[Problem]:
    """Below `defaults` stand tables named as the commands; what is in them is for the engine."""
    for name, value in table.items():
        if not isinstance(value, dict):
            yield (*keys, name), "stands in no command: [defaults.COMMAND]"


def unknown(key: str, known: tuple[str, ...]) -> str:
    """The complaint about a key that is none, with the nearest that is."""
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1)
    return "is not a key oai knows" + (f"; did you mean {near[0]}?" if near else "")


def fail(path: Path, text: str, section: str | Sequence[str], key: str, problem: str) -> None:
    """Raise UsageError about a key, with the file and the line where it stands."""
    above = section.split(".") if isinstance(section, str) else section
    line = line_of(text, [name for name in (*above, key) if name])
    raise UsageError(f"{path}:{line}: {key} {problem}")
