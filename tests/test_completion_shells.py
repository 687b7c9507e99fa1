"""Completion in the real shells, driven as people drive them: on a terminal, with a tab."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openai_cli.completion import places, seen

from .support import cli
from .support.cli import environment, oai_process
from .support.shells import SHELLS, START, Terminal, missing, write_start

pytestmark = pytest.mark.slow


@pytest.fixture(params=SHELLS)
def kind(request: pytest.FixtureRequest) -> str:
    """A shell that is there, in one of the ways it can be set up."""
    name = str(request.param)
    if lacking := missing(name):
        pytest.skip(f"{lacking} is not installed here")
    return name


@pytest.fixture
def home(kind: str, isolated: Path) -> Path:
    """A person's home: a start-up file, and `oai` on the path."""
    write_start(kind, isolated)
    if "folder" in kind:
        (isolated / ".zfunc").mkdir()
    command = isolated / "bin" / "oai"
    command.parent.mkdir()
    command.write_text(
        f'#!/bin/sh\nPYTHONPATH="{cli.ROOT}" exec "{sys.executable}" -m openai_cli "$@"\n'
    )
    command.chmod(0o755)
    return isolated


def install(kind: str, *options: str) -> Any:
    """`oai completion install`."""
    return oai_process("completion", "install", kind.split()[0], *options).ok().json


@pytest.fixture
def terminal(kind: str, home: Path, tmp_path: Path) -> Iterator[Terminal]:
    """A new terminal of somebody who installed completion, in a folder with some files."""
    install(kind, "--yes")
    (tmp_path / "notes and more.txt").write_text("x")
    (tmp_path / "train.jsonl").write_text("{}")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "body.json").write_text("{}")
    env = environment()
    seen.write(env, places.USUAL, "/files", [("file-old1", "old.pdf", "")])
    seen.write(env, places.USUAL, "/files", [("file-new2", "new report.pdf", "")])
    seen.write(env, places.USUAL, "/models", [("ft:gpt-4o:acme::abc", "", "")])
    made = Terminal(kind, home, tmp_path)
    yield made
    made.close()


def test_words_are_completed(terminal: Terminal) -> None:
    terminal.completes("oai vector-st", "oai vector-stores ")
    terminal.completes("oai vector_stores file-b", "oai vector_stores file-batches ")
    terminal.completes("oai completion unin", "oai completion uninstall ")
    terminal.completes(
        "oai responses create --reasoning.eff", "oai responses create --reasoning.effort "
    )
    terminal.completes("oai -f ya", "oai -f yaml ")
    terminal.completes(
        "oai responses create --no-para", "oai responses create --no-parallel-tool-calls "
    )


def test_a_word_with_equals_signs_and_colons_stays_one_word(terminal: Terminal) -> None:
    terminal.completes("oai files create --purpose=user", "oai files create --purpose=user_data ")
    terminal.completes(
        "oai files create --purpose=user_data --form",
        "oai files create --purpose=user_data --format ",
    )
    terminal.completes("oai models retrieve ft:gpt", "oai models retrieve ft:gpt-4o:acme::abc ")
    terminal.completes(
        "oai chat create --model=ft:gpt-4o:", "oai chat create --model=ft:gpt-4o:acme::abc "
    )


def test_paths_are_completed_by_the_shell(terminal: Terminal) -> None:
    terminal.completes("oai files create not", "oai files create notes\\ and\\ more.txt ")
    terminal.completes("oai files create dat", "oai files create data/")
    start = "oai fine-tuning jobs create "
    terminal.completes(start + "--training-file @tr", start + "--training-file @train.jsonl ")
    terminal.completes(start + "--body=./data/bo", start + "--body=./data/body.json ")


def test_ids_that_were_seen_are_offered(kind: str, terminal: Terminal) -> None:
    """Newest first, with their names; most shells list only when nothing can be added."""
    terminal.type("oai files retrieve \t")
    if kind != "fish":
        terminal.wait(lambda text: text.endswith("oai files retrieve file-"))
        terminal.type("\t\t" if kind.startswith("bash") else "\t")
    text = terminal.wait(lambda text: "new report.pdf" in text and "old.pdf" in text)
    assert text.index("file-new2") < text.index("file-old1"), text


def test_an_open_quote_is_closed(terminal: Terminal) -> None:
    terminal.completes('oai files retrieve "file-n', 'oai files retrieve "file-new2" ')


def test_uninstall_leaves_what_was_there(kind: str, home: Path) -> None:
    def files() -> dict[str, bytes]:
        skip = ("bin", ".zcompdump", "fish_variables", "__pycache__")
        paths = [p for p in home.rglob("*") if p.is_file() and not p.name.startswith(skip)]
        return {str(p): p.read_bytes() for p in paths}

    before = files()
    first = install(kind, "--yes")
    assert first["changed"], "something was installed"
    touches = any(str(home / START[kind][0]) == one["path"] for one in first["changed"])
    assert touches == (kind in ("bash", "zsh")), "start-up files only where it is needed"
    installed = files()
    assert install(kind)["changed"] == [], "twice is once"
    assert files() == installed
    done = oai_process("completion", "uninstall", kind.split()[0], "--yes").ok().json
    assert len(done["changed"]) == len(first["changed"])
    assert files() == before
