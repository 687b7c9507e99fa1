"""Where keys come from, and that they never come out again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from openai_cli.core.errors import OaiError
from openai_cli.core.keys import GivenKey, KeySource, KeyUnreadable, masked

from .support.vault import Vault

SECRET = "sk-very-secret"


def test_nowhere() -> None:
    assert KeySource().read({}) == ""
    assert not KeySource()


def test_variable() -> None:
    assert KeySource("env", "K").read({"K": f" {SECRET}\n"}) == SECRET
    assert KeySource("env", "K").read({}) == ""


def test_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(SECRET + "\n")
    assert KeySource("file", str(path)).read({}) == SECRET


@pytest.mark.parametrize("as_text", [True, False])
def test_command(as_text: bool) -> None:
    words = [sys.executable, "-c", f"print('{SECRET}')"]
    import shlex

    source = KeySource("command", shlex.join(words) if as_text else words)
    assert source.read({}) == SECRET
    assert source.describe() == f"command {sys.executable}"


def test_a_command_is_not_given_to_a_shell(tmp_path: Path) -> None:
    source = KeySource("command", f"echo a;touch {tmp_path}/made")
    with pytest.raises(KeyUnreadable):
        source.read({"PATH": "/usr/bin:/bin"})
    assert not (tmp_path / "made").exists()


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(KeyUnreadable, match="No such file"):
        KeySource("file", str(tmp_path / "none")).read({})


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(KeyUnreadable, match="not a text file"):
        KeySource("file", str(path)).read({})


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit('locked')", "locked"),
        ("import sys; sys.exit(3)", "exit 3"),
        ("", "printed nothing"),
    ],
)
def test_a_command_that_fails(code: str, words: str) -> None:
    with pytest.raises(KeyUnreadable, match=words):
        KeySource("command", [sys.executable, "-c", code]).read({})


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(KeyUnreadable, match="could not be run"):
        KeySource("command", ["/no/such/program"]).read({})


def test_a_command_that_cannot_be_split() -> None:
    with pytest.raises(KeyUnreadable):
        KeySource("command", "pass 'open").read({})


@pytest.mark.parametrize("key", [f"{SECRET}\nb", f"{SECRET}é", f"a b {SECRET}", f"\x1b{SECRET}"])
def test_what_cannot_be_a_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(KeyUnreadable) as caught:
        KeySource("env", "K").read({"K": key})
    assert SECRET not in caught.value.message + caught.value.hint
    assert "variable K" in caught.value.message


def test_nothing_shows_the_key_but_reading_it() -> None:
    source = KeySource("env", "K")
    assert SECRET not in repr(source) + source.describe()


def test_keyring(vault: Vault) -> None:
    source = KeySource("keyring", "work:api_key")
    with pytest.raises(KeyUnreadable, match="no key for the profile work") as caught:
        source.read({})
    assert "oai auth login --profile work" in caught.value.hint
    vault.kept["oai", "work:api_key"] = SECRET
    assert source.read({}) == SECRET
    assert source.describe() == "the system keyring"
    vault.locked = "it is locked"
    with pytest.raises(OaiError, match="it is locked"):
        source.read({})


def test_without_a_keyring() -> None:
    with pytest.raises(OaiError, match="no keyring") as caught:
        KeySource("keyring", "work:api_key").read({})
    assert "api_key_env" in caught.value.hint


def test_a_command_runs_once_in_one_environment(tmp_path: Path) -> None:
    code = f"open(r'{tmp_path}/runs', 'a').write('x'); print('{SECRET}')"
    source = KeySource("command", [sys.executable, "-c", code])
    env = {"HERE": str(tmp_path)}
    assert [source.read(env), source.read(dict(env))] == [SECRET, SECRET]
    assert (tmp_path / "runs").read_text() == "x"
    source.read({**env, "OTHER": "1"})
    assert (tmp_path / "runs").read_text() == "xx"


def test_a_failing_command_is_asked_again(tmp_path: Path) -> None:
    code = f"import os, sys; os.path.exists(r'{tmp_path}/open') or sys.exit('locked'); print('k')"
    source = KeySource("command", [sys.executable, "-c", code])
    with pytest.raises(KeyUnreadable, match="locked"):
        source.read({})
    (tmp_path / "open").touch()
    assert source.read({}) == "k"


def test_what_was_typed_is_shown_by_nothing() -> None:
    source = GivenKey(f" {SECRET}\n")
    assert source.read({}) == SECRET
    assert SECRET not in repr(source) + source.describe()
    with pytest.raises(KeyUnreadable):
        GivenKey("two words")


@pytest.mark.parametrize(
    ("key", "shown"), [("sk-proj-0123456789abcd", "…abcd"), ("sk-test", "…"), ("", "…")]
)
def test_masked(key: str, shown: str) -> None:
    assert masked(key) == shown
