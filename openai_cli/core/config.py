"""The configuration file: where it is, what may stand in it, and its profiles.

A TOML file at the platform's place (`OAI_CONFIG` names another). `default_profile` picks the
profile used when none is named; each `[profiles.NAME]` holds the keys of `SCHEMA`. What is unknown
or of the wrong type is reported with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..catalog.record import Record
from .errors import UsageError

Check = Callable[[Any], str]


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value else "wants a text"


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "wants true or false"


def _seconds(value: Any) -> str:
    good = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
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


FORMATS = ("auto", "text", "json", "jsonl", "yaml", "table", "csv", "raw")

SCHEMA: dict[str, Check] = {
    "base_url": _url,
    "api_key_env": _text,
    "api_key_command": _command,
    "api_key_file": _text,
    "admin_key_env": _text,
    "admin_key_command": _command,
    "admin_key_file": _text,
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
    "record": _flag,
    "azure_endpoint": _url,
    "azure_deployment": _text,
    "azure_api_version": _text,
    "azure_token_env": _text,
    "azure_token_command": _command,
}
"""The keys of a profile. `*_env` names a variable, `*_command` is run without a shell, `*_file` is
read; `timeout` is in seconds."""

TOP = ("default_profile", "profiles")


class Config(Record):
    """The file as read. `path` is where it is or would be."""

    path: Path
    exists: bool = False
    default_profile: str = ""
    profiles: dict[str, dict[str, Any]] = {}

    def profile(self, name: str) -> dict[str, Any]:
        """The named profile's values. Raises UsageError, naming the profiles there are."""
        if name in self.profiles:
            return self.profiles[name]
        known = ", ".join(sorted(self.profiles)) or "none yet"
        raise UsageError(f"there is no profile {name!r} in {self.path}", f"profiles there: {known}")


def config_path(env: Mapping[str, str]) -> Path:
    """Where the configuration file is."""
    if named := env.get("OAI_CONFIG"):
        return Path(named).expanduser()
    return place("config", env) / "config.toml"


def place(kind: str, env: Mapping[str, str]) -> Path:
    """The platform's folder for `config`, `state`, `data` or `cache`; `OAI_HOME` gathers all."""
    if home := env.get("OAI_HOME"):
        return Path(home).expanduser() / kind
    import platformdirs

    function = getattr(platformdirs, f"user_{kind}_path")
    return Path(function("oai", appauthor=False))


def load(env: Mapping[str, str]) -> Config:
    """Read and check the file. Raises UsageError with file and line."""
    path = config_path(env)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Config(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from None
    import tomllib

    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}", "`oai config path` says which file is read") from None
    _check(path, text, raw)
    return Config(path, True, raw.get("default_profile", ""), raw.get("profiles", {}))


def _check(path: Path, text: str, raw: dict[str, Any]) -> None:
    for key in raw:
        if key not in TOP:
            fail(path, text, "", key, unknown(key, TOP))
    if not isinstance(raw.get("default_profile", ""), str):
        fail(path, text, "", "default_profile", "wants a profile's name")
    profiles = raw.get("profiles", {})
    if not isinstance(profiles, dict):
        fail(path, text, "", "profiles", "wants tables: [profiles.NAME]")
    for name, profile in profiles.items():
        section = f"profiles.{name}"
        if not isinstance(profile, dict):
            fail(path, text, "profiles", name, "wants a table: [profiles.NAME]")
        for key, value in profile.items():
            check = SCHEMA.get(key)
            problem = check(value) if check else unknown(key, tuple(SCHEMA))
            if problem:
                fail(path, text, section, key, problem)


def unknown(key: str, known: tuple[str, ...]) -> str:
    """The complaint about a key that is none, with the nearest that is."""
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1)
    return "is not a key oai knows" + (f"; did you mean {near[0]}?" if near else "")


def fail(path: Path, text: str, section: str, key: str, problem: str) -> None:
    """Raise UsageError about a key, with the file and the line where it stands."""
    raise UsageError(f"{path}:{_line(text, section, key)}: {key} {problem}")


def _line(text: str, section: str, key: str) -> int:
    """The line of `key` in `[section]`, as far as plain TOML shows it; else the section's."""
    current, at = "", 1
    bare = re.escape(key)
    section = re.sub(r"""["'\s]""", "", section)
    wanted = re.compile(rf"""\s*(?:{re.escape(section)}\.)?["']?{bare}["']?\s*[.=]""")
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"""\s*\[+\s*([^\]]+?)\s*\]""", line)
        if header:
            current = re.sub(r"""["'\s]""", "", header.group(1))
            if current in (section, f"{section}.{key}".lstrip(".")):
                at = number
                if current != section:
                    return number
        elif current == section and wanted.match(line):
            return number
    return at
