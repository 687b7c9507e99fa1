"""`oai profiles`: accounts and servers by name."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .support.cli import oai, oai_terminal
from .support.server import Server, reply
from .support.vault import Vault

Write = Callable[[str], Path]


def config(home: Path) -> dict[str, Any]:
    """The configuration file of this test."""
    return tomllib.loads((home / "config" / "config.toml").read_text())


def test_create_use_show(isolated: Path) -> None:
    words = ("--organization", "org-1", "--timeout", "30", "--base-url", "https://w.example/v1")
    oai("profiles", "create", "work", "model=gpt-9", "sandbox=no", *words).ok()
    oai("profiles", "create", "bare").ok()
    assert config(isolated)["profiles"] == {
        "work": {
            "base_url": "https://w.example/v1",
            "organization": "org-1",
            "timeout": 30,
            "model": "gpt-9",
            "sandbox": False,
        },
        "bare": {},
    }
    oai("profiles", "use", "work").ok()
    shown = oai("profiles", "show").ok().json
    assert (shown["name"], shown["in_use"], shown["model"]) == ("work", True, "gpt-9")
    assert oai("config", "get", "model").ok().stdout == "gpt-9\n"


def test_create_and_use_at_once(isolated: Path) -> None:
    oai("profiles", "create", "work", "--use").ok()
    assert config(isolated) == {"default_profile": "work", "profiles": {"work": {}}}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["there"], "already"),
        (["../x"], "cannot be a profile's name"),
        (["new", "modell=x"], "did you mean model"),
        (["new", "model"], "is not KEY=VALUE"),
        (["new", "timeout=soon"], "wants a positive number"),
        (["new", "api_key=sk-oops"], "secrets do not stand"),
    ],
)
def test_create_refuses(write_config: Write, words: list[str], complaint: str) -> None:
    path = write_config("[profiles.there]\n")
    done = oai("profiles", "create", *words)
    assert (done.code, complaint in done.stderr) == (2, True), done.stderr
    assert "sk-oops" not in done.stderr
    assert path.read_text() == "[profiles.there]\n"


def test_list(write_config: Write) -> None:
    write_config(
        """\
default_profile = "work"
[profiles.work]
api_key_command = "no-such-program --secret-id 7"
model = "m"
[profiles.az]
azure_endpoint = "https://user:word@az.example"
azure_deployment = "d"
api_key_env = "AZ"
"""
    )
    done = oai("profiles", "list", env={"OPENAI_API_KEY": None}).ok()
    found = {row["name"]: row for row in done.json}
    assert [name for name, row in found.items() if row["in_use"]] == ["work"]
    assert found["work"]["api_key"] == "command no-such-program"
    assert (found["az"]["base_url"], found["az"]["model"]) == (
        "https://[redacted]@az.example",
        "d",
    )
    used = oai("profiles", "list", "--profile", "az").ok().json
    assert [row["name"] for row in used if row["in_use"]] == ["az"]


def test_the_default_profile_needs_no_table() -> None:
    (row,) = oai("profiles", "list").ok().json
    assert (row["name"], row["in_use"]) == ("default", True)
    assert oai("profiles", "show").ok().json == {"name": "default", "in_use": True}
    oai("models", "list", "--profile", "default", "--dry-run").ok()
    oai("profiles", "use", "default").ok()


def test_a_default_profile_with_a_table_is_used(server: Server, write_config: Write) -> None:
    write_config(f'[profiles.default]\nbase_url = "{server.url}/v1"\norganization = "org-d"\n')
    server.answer(reply({"object": "list", "data": []}))
    oai("models", "list").ok()
    assert server.only.headers["openai-organization"] == "org-d"


def test_use_of_an_unknown_one(write_config: Write) -> None:
    path = write_config("[profiles.there]\n")
    done = oai("profiles", "use", "ther")
    assert (done.code, "there" in done.stderr) == (2, True)
    assert path.read_text() == "[profiles.there]\n"
    env = {"OAI_PROFILE": "there"}
    assert "OAI_PROFILE" in oai("profiles", "use", "default", env=env).ok().stderr


def test_delete_takes_the_keys_along(vault: Vault, isolated: Path) -> None:
    words = ("auth", "login", "--profile", "work", "--with-token", "--no-check")
    oai(*words, stdin="sk-abcdefghijkl").ok()
    oai("profiles", "create", "other").ok()
    oai("profiles", "use", "work").ok()
    assert vault.kept
    done = oai("profiles", "delete", "work").ok()
    assert "was the profile in use" in done.stderr
    assert (vault.kept, config(isolated)) == ({}, {"profiles": {"other": {}}})
    assert oai("profiles", "delete", "work").code == 2
    assert oai("profiles", "delete", "default").code == 2


@pytest.mark.parametrize(("answer", "there"), [("n\r", True), ("y\r", False)])
def test_delete_asks_on_a_terminal(write_config: Write, answer: str, there: bool) -> None:
    path = write_config("[profiles.work]\n[profiles.other]\n")
    screen = oai_terminal("profiles", "delete", "work", answers=[("[y/N]", answer)])
    assert screen.code == (1 if there else 0)
    assert ("work" in path.read_text()) is there


def test_delete_goes_on_where_the_keyring_is_locked(vault: Vault, write_config: Write) -> None:
    path = write_config("[profiles.work]\napi_key_keyring = true\n[profiles.other]\n")
    vault.locked = "it is locked"
    done = oai("profiles", "delete", "work").ok()
    assert "it is locked; the key stays there" in done.stderr
    assert "work" not in path.read_text()
