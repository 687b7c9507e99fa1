"""Fixtures that every test may use; see `tests.support` for what they give."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from openai_cli.core import retry

from .support import cli
from .support.realtime import room  # noqa: F401
from .support.release import built, installed  # noqa: F401
from .support.server import Server
from .support.sound import sound  # noqa: F401
from .support.talker import talker  # noqa: F401
from .support.talks import library, path, store  # noqa: F401
from .support.vault import Vault

settings.register_profile(
    "oai",
    deadline=None,
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("oai")

LEAKS = ("OPENAI_", "OAI_", "AZURE_", "SSL_CERT_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a quiet machine, because it listens to real sound."""
    for item in items:
        if "sound" in getattr(item, "fixturenames", ()):
            item.add_marker("heard")


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and nothing of the person's environment."""
    for name in list(os.environ):
        if name.startswith(LEAKS) or name.lower() in PROXIES or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setattr(cli, "home", home)
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture
def server() -> Iterator[Server]:
    """A server for this test; at the end every answer must have been asked for."""
    made = Server()
    yield made
    made.close()
    made.check()


@pytest.fixture
def second_server() -> Iterator[Server]:
    """Another origin."""
    made = Server()
    yield made
    made.close()
    made.check()


@pytest.fixture(autouse=True)
def no_vault(request: pytest.FixtureRequest) -> Iterator[None]:
    """No keyring, where a test does not bring one: never the person's own."""
    import keyring
    from keyring.backends import fail

    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    yield


@pytest.fixture
def vault(no_vault: None) -> Vault:
    """A keyring for this test."""
    import keyring

    made = Vault()
    keyring.set_keyring(made)
    return made


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once."""
    monkeypatch.setattr(retry, "FIRST_DELAY", 0.0)


@pytest.fixture
def write_config(isolated: Path) -> object:
    """Writes the configuration file of this test's home and gives its path."""

    def write(text: str) -> Path:
        file = isolated / "config" / "config.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return file

    return write
