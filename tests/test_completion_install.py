"""`oai completion install` and start-up files: asked before, exact, and undone to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.workflows import start_file

from .support.cli import oai, oai_terminal


@given(st.one_of(st.none(), st.binary(max_size=60), st.text(alphabet="a\n#> \r", max_size=20)))
def test_taking_lines_out_restores_every_byte(text: bytes | str | None) -> None:
    import tempfile

    before = text.encode() if isinstance(text, str) else text
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "deep" / "rc"
        if before is not None:
            file.parent.mkdir()
            file.write_bytes(before)
        start_file.add(file, "first")
        start_file.add(file, "one\ntwo")
        assert start_file.text_of(file) == "one\ntwo"
        assert (before or b"") in file.read_bytes()
        start_file.remove(file)
        assert (file.read_bytes() if file.exists() else None) == before
        assert not start_file.has(file)


def test_what_is_written_behind_the_lines_stays(tmp_path: Path) -> None:
    file = tmp_path / "rc"
    start_file.add(file, "ours")
    with file.open("a") as stream:
        stream.write("theirs\n")
    start_file.remove(file)
    assert file.read_text() == "theirs\n"


@pytest.mark.parametrize("options", [[], ["--no-input"]])
def test_nobody_is_not_asked(isolated: Path, options: list[str]) -> None:
    done = oai("completion", "install", "powershell", *options)
    assert done.code == 1
    assert "--yes" in done.stderr and "profile.ps1" in done.stderr
    assert not list(isolated.rglob("*.ps1")), "nothing was written"


@pytest.mark.parametrize(("typed", "done"), [("n\n", False), ("\n", False), ("y\n", True)])
def test_a_start_up_file_is_touched_after_a_yes(isolated: Path, typed: str, done: bool) -> None:
    screen = oai_terminal("completion", "install", "powershell", answers=[("[y/N]", typed)])
    assert (screen.code == 0) is done, screen.text
    assert len(list(isolated.rglob("*.ps1"))) == (2 if done else 0)
    assert "oai.ps1" in screen.text, "what would be added is shown"


def test_fish_needs_no_question(isolated: Path) -> None:
    done = oai("completion", "install", "fish").ok().json
    (changed,) = done["changed"]
    file = Path(changed["path"])
    assert file == isolated / ".config/fish/completions/oai.fish"
    assert file.read_text() == oai("completion", "show", "fish").ok().stdout
    file.write_text("# Completion of oai for fish, of an older release\n")
    assert oai("completion", "install", "fish").ok().json["changed"], "an older one is replaced"


def test_somebody_elses_file_stays(isolated: Path) -> None:
    file = isolated / ".config/fish/completions/oai.fish"
    file.parent.mkdir(parents=True)
    file.write_text("complete -c oai -a mine\n")
    done = oai("completion", "install", "fish")
    assert done.code == 1 and str(file) in done.stderr
    assert oai("completion", "uninstall", "fish").ok().json["changed"] == []
    assert file.read_text() == "complete -c oai -a mine\n"
