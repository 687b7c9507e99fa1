"""Completion in the real shells, driven as people drive them: on a terminal, with a tab."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openai_cli.completion import places, seen

from .support import cli
from .support.cli import environment, oai_process

BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
PATIENCE = 30
SHELLS = ("bash", "bash with bash-completion", "zsh", "zsh with a folder of its own", "fish")
START = {
    "bash": (".bashrc", "PS1='$ '\n"),
    "bash with bash-completion": (".bashrc", f"PS1='$ '\n. {BASH_COMPLETION}\n"),
    "zsh": (".zshrc", "PS1='$ '\n"),
    "zsh with a folder of its own": (
        ".zshrc",
        "PS1='$ '\nfpath=(~/.zfunc $fpath)\nautoload -Uz compinit && compinit -u\n",
    ),
    "fish": (
        ".config/fish/config.fish",
        "set fish_greeting\nset -g fish_autosuggestion_enabled 0\n"
        "function fish_prompt; printf '$ '; end\n",
    ),
}


class Terminal:
    """A shell on a terminal that answers what a terminal answers."""

    def __init__(self, kind: str, home: Path, folder: Path) -> None:
        import pexpect  # type: ignore[import-untyped]
        import pyte

        program = kind.split()[0]
        self.home = home
        extra = {
            "TERM": "xterm",
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "INPUTRC": "/dev/null",
            "LANG": "C.UTF-8",
            "LC_ALL": None,
            "SHELL": shutil.which(program),
        }
        self.screen = pyte.Screen(110, 50)
        self._stream = pyte.Stream(self.screen)
        self._timeout = pexpect.TIMEOUT
        self._child = pexpect.spawn(
            program,
            ["-i"],
            env=environment(extra),
            cwd=str(folder),
            dimensions=(50, 110),
            encoding="utf-8",
        )
        self.screen.write_process_input = self._child.send
        self.wait(lambda text: text.rstrip("\n").endswith("$"))

    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n")

    def wait(self, good: Any) -> str:
        """The screen, once it is as wanted; fails with the screen when it never is."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if good(self.text()):
                return self.text()
            try:
                self._stream.feed(self._child.read_nonblocking(65536, 0.1))
            except self._timeout:
                continue
        pytest.fail(f"the screen shows:\n{self.text()}")

    def type(self, keys: str) -> None:
        """Press keys."""
        self._child.send(keys)

    def completes(self, typed: str, line: str) -> None:
        """A tab behind `typed` leaves the command line `line`; then the line is dropped."""
        self.type(typed + "\t")
        self.wait(lambda text: text.splitlines()[-1:] == [f"$ {line}".rstrip()])
        x = self.screen.cursor.x
        assert x == len(f"$ {line}"), f"the cursor is at {x}: {self.text()}"
        self.clear()

    def clear(self) -> None:
        """Drop the line that is being typed."""
        self.type("\x15")
        self.wait(lambda text: text.splitlines()[-1:] == ["$"])

    def close(self) -> None:
        """End the shell."""
        self._child.close(force=True)


@pytest.fixture(params=SHELLS)
def kind(request: pytest.FixtureRequest) -> str:
    """A shell that is there, in one of the ways it can be set up."""
    name = str(request.param)
    if not shutil.which(name.split()[0]):
        pytest.skip(f"{name.split()[0]} is not installed here")
    if "bash-completion" in name and not BASH_COMPLETION.exists():
        pytest.skip("bash-completion is not installed here")
    return name


@pytest.fixture
def home(kind: str, isolated: Path) -> Path:
    """A person's home: a start-up file, and `oai` on the path."""
    name, text = START[kind]
    start = isolated / name
    start.parent.mkdir(parents=True, exist_ok=True)
    start.write_text(text)
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
