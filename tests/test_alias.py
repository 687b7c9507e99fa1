"""`oai alias`: command lines with a short name, which never hide a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from openai_cli.engine import tree

from .support.cli import oai

Write = Callable[[str], Path]


@pytest.mark.parametrize(
    ("command", "given", "shown"),
    [
        ("models retrieve $1", ["m"], "models/m"),
        ("models retrieve", ["m"], "models/m"),
        ("models retrieve --organization '$2' $1", ["a", "b c"], "models/a"),
        ("models retrieve $1", ["a b $2 \"'"], "models/a%20b%20$2%20%22'"),
        ("models retrieve $@", ["m"], "models/m"),
        ("models retrieve 'x $@'", ["a", "b"], "models/x%20a%20b"),
        ("models retrieve '$$1'", [], "models/$1"),
        ("models get $1", ["m"], "models/m"),
    ],
)
def test_expansion(command: str, given: list[str], shown: str) -> None:
    oai("alias", "set", "mine", command).ok()
    done = oai("mine", *given, "--dry-run") if "$@" not in command else None
    done = done or oai("--dry-run", "mine", *given)
    assert done.ok().json["url"].endswith(f"/v1/{shown}")


def test_global_options_stand_before_and_behind() -> None:
    oai("alias", "set", "few", "files list --limit $1").ok()
    found = oai("--organization", "org-1", "few", "3", "--dry-run", "-H", "X-A: b").ok().json
    assert found["url"].endswith("limit=3")
    assert (found["headers"]["OpenAI-Organization"], found["headers"]["X-A"]) == ("org-1", "b")


def test_too_few_words() -> None:
    oai("alias", "set", "both", "files list --after $2 --limit $1").ok()
    done = oai("both", "3")
    assert (done.code, "wants 2 words" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "command", "complaint"),
    [
        ("files", "models list", "has the name of a command"),
        ("vector_stores", "models list", "has the name of a command"),
        ("config", "models list", "has the name of a command"),
        ("version", "models list", "has the name of a command"),
        ("-x", "models list", "not one plain word"),
        ("two words", "models list", "not one plain word"),
        ("x", "nowhere list", "no command of oai"),
        ("x", "", "words"),
        ("x", "models 'list", "words"),
        ("x", "--sandbox models list", "begins with an option"),
        ("x", "x", "another alias"),
        ("x", "there", "another alias"),
    ],
)
def test_what_cannot_be_an_alias(
    write_config: Write, name: str, command: str, complaint: str
) -> None:
    path = write_config('[aliases]\nthere = "models list"\n')
    done = oai("alias", "set", "--", name, command)
    assert done.code == 2
    assert complaint in done.stderr
    assert path.read_text() == '[aliases]\nthere = "models list"\n'


def test_aliases_do_not_lead_to_aliases(write_config: Write) -> None:
    write_config('[aliases]\na = "b"\nb = "a"\n')
    done = oai("a")
    assert (done.code, "stands for another alias" in done.stderr) == (2, True)


def test_a_command_of_the_same_name_wins_and_says_so(write_config: Write) -> None:
    write_config('[aliases]\nmodels = "files list"\n')
    done = oai("models", "list", "--dry-run").ok()
    assert done.json["url"].endswith("/models")
    assert "warning: your alias 'models' is hidden" in done.stderr
    assert "warning" not in oai("files", "list", "--dry-run").ok().stderr
    oai("alias", "delete", "models").ok()
    assert "warning" not in oai("models", "list", "--dry-run").ok().stderr


def test_list_and_delete() -> None:
    oai("alias", "set", "m", "models list").ok()
    changed = oai("alias", "set", "m", "models list --max-items 1").ok()
    assert "it was: models list" in changed.stderr
    assert oai("alias", "list").ok().json == [{"name": "m", "command": "models list --max-items 1"}]
    assert "did you mean m?" in oai("alias", "delete", "mm").stderr
    oai("alias", "delete", "m").ok()
    assert oai("alias", "list").ok().json == []
    assert oai("m").code == 2


def test_from_stdin() -> None:
    oai("alias", "set", "m", "-", stdin="models list\n").ok()
    assert oai("alias", "list").ok().json[0]["command"] == "models list"


def test_help_lists_them(write_config: Write) -> None:
    write_config('[aliases]\nmm = "models list --max-items $1"\n')
    page = oai("--help").ok().stdout
    assert "YOUR ALIASES\n  mm  models list --max-items $1\n" in page
    assert "oai models list" in oai("mm", "3", "--help").ok().stdout
    write_config("= broken")
    assert "YOUR ALIASES" not in oai("--help").ok().stdout


def test_suggestions_know_them(write_config: Write) -> None:
    write_config('[aliases]\nsummarize = "models list"\n')
    assert "`oai summarize`" in oai("sumarize").stderr


def test_a_command_never_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that is a command is found without looking at aliases."""
    from openai_cli.engine import aliases

    monkeypatch.setattr(aliases, "expand", lambda *_: pytest.fail("aliases were read"))
    oai("models", "list", "--dry-run").ok()
    with pytest.raises(pytest.fail.Exception):
        oai("modles")
    assert tree.ALIASES["get"] == "retrieve", "not to be confused with the hidden other names"
