"""The real shells, driven as people drive them: on a terminal, key by key."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from .cli import environment

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

    def __init__(
        self,
        kind: str,
        home: Path,
        folder: Path,
        *,
        bin: Path | None = None,
        env: Mapping[str, str | None] | None = None,
    ) -> None:
        import pexpect  # type: ignore[import-untyped]
        import pyte

        program = kind.split()[0]
        self.home = home
        extra = {
            "TERM": "xterm",
            "PATH": f"{bin or home / 'bin'}:{os.environ['PATH']}",
            "INPUTRC": "/dev/null",
            "LANG": "C.UTF-8",
            "LC_ALL": None,
            "SHELL": shutil.which(program),
            **(env or {}),
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


def missing(kind: str) -> str:
    """What a kind of shell needs and this machine lacks; empty if it is all there."""
    program = kind.split()[0]
    if not shutil.which(program):
        return program
    return "bash-completion" if kind == SHELLS[1] and not BASH_COMPLETION.exists() else ""


def write_start(kind: str, home: Path) -> Path:
    """Write the start-up file of a person who uses this shell."""
    name, text = START[kind]
    start = home / name
    start.parent.mkdir(parents=True, exist_ok=True)
    start.write_text(text)
    return start
