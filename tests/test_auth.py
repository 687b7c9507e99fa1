"""`oai auth`: keys are tried before they are kept, kept safely, shown to nobody, and forgotten."""

from __future__ import annotations

import os
import stat
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .support.cli import Outcome, oai, oai_terminal
from .support.server import Asked, Server, error, reply
from .support.vault import Vault

Write = Callable[[str], Path]

KEY = "sk-proj-abcdefghijklmnop"
OTHER = "sk-proj-qrstuvwxyz012345"
NONE = {"OPENAI_API_KEY": None, "OPENAI_ADMIN_KEY": None}
MODELS = {"object": "list", "data": []}


def config(home: Path) -> dict[str, Any]:
    """The configuration file of this test."""
    return tomllib.loads((home / "config" / "config.toml").read_text())


def login(*words: str, key: str = KEY, server: Server | None = None, **env: str) -> Outcome:
    """`oai auth login --with-token`, with no key in the environment."""
    return oai(
        "auth", "login", "--with-token", *words, stdin=f"{key}\n", server=server, env=NONE | env
    )


def keyed(*good: str) -> Callable[[Asked], Any]:
    """A server that knows these keys."""

    def answer(asked: Asked) -> Any:
        given = asked.headers.get("authorization", asked.headers.get("api-key", ""))
        if given.removeprefix("Bearer ") in good:
            return reply(MODELS, openai_organization="org-answered")
        return error(401, "Incorrect API key provided.", code="invalid_api_key")

    return answer


# -- login ----------------------------------------------------------------------------------------


def test_a_key_is_tried_and_kept_in_the_keyring(
    server: Server, vault: Vault, isolated: Path
) -> None:
    server.answer(reply(MODELS))
    done = login(server=server).ok()
    assert server.only.path == "/v1/models"
    assert server.only.headers["authorization"] == f"Bearer {KEY}"
    assert vault.kept == {("oai", "default:api_key"): KEY}
    assert config(isolated) == {"profiles": {"default": {"api_key_keyring": True}}}
    assert done.stdout == ""
    assert "…mnop works" in done.stderr
    assert KEY not in done.stderr
    assert KEY.encode() not in b"".join(
        path.read_bytes() for path in isolated.rglob("*") if path.is_file()
    )


def test_the_key_is_used_from_then_on(server: Server, vault: Vault) -> None:
    login("--no-check").ok()
    server.answer(reply(MODELS))
    oai("models", "list", server=server, env=NONE).ok()
    assert server.only.headers["authorization"] == f"Bearer {KEY}"


def test_a_refused_key_is_not_kept(server: Server, vault: Vault, isolated: Path) -> None:
    server.handler = keyed(KEY)
    done = login(key=OTHER, server=server)
    assert done.code == 4
    assert "Incorrect API key provided." in done.stderr
    assert OTHER not in done.stderr
    assert not vault.kept
    assert not (isolated / "config").exists()


def test_a_key_that_cannot_be_tried_is_not_kept(server: Server, vault: Vault) -> None:
    server.answer(error(500))
    done = login(server=server)
    assert (done.code, vault.kept) == (6, {})
    assert "could not be tried" in done.stderr
    done = login("--base-url", "http://127.0.0.1:9/v1")
    assert (done.code, vault.kept) == (7, {})


def test_a_key_that_may_not_list_models_is_a_key(server: Server, vault: Vault) -> None:
    server.answer(error(403, "Missing scopes: api.model.read"))
    assert "may not list models" in login(server=server).ok().stderr
    assert vault.kept


def test_a_key_is_not_sent_in_the_clear(vault: Vault) -> None:
    done = login("--base-url", "http://api.example/v1")
    assert "not encrypted" in done.stderr
    assert (done.code != 0, vault.kept) == (True, {})


def test_an_admin_key(server: Server, vault: Vault, isolated: Path) -> None:
    server.answer(reply(MODELS))
    login("--admin", key="sk-admin-abcdefgh", server=server).ok()
    assert server.only.path == "/v1/organization/projects"
    assert vault.kept == {("oai", "default:admin_key"): "sk-admin-abcdefgh"}
    assert config(isolated)["profiles"]["default"] == {"admin_key_keyring": True}


def test_an_admin_key_in_the_wrong_place(server: Server, vault: Vault) -> None:
    server.handler = keyed()
    assert "add --admin" in login(key="sk-admin-abcdefgh", server=server).stderr


def test_a_profile_is_made_and_keeps_whose_key_it_is(
    server: Server, vault: Vault, isolated: Path
) -> None:
    server.answer(reply(MODELS))
    words = ("--profile", "work", "--base-url", f"{server.url}/v1", "--organization", "org-1")
    done = login(*words).ok()
    assert server.only.headers["openai-organization"] == "org-1"
    assert config(isolated)["profiles"]["work"] == {
        "api_key_keyring": True,
        "base_url": f"{server.url}/v1",
        "organization": "org-1",
    }
    assert "oai profiles use work" in done.stderr


def test_the_key_goes_where_the_profile_says(
    server: Server, second_server: Server, vault: Vault, write_config: Write
) -> None:
    write_config(f'[profiles.work]\nbase_url = "{second_server.url}/v1"\n')
    second_server.answer(reply(MODELS))
    login("--profile", "work", server=server).ok()
    assert not server.requests


def test_another_source_gives_way(vault: Vault, write_config: Write, isolated: Path) -> None:
    write_config('# mine\n[profiles.default]\napi_key_env = "X"  # until now\nmodel = "m"\n')
    done = login("--no-check").ok()
    assert config(isolated)["profiles"]["default"] == {"api_key_keyring": True, "model": "m"}
    assert "api_key_env" in done.stderr


def test_the_environment_goes_before_and_this_is_said(vault: Vault) -> None:
    done = login("--no-check", OPENAI_API_KEY=OTHER).ok()
    assert "OPENAI_API_KEY is set and goes before it" in done.stderr


@pytest.mark.parametrize("key", ["", "  ", "two\nlines", "ümlaut"])
def test_what_is_no_key(key: str, vault: Vault) -> None:
    done = login("--no-check", key=key)
    assert (done.code, vault.kept) == (2, {})
    assert not key.strip() or key not in done.stderr


def test_nobody_is_asked_without_a_terminal(vault: Vault) -> None:
    done = oai("auth", "login", stdin=KEY, env=NONE)
    assert (done.code, "--with-token" in done.stderr) == (2, True)
    done = oai("auth", "login", "--no-input", env=NONE, terminals=(True, True, True))
    assert done.code == 2


def test_a_strange_profile_name(vault: Vault) -> None:
    assert login("--no-check", "--profile", "../x").code == 2


def test_a_locked_keyring_is_no_reason_for_a_file(vault: Vault, isolated: Path) -> None:
    vault.locked = "Prompt dismissed."
    done = login("--no-check")
    assert done.code == 1
    assert "Prompt dismissed." in done.stderr
    assert not (isolated / "data").exists()


# -- without a keyring ----------------------------------------------------------------------------


def test_nothing_is_kept_in_the_open_unasked(isolated: Path) -> None:
    done = login("--no-check")
    assert (done.code, "--insecure-storage" in done.stderr) == (2, True)
    assert not (isolated / "data").exists()
    assert not (isolated / "config" / "config.toml").exists()
    assert login("--no-check", "--yes").code == 2, "this yes was for other questions"


def test_a_file_where_it_was_agreed_to(isolated: Path, server: Server) -> None:
    done = login("--no-check", "--insecure-storage", "--quiet").ok()
    assert "unencrypted" in done.stderr, "never silently"
    (path,) = (isolated / "data" / "keys").iterdir()
    assert path.read_text() == f"{KEY}\n"
    assert config(isolated) == {"profiles": {"default": {"api_key_file": str(path)}}}
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    server.answer(reply(MODELS))
    oai("models", "list", server=server, env=NONE).ok()
    assert server.only.headers["authorization"] == f"Bearer {KEY}"


def test_the_keyring_takes_over_from_the_file(isolated: Path, vault: Vault) -> None:
    login("--no-check", "--insecure-storage").ok()
    assert not vault.kept
    login("--no-check", key=OTHER).ok()
    assert list((isolated / "data" / "keys").iterdir()) == []
    assert vault.kept == {("oai", "default:api_key"): OTHER}


def test_a_file_where_the_keyring_has_gone(isolated: Path, write_config: Write) -> None:
    write_config("[profiles.default]\napi_key_keyring = true\n")
    login("--no-check", "--insecure-storage").ok()
    assert list(config(isolated)["profiles"]["default"]) == ["api_key_file"]


TERMINAL = NONE | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def test_on_a_terminal_the_key_is_not_shown(server: Server, isolated: Path) -> None:
    server.answer(reply(MODELS))
    answers = [("(it is not shown):", f"{KEY}\r"), ("[y/N]", "y\r")]
    screen = oai_terminal("auth", "login", env=TERMINAL, server=server, answers=answers)
    assert screen.code == 0, screen.text
    assert KEY not in screen.raw
    assert "no keyring" in screen.text
    assert "api_key_file" in config(isolated)["profiles"]["default"]


def test_on_a_terminal_no_means_no(server: Server, isolated: Path) -> None:
    server.answer(reply(MODELS))
    answers = [("(it is not shown):", f"{KEY}\r"), ("[y/N]", "n\r")]
    screen = oai_terminal("auth", "login", env=TERMINAL, server=server, answers=answers)
    assert screen.code == 2
    assert not (isolated / "data").exists()


# -- logout ---------------------------------------------------------------------------------------


def test_logout_forgets_both_keys(vault: Vault, isolated: Path) -> None:
    login("--no-check").ok()
    login("--no-check", "--admin").ok()
    oai("auth", "logout", env=NONE).ok()
    assert (vault.kept, config(isolated)) == ({}, {"profiles": {"default": {}}})
    assert oai("auth", "logout", env=NONE).code == 1
    assert oai("models", "list", env=NONE).code == 4


def test_logout_of_the_admin_key_alone(vault: Vault) -> None:
    login("--no-check").ok()
    login("--no-check", "--admin").ok()
    oai("auth", "logout", "--admin", env=NONE).ok()
    assert list(vault.kept) == [("oai", "default:api_key")]


def test_logout_removes_the_file(isolated: Path) -> None:
    login("--no-check", "--insecure-storage").ok()
    oai("auth", "logout", env=NONE).ok()
    assert list((isolated / "data" / "keys").iterdir()) == []


def test_what_oai_does_not_keep_it_does_not_forget(write_config: Write, tmp_path: Path) -> None:
    mine = tmp_path / "key"
    mine.write_text(KEY)
    path = write_config(f'[profiles.default]\napi_key_file = "{mine}"\n')
    before = path.read_text()
    done = oai("auth", "logout")
    assert (done.code, str(mine) in done.stderr) == (1, True)
    assert (path.read_text(), mine.exists()) == (before, True)


# -- status ---------------------------------------------------------------------------------------


def rows(done: Outcome) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of `auth status` by profile and kind."""
    return {(row["profile"], row["kind"]): row for row in done.json}


def test_status_of_every_profile(
    server: Server, vault: Vault, write_config: Write, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(OTHER)
    printing = f"{sys.executable} -c \"print('{KEY}')\""
    write_config(
        f"""\
default_profile = "command"
[profiles.command]
api_key_command = '''{printing}'''
admin_key_env = "BOSS"
organization = "org-1"
project = "proj-1"
[profiles.file]
api_key_file = "{tmp_path}/key"
[profiles.ring]
api_key_keyring = true
[profiles.broken]
api_key_command = "{sys.executable} -c 'import sys; sys.exit(\\"locked\\")'"
"""
    )
    server.handler = keyed(KEY, "boss-key-123456")
    env = NONE | {"BOSS": "boss-key-123456"}
    done = oai("auth", "status", "-f", "json", server=server, env=env).ok()
    found = rows(done)
    assert [row["profile"] for row in done.json if row["in_use"]] == ["command", "command"]
    mine = found["command", "api_key"]
    assert (mine["key"], mine["works"], mine["organization"]) == ("…mnop", True, "org-1")
    assert mine["source"] == f"command {sys.executable}"
    assert mine["project"] == "proj-1"
    assert found["command", "admin_key"]["works"] is True
    other = found["file", "api_key"]
    assert (other["key"], other["works"]) == ("…2345", False)
    assert "Incorrect API key" in other["problem"]
    assert found["ring", "api_key"]["works"] is False
    assert found["ring", "api_key"]["source"] == "the system keyring"
    assert "holds no key for the profile ring" in found["ring", "api_key"]["problem"]
    assert "locked" in found["broken", "api_key"]["problem"]
    assert KEY not in done.stdout + done.stderr
    assert OTHER not in done.stdout + done.stderr


def test_status_learns_the_organization_from_the_answer(server: Server) -> None:
    server.handler = keyed("sk-test")
    env = {"OPENAI_ADMIN_KEY": None}
    (row,) = oai("auth", "status", "-f", "json", server=server, env=env).ok().json
    assert row["organization"] == "org-answered"


@pytest.mark.parametrize(
    ("env", "code"),
    [({}, 4), ({"OPENAI_API_KEY": None}, 4), ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, 7)],
)
def test_status_fails_with_the_key_in_use(
    server: Server, env: dict[str, str | None], code: int
) -> None:
    server.handler = keyed()
    env = {"OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_ADMIN_KEY": None} | env
    done = oai("auth", "status", "-f", "json", env=env)
    assert done.code == code
    assert done.json[0]["works"] is (None if code == 7 else False)


def test_status_offline_asks_nobody(server: Server) -> None:
    found = oai("auth", "status", "--offline", "-f", "json", server=server).ok().json
    assert [row["works"] for row in found] == [None, None]
    assert not server.requests
    assert oai("auth", "status", "--offline", server=server, env=NONE).code == 4


def test_options_for_one_profile_do_not_reach_the_others(
    server: Server, second_server: Server, write_config: Write
) -> None:
    """--base-url is meant for the profile in use; no other profile's key may go there."""
    write_config(
        f'[profiles.a]\nbase_url = "{second_server.url}/v1"\napi_key_env = "A"\n'
        '[profiles.b]\napi_key_env = "B"\n'
    )
    server.handler = keyed("key-of-b-123")
    second_server.handler = keyed("key-of-a-123")
    env = NONE | {"A": "key-of-a-123", "B": "key-of-b-123"}
    words = ("--profile", "b", "--base-url", f"{server.url}/v1")
    found = rows(oai("auth", "status", *words, "-f", "json", env=env).ok())
    assert found["a", "api_key"]["works"] is True
    assert len(server.requests) == len(second_server.requests) == 1


def test_a_server_that_needs_no_key(server: Server, write_config: Write) -> None:
    write_config(f'default_profile = "home"\n[profiles.home]\nbase_url = "{server.url}/v1"\n')
    server.answer(reply(MODELS))
    (row,) = oai("auth", "status", "-f", "json", env=NONE).ok().json
    assert (row["works"], row["key"], row["source"]) == (True, None, "none")


def test_a_command_runs_once(server: Server, write_config: Write, tmp_path: Path) -> None:
    script = tmp_path / "key.py"
    script.write_text(f"open(r'{tmp_path}/runs', 'a').write('x'); print('{KEY}')")
    write_config(f'[profiles.default]\napi_key_command = ["{sys.executable}", "{script}"]\n')
    server.handler = keyed(KEY)
    oai("auth", "status", server=server, env=NONE).ok()
    assert (tmp_path / "runs").read_text() == "x"


# -- Azure ----------------------------------------------------------------------------------------

AZURE = """\
default_profile = "az"
[profiles.az]
azure_endpoint = "{url}"
azure_api_version = "2025-03-01"
azure_deployment = "gpt"
"""


def test_azure_with_a_key(server: Server, write_config: Write, vault: Vault) -> None:
    write_config(AZURE.format(url=server.url))
    server.handler = keyed(KEY)
    login().ok()
    env = NONE | {"AZURE_OPENAI_API_KEY": OTHER}
    (row,) = oai("auth", "status", "-f", "json", env=env).ok().json
    assert (row["works"], row["base_url"], row["key"]) == (True, server.url, "…mnop")
    assert server.requests[-1].target == "/openai/models?api-version=2025-03-01"
    assert server.requests[-1].headers["api-key"] == KEY


def test_azure_with_an_entra_token(server: Server, write_config: Write) -> None:
    printing = f"{sys.executable} -c \"print('{KEY}')\""
    write_config(AZURE.format(url=server.url) + f"azure_token_command = '''{printing}'''\n")
    server.handler = keyed(KEY)
    (row,) = oai("auth", "status", "-f", "json", env=NONE).ok().json
    assert (row["kind"], row["works"]) == ("azure_token", True)
    assert server.only.headers["authorization"] == f"Bearer {KEY}"


def test_azure_with_a_token_from_the_environment(server: Server, write_config: Write) -> None:
    write_config(AZURE.format(url=server.url))
    server.handler = keyed(KEY)
    env = NONE | {"AZURE_OPENAI_AD_TOKEN": KEY}
    (row,) = oai("auth", "status", "-f", "json", env=env).ok().json
    assert (row["kind"], row["works"]) == ("azure_token", True)


def test_azure_without_a_key(server: Server, write_config: Write) -> None:
    write_config(AZURE.format(url=server.url))
    assert oai("auth", "status", env=NONE).code == 4
    assert not server.requests


# -- token ----------------------------------------------------------------------------------------


def test_token(vault: Vault) -> None:
    login("--no-check", "--profile", "work").ok()
    done = oai("auth", "token", "--profile", "work").ok()
    assert (done.stdout, done.stderr) == (f"{KEY}\n", "")
    assert oai("auth", "token").ok().stdout == "sk-test\n"
    assert oai("auth", "token", "--admin").ok().stdout == "sk-admin-test\n"


def test_token_on_a_terminal_warns() -> None:
    done = oai("auth", "token", terminals=(True, True, True)).ok()
    assert "this is a secret" in done.stderr


def test_no_token() -> None:
    assert oai("auth", "token", env=NONE).code == 4
