"""`oai config`: what is in force, and changing the file from the command line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .support.cli import oai, oai_terminal

Write = Callable[[str], Path]

FILE = """\
# mine
default_profile = "work"

[profiles.work]
model = "work-model"
headers = { Authorization = "Bearer sk-secret", X-Team = "search" }

[aliases]
m = "models list"
"""


def content(path: Path) -> dict[str, Any]:
    """The file, read."""
    return tomllib.loads(path.read_text())


@pytest.mark.parametrize(
    ("words", "keys", "value"),
    [
        (["model", "gpt-5.5"], ("profiles", "work", "model"), "gpt-5.5"),
        (["profiles.new.timeout", "30"], ("profiles", "new", "timeout"), 30),
        (['profiles."a b".sandbox', "on"], ("profiles", "a b", "sandbox"), True),
        (
            ["profiles.work.api_key_command", "op", "read", "x"],
            ("profiles", "work", "api_key_command"),
            ["op", "read", "x"],
        ),
        (["headers.X-B", "2"], ("profiles", "work", "headers", "X-B"), "2"),
        (["default_profile", "default"], ("default_profile",), "default"),
        (["aliases.x", "files list"], ("aliases", "x"), "files list"),
        (["defaults.chat.create.temperature", "0.2"], ("defaults", "chat", "create"), None),
    ],
)
def test_set(write_config: Write, words: list[str], keys: tuple[str, ...], value: Any) -> None:
    path = write_config(FILE)
    oai("config", "set", *words).ok()
    found: Any = content(path)
    for key in keys:
        found = found[key]
    assert found == ({"temperature": 0.2} if value is None else value)
    assert path.read_text().startswith("# mine\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["modell", "x"], "did you mean model"),
        (["profiles.work.tmeout", "3"], "did you mean timeout"),
        (["timeout", "soon"], "wants a positive number"),
        (["profiles.work", "x"], "not a key of a profile"),
        (["default_profile", "nope"], "which is no profile"),
        (["default_profile", "a", "b"], "takes one value"),
        (["aliases.files", "models list"], "name of a command"),
        (["defaults.chat.create", "x"], "names no option"),
        (["defaults.files.model", "x"], "no command 'model'"),
        (["defaults.chat", "x"], "a group of commands"),
        (["defaults.chat.create.temprature", "1"], "did you mean temperature"),
        (["defaults.chat.create.temperature", "hot"], "wants a number"),
        (["defaults.files.create.file", "x.txt"], "there is no file"),
        (["defaults.models.list.wait", "on"], "nothing that can be waited for"),
        (["headers.X-B", "a\nb"], "not a header"),
    ],
)
def test_set_refuses(write_config: Write, words: list[str], complaint: str) -> None:
    path = write_config(FILE)
    done = oai("config", "set", *words)
    assert done.code == 2
    assert complaint in done.stderr
    assert path.read_text() == FILE


def test_a_file_cannot_be_a_default(write_config: Write, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("x")
    done = oai("config", "set", "defaults.files.create.file", str(path))
    assert (done.code, "cannot have a file" in done.stderr) == (2, True)


@pytest.mark.parametrize("key", ["api_key", "profiles.work.api_key", "profiles.work.token"])
def test_a_key_does_not_go_into_the_file(write_config: Write, key: str) -> None:
    path = write_config(FILE)
    done = oai("config", "set", key, "sk-typed-by-mistake")
    assert done.code == 2
    assert "oai auth login" in done.stderr
    assert "sk-typed-by-mistake" not in done.stderr + path.read_text()


def test_set_makes_the_file(isolated: Path) -> None:
    oai("config", "set", "model", "gpt-9").ok()
    path = isolated / "config" / "config.toml"
    assert content(path) == {"profiles": {"default": {"model": "gpt-9"}}}
    assert oai("config", "get", "model").ok().stdout == "gpt-9\n"


def test_get(write_config: Write) -> None:
    write_config(FILE)
    assert oai("config", "get", "model").ok().stdout == "work-model\n"
    assert oai("config", "get", "model", env={"OAI_MODEL": "e"}).ok().stdout == "e\n"
    assert oai("config", "get", "sandbox", "--sandbox").ok().stdout == "true\n"
    assert oai("config", "get", "aliases.m").ok().stdout == "models list\n"
    assert oai("config", "get", "default_profile").ok().stdout == "work\n"


def test_get_of_what_is_not_set(write_config: Write) -> None:
    write_config(FILE)
    assert oai("config", "get", "project").code == 1
    assert oai("config", "get", "profiles.nope.model").code == 1
    assert "did you mean model" in oai("config", "get", "modle").stderr


@pytest.mark.parametrize(
    "words", [["get", "profiles.work"], ["get", "headers"], ["show"], ["list"], ["show", "work"]]
)
def test_secret_headers_are_redacted(write_config: Write, words: list[str]) -> None:
    write_config(FILE)
    done = oai("config", *words).ok()
    assert "sk-secret" not in done.stdout
    assert "search" in done.stdout


def test_unset(write_config: Write) -> None:
    path = write_config(FILE)
    oai("config", "unset", "model").ok()
    oai("config", "unset", "aliases.m").ok()
    assert set(content(path)) == {"default_profile", "profiles"}
    assert "model" not in content(path)["profiles"]["work"]
    assert oai("config", "unset", "model").code == 1
    assert "oai profiles delete work" in oai("config", "unset", "profiles.work").stderr


def test_unset_repairs_a_broken_file(write_config: Write) -> None:
    path = write_config("[profiles.w]\nmodle = 'x'\n[nonsense]\na = 1\n")
    assert oai("models", "list", "--dry-run").code == 2
    oai("config", "unset", "profiles.w.modle").ok()
    oai("config", "unset", "nonsense").ok()
    assert content(path) == {"profiles": {"w": {}}}


def test_path_works_whatever_the_file_says(write_config: Write) -> None:
    path = write_config("= nonsense")
    assert oai("config", "path").ok().stdout == f"{path}\n"


# -- list -----------------------------------------------------------------------------------------


def listed(*words: str, **options: Any) -> dict[str, dict[str, Any]]:
    """`config list` by key."""
    return {row["key"]: row for row in oai("config", "list", *words, **options).ok().json}


def test_list_says_where_values_come_from(write_config: Write) -> None:
    path = write_config(FILE + "[defaults.chat.create]\nmodel = 'chatty'\n")
    found = listed("--origin", "--timeout", "3", env={"OAI_MAX_RETRIES": "1"})
    where = {key: (row["value"], row["origin"], row["source"]) for key, row in found.items()}
    assert where["timeout"] == (3, "option", "--timeout")
    assert where["max_retries"] == (1, "OAI_MAX_RETRIES", "OAI_MAX_RETRIES")
    assert where["model"] == ("work-model", "profile", f"{path}:5")
    assert where["profile"] == ("work", "default_profile", f"{path}:2")
    assert where["format"] == ("auto", "default", None)
    assert where["api_key"] == ("environment variable OPENAI_API_KEY", "env", "OPENAI_API_KEY")
    assert where["defaults.chat.create.model"] == ("chatty", "config", f"{path}:11")
    assert "source" not in listed()["model"]


# -- validate -------------------------------------------------------------------------------------


def test_validate_names_every_mistake(write_config: Write) -> None:
    path = write_config(
        """\
default_profile = "nope"
[profiles.w]
modle = "x"
timeout = 0
[defaults.chat.creat]
model = "x"
[defaults.chat.create]
model = 3
modl = "x"
[defaults.chat.completions.create]
model = "x"
[defaults.models.get]
format = "xml"
[aliases]
files = "models list"
loop = "loop"
lost = "nowhere"
empty = ""
"""
    )
    done = oai("config", "validate", "-f", "json")
    assert done.code == 2
    found = {(one["line"], one["key"].rpartition(".")[2]) for one in done.json["problems"]}
    assert found == {
        (1, "default_profile"),
        (3, "modle"),
        (4, "timeout"),
        (5, "creat"),
        (8, "model"),
        (9, "modl"),
        (10, "completions"),
        (12, "get"),
        (15, "files"),
        (16, "loop"),
        (17, "lost"),
        (18, "empty"),
    }
    assert f"{path}:" in done.error["message"]


def test_validate_of_a_good_file(write_config: Write) -> None:
    path = write_config(FILE)
    assert oai("config", "validate").ok().json == {
        "path": str(path),
        "valid": True,
        "problems": [],
    }


def test_validate_of_what_is_no_toml(write_config: Write) -> None:
    write_config("[profiles\n")
    done = oai("config", "validate", "-f", "json")
    assert (done.code, done.json["valid"]) == (2, False)
    assert "line 1" in done.json["problems"][0]["problem"]


# -- edit -----------------------------------------------------------------------------------------


def editor(folder: Path, *scripts: str) -> str:
    """An editor that does one thing the first time, another the second."""
    for number, script in enumerate(scripts, 1):
        (folder / f"do{number}").write_text(script)
    program = folder / "editor.sh"
    program.write_text(
        f"n=$(cat {folder}/count 2>/dev/null || echo 1)\necho $((n + 1)) >{folder}/count\n"
        f". {folder}/do$n\n"
    )
    return f"sh {program}"


def edited(env: dict[str, str], *answers: tuple[str, str]) -> Any:
    """`oai config edit` on a terminal."""
    return oai_terminal("config", "edit", env=env, answers=answers, columns=200)


def test_edit(write_config: Write, tmp_path: Path) -> None:
    path = write_config(FILE)
    screen = edited({"EDITOR": editor(tmp_path, 'echo \'x = "files list"\' >>"$1"')})
    assert screen.code == 0, screen.text
    assert content(path)["aliases"] == {"m": "models list", "x": "files list"}
    assert sorted(one.name for one in path.parent.glob(".config*.edit*")) == []


def test_a_wrong_edit_can_be_corrected(write_config: Write, tmp_path: Path) -> None:
    path = write_config(FILE)
    command = editor(tmp_path, 'echo "x = 3" >>"$1"', 'sed -i \'s/^x = 3/x = "files list"/\' "$1"')
    screen = edited({"EDITOR": command}, ("Edit again? [y/N]", "y\r"))
    assert screen.code == 0, screen.text
    assert content(path)["aliases"]["x"] == "files list"


def test_a_wrong_edit_is_not_taken_over(write_config: Write, tmp_path: Path) -> None:
    path = write_config(FILE)
    command = editor(tmp_path, 'echo "x = 3" >>"$1"')
    screen = edited({"EDITOR": command}, ("Edit again? [y/N]", "n\r"))
    assert screen.code == 2
    assert path.read_text() == FILE
    draft = path.with_name(".config.toml.edit.toml")
    assert draft.read_text() == FILE + "x = 3\n"
    assert str(draft) in screen.text.replace("\n", "")


def test_a_first_edit_starts_with_an_outline(isolated: Path, tmp_path: Path) -> None:
    screen = edited({"EDITOR": editor(tmp_path, "true")})
    assert screen.code == 0
    assert "nothing has changed" in screen.text
    assert not (isolated / "config" / "config.toml").exists()


def test_edit_needs_a_terminal() -> None:
    assert "needs a terminal" in oai("config", "edit", env={"EDITOR": "true"}).stderr
    assert oai("config", "edit", "--no-input").code == 2
