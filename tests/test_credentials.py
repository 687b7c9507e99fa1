"""Which key goes where, and when none may go."""

from __future__ import annotations

from typing import Any

import pytest

from openai_cli.core.credentials import Credentials
from openai_cli.core.errors import NoKeyError, UsageError
from openai_cli.core.keys import KeySource
from openai_cli.core.settings import Settings

ENV = {"API": "sk-api", "ADMIN": "sk-admin", "TOKEN": "entra"}
API, ADMIN, TOKEN = (KeySource("env", name) for name in ENV)
BEARER = {"Authorization": "Bearer sk-api"}


def credentials(**values: Any) -> Credentials:
    """Credentials of these settings."""
    return Credentials(Settings(**values), ENV)


def test_each_kind_of_request_has_its_key() -> None:
    found = credentials(api_key=API, admin_key=ADMIN)
    assert found.headers("bearer") == BEARER
    assert found.headers("admin") == {"Authorization": "Bearer sk-admin"}


def test_the_api_key_never_stands_in_for_the_admin_key() -> None:
    with pytest.raises(NoKeyError, match="admin key"):
        credentials(api_key=API).headers("admin")


def test_no_key() -> None:
    with pytest.raises(NoKeyError, match="no API key") as caught:
        credentials().headers("bearer")
    assert "OPENAI_API_KEY" in caught.value.hint


def test_a_server_of_a_profile_may_want_none() -> None:
    found = credentials(base_url="http://localhost:1", origin={"base_url": "profile"})
    assert found.headers("bearer") == {}


@pytest.mark.parametrize("name", ["authorization", "Authorization", "API-Key"])
def test_a_header_of_the_user_takes_the_place_of_the_key(name: str) -> None:
    assert credentials(headers={name: "mine"}, api_key=API).headers("bearer") == {}


def test_the_sandbox_needs_no_key() -> None:
    assert credentials(sandbox=True).headers("bearer")["Authorization"].startswith("Bearer sk-")
    assert credentials(sandbox=True).headers("admin")


def test_azure() -> None:
    azure = {"azure_endpoint": "https://az.example"}
    assert credentials(**azure, api_key=API).headers("bearer") == {"api-key": "sk-api"}
    both = credentials(**azure, api_key=API, azure_token=TOKEN)
    assert both.headers("bearer") == {"Authorization": "Bearer entra"}
    with pytest.raises(NoKeyError, match="Azure"):
        credentials(**azure).headers("bearer")


@pytest.mark.parametrize(
    "url",
    ["https://x.example/v1", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:9/v1"],
)
def test_keys_may_go(url: str) -> None:
    credentials().check_channel(url, BEARER)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.openai.com/v1",
        "http://10.0.0.1",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0",
        "http://user@evil.example/localhost",
    ],
)
def test_keys_may_not_go(url: str) -> None:
    with pytest.raises(UsageError, match="not encrypted"):
        credentials().check_channel(url, BEARER)
    with pytest.raises(UsageError, match="not encrypted"):
        credentials().check_channel(url, {"API-KEY": "x"})
    credentials().check_channel(url, {"X-Team": "search"})
    credentials(insecure_http=True).check_channel(url, BEARER)


def test_nothing_is_read_to_describe_or_redact() -> None:
    source = KeySource("command", ["/no/such/program"])
    found = credentials(api_key=source)
    assert found.redacted("bearer") == {"Authorization": "Bearer [redacted]"}
    assert found.describe("bearer") == "it came from command /no/such/program"
    assert found.describe("admin") == "no key was sent"


def test_a_request_may_go_without_a_key() -> None:
    assert credentials(api_key=API).headers("none") == {}


def test_complaints_leave_out_what_stands_before_the_host() -> None:
    with pytest.raises(UsageError) as caught:
        credentials().check_channel("http://user:secret@far.example/v1", BEARER)
    assert "secret" not in caught.value.message
