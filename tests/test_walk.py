"""A new user's walk on a clean machine: install, log in, complete, read, list, chat, log out.

Everything is typed on a terminal into the real shell; the command is the one from the wheel, alone
in its environment; the API is `oai sandbox serve`. Each walk leaves a log of what was typed and
what the screen showed, in the folder that `OAI_WALKS` names or the test's own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openai_cli import __version__

from .support.cli import environment
from .support.release import Built
from .support.shells import Terminal, missing, write_start

WALKS = os.environ.get("OAI_WALKS", "")
KEY = "sk-walk-0123456789abcdef"
WRONG = "sk-invalid-0123456789"
CLEAN = {"OPENAI_API_KEY": None, "OPENAI_ADMIN_KEY": None, "OAI_HOME": None, "PYTHONPATH": None}
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
CODE = re.compile(r"\[exit (\d+)\]")

pytestmark = pytest.mark.slow


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest) -> str:
    """A shell that is there."""
    name = str(request.param)
    if lacking := missing(name):
        pytest.skip(f"{lacking} is not installed here")
    return name


@pytest.fixture
def address(installed: Path, isolated: Path, tmp_path: Path) -> Iterator[str]:
    """Where the installed command serves its sandbox, for as long as the walk takes."""
    env = environment({**CLEAN, "HOME": str(tmp_path)})
    serving = subprocess.Popen(
        [str(installed / "oai"), "sandbox", "serve", "--port", "0", "--memory"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert serving.stderr is not None
    found = re.search(r"http://\S+", serving.stderr.readline())
    assert found
    yield found[0]
    serving.terminate()
    serving.communicate(timeout=20)


class Walk:
    """A person at a terminal, and the log of it."""

    def __init__(self, shell: str, bin: Path, home: Path, log: Path) -> None:
        self.shell, self.bin, self.home, self.log = shell, bin, home, log
        self.terminal = self._open()

    def _open(self) -> Terminal:
        env = {**CLEAN, **NO_KEYRING, "HOME": str(self.home)}
        env |= {"MANPATH": None, "MANPAGER": "cat", "PAGER": "cat"}
        return Terminal(self.shell, self.home, self.home, bin=self.bin, env=env)

    def again(self) -> None:
        """Close the terminal and open a new one."""
        self.terminal.close()
        self.terminal = self._open()
        self.write("(a new terminal)")

    def write(self, text: str) -> None:
        """Put something into the log."""
        with self.log.open("a") as file:
            file.write(text.rstrip() + "\n\n")

    def run(self, line: str, *answers: tuple[str, str], code: int = 0) -> str:
        """Type a command, answer what it asks, wait for its end; what the screen shows of it."""
        tail = f'; echo "[exit {"$status" if self.shell == "fish" else "$?"}]"'
        self.terminal.type(f"{line}{tail}\r")
        for wanted, typed in answers:
            self.see(wanted)
            self.terminal.type(typed)
        text = self.terminal.wait(lambda text: CODE.search(text) and text.endswith("\n$"))
        found = CODE.search(text)
        assert found
        self.write(text.removesuffix("\n$").replace(tail, "", 1))
        assert int(found[1]) == code, text
        self.clear()
        return text

    def see(self, wanted: str) -> str:
        """Wait until the screen shows something."""
        return self.terminal.wait(lambda text: wanted in text)

    def clear(self) -> None:
        """An empty screen."""
        self.terminal.type("\x0c")
        self.terminal.wait(lambda text: text == "$")

    def complete(self, typed: str, line: str) -> None:
        """A tab behind `typed` makes it `line`."""
        self.terminal.completes(typed, line)
        self.write(f"$ {typed}<TAB>\n$ {line}")


@pytest.fixture
def walk(shell: str, built: Built, installed: Path, tmp_path: Path) -> Iterator[Walk]:
    """A new machine, on which the command has just been installed."""
    home = tmp_path / "home"
    home.mkdir()
    write_start(shell, home)
    folder = Path(WALKS or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"walk-{shell}.log"
    log.write_text(
        f"A walk through {shell}, in a new home.\n\n$ pip install {built.wheel.name}\n\n"
    )
    made = Walk(shell, installed, home, log)
    yield made
    made.terminal.close()


def test_a_new_user_gets_along(walk: Walk, shell: str, address: str) -> None:
    steps: list[Callable[[Walk, str], None]] = [
        _installed,
        _logs_in,
        _completes,
        _reads_the_manual,
        _lists,
        _chats,
        _logs_out,
    ]
    for step in steps:
        walk.write(f"== {step.__name__.strip('_').replace('_', ' ')}")
        step(walk, address)
    log = walk.log.read_text()
    assert [line for line in log.splitlines() if line.startswith("== ")][-1] == "== logs out"
    assert KEY not in log, "the key is never shown"


def _installed(walk: Walk, address: str) -> None:
    assert __version__ in walk.run("oai --version")
    assert "hello" in walk.run('oai --sandbox chat create "Say hello"')
    assert "no API key" in walk.run("oai models list", code=4)


def _logs_in(walk: Walk, address: str) -> None:
    walk.run(f"oai profiles create here --base-url {address} --use")
    text = walk.run("oai auth login --insecure-storage", ("key", f"{WRONG}\r"), code=4)
    assert "[exit 4]" in text
    walk.run("oai auth login", ("key", f"{KEY}\r"), ("keyring", "y\r"))
    text = walk.run("oai auth status")
    assert f"…{KEY[-4:]}" in text
    assert "yes" in text, "it works"
    (kept,) = (path for path in walk.home.rglob("*") if path.is_file() and _holds(path))
    assert kept.stat().st_mode & 0o777 == 0o600


def _holds(path: Path) -> bool:
    return KEY.encode() in path.read_bytes()


def _completes(walk: Walk, address: str) -> None:
    walk.run(f"oai completion install {walk.shell} --yes")
    walk.again()
    walk.complete("oai vector-st", "oai vector-stores ")
    walk.complete(
        "oai responses create --reasoning.eff", "oai responses create --reasoning.effort "
    )
    walk.complete("oai --profile he", "oai --profile here ")


def _reads_the_manual(walk: Walk, address: str) -> None:
    if shutil.which("man"):
        text = walk.run("man oai-chat | head -n 12")
        assert "OAI-CHAT(1)" in text.upper()
        assert "Chat completions" in text
    assert "130" in walk.run("oai help exit-codes | head -n 40")
    assert "oai vector-stores files delete" in walk.run("oai help search delete vector store file")


def _lists(walk: Walk, address: str) -> None:
    assert "gpt-5.5" in walk.run("oai models list --max-items 3")
    walk.run(
        "echo '{}' >data.jsonl; oai files create data.jsonl --purpose user_data --jq .filename"
    )
    assert "data.jsonl" in walk.run("oai files list")
    walk.terminal.type("oai files retrieve \t")
    text = walk.see("oai files retrieve file-")
    walk.write(text)
    walk.terminal.clear()
    walk.clear()


def _chats(walk: Walk, address: str) -> None:
    walk.terminal.type("oai chat\r")
    walk.see("/help lists commands")
    walk.terminal.wait(lambda text: text.endswith("\n>"))
    walk.terminal.type("My name is Ada.\r")
    walk.terminal.wait(lambda text: text.count("\n>") > 1 and text.endswith("\n>"))
    walk.terminal.type("What is my name?\r")
    walk.see("Your name is Ada.")
    walk.terminal.wait(lambda text: text.endswith("\n>"))
    walk.terminal.type("\x04")
    text = walk.terminal.wait(lambda text: text.endswith("\n$"))
    walk.write(text.removesuffix("\n$"))
    walk.clear()
    assert "My name is Ada." in walk.run("oai sessions list")


def _logs_out(walk: Walk, address: str) -> None:
    walk.run("oai auth logout")
    assert "401" in walk.run("oai models list -v", code=4)
    assert not [path for path in walk.home.rglob("*") if path.is_file() and _holds(path)]
