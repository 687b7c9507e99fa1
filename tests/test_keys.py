"""Where keys come from, and that they never come out again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from openai_cli.core.keys import KeySource, KeyUnreadable

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
