"""What is in force for one command: option > environment > profile > default, with its origin.

A profile that was named outright (`--profile`, `OAI_PROFILE`) speaks before the environment: it was
asked for. And a key goes only with its server: where the profile decides the base URL and brings a
key source of its own, `OPENAI_API_KEY` is not sent there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..catalog.record import Record
from . import config as config_module
from .config import Config
from .errors import UsageError
from .keys import HOW, KeySource
from .wire import is_web_address

DEFAULT_BASE_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-5.5"
DEFAULT_TIMEOUT = 600.0
CONNECT_TIMEOUT = 5.0
DEFAULT_RETRIES = 2

ENVIRONMENT = {
    "base_url": "OPENAI_BASE_URL",
    "organization": "OPENAI_ORG_ID",
    "project": "OPENAI_PROJECT_ID",
    "model": "OAI_MODEL",
    "format": "OAI_FORMAT",
    "headers": "OPENAI_CUSTOM_HEADERS",
    "timeout": "OAI_TIMEOUT",
    "max_retries": "OAI_MAX_RETRIES",
    "sandbox": "OAI_SANDBOX",
    "remember_ids": "OAI_REMEMBER_IDS",
    "azure_endpoint": "AZURE_OPENAI_ENDPOINT",
    "azure_api_version": "OPENAI_API_VERSION",
}
DEFAULTS: dict[str, Any] = {
    "base_url": DEFAULT_BASE_URL,
    "model": DEFAULT_MODEL,
    "format": "auto",
    "timeout": DEFAULT_TIMEOUT,
    "max_retries": DEFAULT_RETRIES,
}
TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off", "")


class Settings(Record):
    """The values in force. `origin` tells where each came from, for `config list` and errors;
    `named` says that the profile was named outright."""

    profile: str = ""
    base_url: str = DEFAULT_BASE_URL
    model: str = DEFAULT_MODEL
    format: str = "auto"
    timeout: float = DEFAULT_TIMEOUT
    max_retries: int = DEFAULT_RETRIES
    organization: str = ""
    project: str = ""
    headers: dict[str, str] = {}
    insecure_http: bool = False
    proxy: str = ""
    ca_bundle: str = ""
    client_cert: str = ""
    client_key: str = ""
    sandbox: bool = False
    remember_ids: bool = True
    record: bool = False
    azure_endpoint: str = ""
    azure_deployment: str = ""
    azure_api_version: str = ""
    api_key: KeySource = KeySource()
    admin_key: KeySource = KeySource()
    azure_token: KeySource = KeySource()
    webhook_secret: KeySource = KeySource()
    origin: dict[str, str] = {}
    named: bool = False

    def asked(self, key: str) -> bool:
        """Whether a value was asked for: by an option, the environment or a profile named outright;
        not by a profile that is simply there, or by nobody."""
        place = self.origin.get(key, "default")
        return place != "default" and (place != "profile" or self.named)


def resolve(config: Config, env: Mapping[str, str], options: Mapping[str, Any]) -> Settings:
    """Settle every value. `options` are the global options that were given."""
    name, named = _profile_name(config, env, options)
    profile = config.profile(name) if name else {}
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for key in (*config_module.SCHEMA, "sandbox"):
        if key.endswith(tuple(f"_{how}" for how in HOW)):
            continue
        found = _lookup(key, options, env, profile, named)
        if found is not None:
            values[key], origin[key] = found
    if not _azure_speaks_first(origin, named):
        values.pop("azure_endpoint", None)
    values["base_url"] = values["base_url"].rstrip("/")
    values["headers"] = _merged_headers(options, env, profile)
    _refuse_incomplete(values, config)
    server = "azure_endpoint" if values.get("azure_endpoint") else "base_url"
    keys = _Keys(name or config_module.DEFAULT_PROFILE, profile, env)
    keys.own_server = named or origin.get(server) == "profile"
    own_key = keys.own_server and keys.own("api_key")
    return Settings(
        profile=name,
        origin=origin,
        named=named,
        api_key=keys.source("api_key", _key_variable(values)),
        admin_key=keys.source("admin_key", "OPENAI_ADMIN_KEY"),
        azure_token=keys.source("azure_token", "" if own_key else "AZURE_OPENAI_AD_TOKEN"),
        webhook_secret=keys.source("webhook_secret", "OPENAI_WEBHOOK_SECRET"),
        **values,
    )


def _profile_name(
    config: Config, env: Mapping[str, str], options: Mapping[str, Any]
) -> tuple[str, bool]:
    for name in (options.get("profile"), env.get("OAI_PROFILE")):
        if name:
            return str(name), True
    return config.start_profile, False


def _lookup(
    key: str,
    options: Mapping[str, Any],
    env: Mapping[str, str],
    profile: Mapping[str, Any],
    named: bool,
) -> tuple[Any, str] | None:
    if options.get(key) is not None:
        return options[key], "option"
    variable = ENVIRONMENT.get(key, "")
    from_env = (_parse(key, variable, env[variable]), variable) if env.get(variable) else None
    from_profile = (profile[key], "profile") if key in profile else None
    first, second = (from_profile, from_env) if named else (from_env, from_profile)
    if first or second:
        return first or second
    return (DEFAULTS[key], "default") if key in DEFAULTS else None


def _parse(key: str, variable: str, text: str) -> Any:
    try:
        if key == "timeout":
            return _positive(float(text))
        if key == "max_retries":
            return _count(text)
    except ValueError:
        raise UsageError(f"{variable} wants a number, not {text!r}") from None
    if key in ("sandbox", "remember_ids"):
        if text.lower() not in TRUE + FALSE:
            raise UsageError(f"{variable} wants 1 or 0, not {text!r}")
        return text.lower() in TRUE
    if key in ("base_url", "azure_endpoint") and not is_web_address(text):
        raise UsageError(f"{variable} wants an http:// or https:// address, not {text!r}")
    if key == "format" and text not in config_module.FORMATS:
        raise UsageError(f"{variable} wants one of {', '.join(config_module.FORMATS)}")
    return text


def _positive(number: float) -> float:
    if not 0 < number < float("inf"):
        raise ValueError(number)
    return number


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _merged_headers(
    options: Mapping[str, Any], env: Mapping[str, str], profile: Mapping[str, Any]
) -> dict[str, str]:
    lines = env.get("OPENAI_CUSTOM_HEADERS", "").splitlines()
    given = [parse_header(line) for line in (*lines, *options.get("header", ())) if line.strip()]
    return {**profile.get("headers", {}), **dict(given)}


def parse_header(line: str) -> tuple[str, str]:
    """`Name: value` as a pair. Raises UsageError for what cannot be a header."""
    name, colon, value = line.partition(":")
    name, value = name.strip(), value.strip()
    plain = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    if not colon or not plain or any(char in value for char in "\r\n\0"):
        raise UsageError(f"not a header: {line!r}", "write it as 'Name: value'")
    return name, value


def _refuse_incomplete(values: dict[str, Any], config: Config) -> None:
    if values.get("client_key") and not values.get("client_cert"):
        raise UsageError(f"{config.path}: client_key needs client_cert beside it")


def _azure_speaks_first(origin: Mapping[str, str], named: bool) -> bool:
    """Whether the Azure endpoint comes from a higher place than the base URL."""
    ladder = (
        ["default", "environment", "profile"] if named else ["default", "profile", "environment"]
    )

    def height(key: str) -> int:
        place = origin.get(key, "default")
        if place == "option":
            return len(ladder)
        return ladder.index(place if place in ladder else "environment")

    return height("azure_endpoint") > height("base_url")


def _key_variable(values: Mapping[str, Any]) -> str:
    return "AZURE_OPENAI_API_KEY" if values.get("azure_endpoint") else "OPENAI_API_KEY"


class _Keys:
    """Whose key goes where: a profile's own, or the one of the environment."""

    def __init__(self, name: str, profile: Mapping[str, Any], env: Mapping[str, str]) -> None:
        self._name = name
        self._profile = profile
        self._env = env
        self.own_server = False

    def own(self, kind: str) -> KeySource:
        """The profile's own source."""
        for how in HOW:
            setting = self._profile.get(f"{kind}_{how}")
            if setting:
                return KeySource(how, entry(self._name, kind) if how == "keyring" else setting)
        return KeySource()

    def source(self, kind: str, variable: str) -> KeySource:
        """The source in force; no variable means that none counts."""
        ours = self.own(kind)
        in_environment = bool(self._env.get(variable))
        if ours and (self.own_server or not in_environment):
            return ours
        return KeySource("env", variable) if in_environment else KeySource()


def entry(profile: str, kind: str) -> str:
    """What a profile's key is called in the keyring."""
    return f"{profile}:{kind}"
