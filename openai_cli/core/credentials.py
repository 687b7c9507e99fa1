"""Which key goes where, and when none may go."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlsplit

from .errors import NoKeyError, UsageError
from .settings import Settings
from .wire import is_loopback

SANDBOX_KEY = "sk-sandbox"
REDACTED = "[redacted]"


class Credentials:
    """The keys of one command; each source is read once, when a request needs it."""

    def __init__(self, settings: Settings, env: Mapping[str, str]) -> None:
        self._settings = settings
        self._env = env

    @cached_property
    def _api_key(self) -> str:
        return self._settings.api_key.read(self._env)

    @cached_property
    def _admin_key(self) -> str:
        return self._settings.admin_key.read(self._env)

    @cached_property
    def _azure_token(self) -> str:
        return self._settings.azure_token.read(self._env)

    def headers(self, auth: str) -> dict[str, str]:
        """The header that carries the key, if any is to be sent; none for the kind `none`.

        Raises NoKeyError.
        """
        settings = self._settings
        if auth == "none":
            return {}
        if any(name.lower() in ("authorization", "api-key") for name in settings.headers):
            return {}
        if settings.azure_endpoint and not settings.sandbox:
            if self._azure_token:
                return {"Authorization": f"Bearer {self._azure_token}"}
            if self._api_key:
                return {"api-key": self._api_key}
            raise NoKeyError("no Azure key", "set AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN")
        key = self._admin_key if auth == "admin" else self._api_key
        if not key and settings.sandbox:
            key = SANDBOX_KEY
        if key:
            return {"Authorization": f"Bearer {key}"}
        if settings.origin.get("base_url") == "profile":
            return {}
        raise self._missing(auth)

    def _missing(self, auth: str) -> NoKeyError:
        if auth == "admin":
            return NoKeyError(
                "no admin key: this command needs one",
                "`oai auth login --admin` keeps one; or set OPENAI_ADMIN_KEY, or a profile's "
                "admin_key_env, admin_key_command or admin_key_file",
            )
        return NoKeyError(
            "no API key",
            "`oai auth login` keeps one; or set OPENAI_API_KEY, or a profile's api_key_env, "
            "api_key_command or api_key_file; --sandbox needs none",
        )

    def redacted(self, auth: str) -> dict[str, str]:
        """The header with a placeholder for the key, whose source is not read."""
        settings = self._settings
        if any(name.lower() in ("authorization", "api-key") for name in settings.headers):
            return {}
        azure = settings.azure_endpoint and not settings.sandbox
        if azure and not settings.azure_token:
            return {"api-key": REDACTED}
        return {"Authorization": f"Bearer {REDACTED}"}

    def describe(self, auth: str) -> str:
        """Where the key for this kind of request comes from, for hints; never the key."""
        source = self._settings.admin_key if auth == "admin" else self._settings.api_key
        return f"it came from {source.describe()}" if source else "no key was sent"

    def check_channel(self, url: str, headers: Mapping[str, str]) -> None:
        """Refuse to send a key over plain http beyond this machine. Raises UsageError."""
        parts = urlsplit(url)
        if not any(name.lower() in ("authorization", "api-key") for name in headers):
            return
        if parts.scheme == "https" or is_loopback(parts.hostname or ""):
            return
        if self._settings.insecure_http or self._settings.sandbox:
            return
        host = parts.netloc.rpartition("@")[2]
        raise UsageError(
            f"{parts.scheme}://{host} is not encrypted, so no key is sent there",
            "use https, or set insecure_http = true in a profile for a server on your own network",
        )
