"""The pages of the documentation, and a place in which what they show can be run.

A fenced block's language says what happens to it:

- `sh` is run, block after block, in one shell and one folder a page, against the sandbox;
- `console` shows what takes a terminal, hardware or a second shell: what stands behind `$ ` is read
  as `oai` would read it, and not run;
- `bash` sets a machine up (installs, serves for ever): it is compared with what CI does;
- `python`, `toml`, `json`, `text` and so on are no commands.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .cli import ROOT, Outcome, environment

FENCE = re.compile(r"^ *```(.*)$")
RUN, SHOWN, SETUP = "sh", "console", "bash"
OTHERS = ("toml", "json", "python", "text", "yaml")
KNOWN = (RUN, SHOWN, SETUP, *OTHERS)
START = (
    "set -eE -o pipefail; "
    """trap 'printf "%s\\n" "$PAGE:$LINENO fails: $BASH_COMMAND" >&2' ERR; """
)
STAND_INS = {
    "oai": 'exec "$OAI_PYTHON" -m openai_cli "$@"',
    "op": "echo sk-from-op",
    "pass": "echo sk-from-pass",
    "pbcopy": "cat >/dev/null",
    "git": 'printf -- "--- a/main.py\\n+++ b/main.py\\n+print(1)\\n"',
}
"""Programs that pages may use, and that stand for those of a person's machine."""
WEATHER = 'def warmth(city: str) -> str:\n    "How warm it is."\n    return "21 degrees"\n'
FILES = {
    "log.txt": "12:00 all is well\n12:01 disk full\n",
    "weather.py": WEATHER,
    "tickets.csv": "id,text\nt1,The printer is out of paper.\nt2,Where is my order?\n",
    "data.jsonl": "{}\n",
    "handbook/rules.md": "Refunds are paid within 30 days.\n",
}
"""What lies in the folder in which the README is read; other pages make what they need."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the number of its first line, and its lines."""

    page: str
    language: str
    line: int
    lines: tuple[str, ...]


def pages() -> list[Path]:
    """README and everything in docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    found: list[Block] = []
    language: str | None = None
    begin = 0
    lines = page.read_text("utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if fence is None:
            continue
        if language is None:
            language, begin = fence[1].strip(), number + 1
        else:
            inside = tuple(lines[begin - 1 : number - 1])
            found.append(Block(page.name, language, begin, inside))
            language = None
    assert language is None, f"{page.name}: the block of line {begin} has no end"
    return found


def commands(block: Block) -> Iterator[str]:
    """What stands behind the prompts of a `console` block."""
    text = "\n".join(block.lines).replace("\\\n", " ")
    for line in text.splitlines():
        if line.startswith("$ "):
            yield line[2:].strip()


def script(page: Path) -> str:
    """The `sh` blocks of a page as one script, each line with the number it has on the page."""
    text = page.read_text("utf-8").splitlines()
    lines = [""] * len(text)
    for block in blocks(page):
        if block.language == RUN:
            lines[block.line - 1 : block.line - 1 + len(block.lines)] = block.lines
    assert not lines[0], f"{page.name} begins with a command"
    return "\n".join([START, *lines[1:], ""])


def stage(folder: Path) -> dict[str, str]:
    """The environment of a person who has `oai` and talks to the sandbox; `folder` gets `bin`."""
    bin = folder / "bin"
    bin.mkdir(parents=True)
    for name, body in STAND_INS.items():
        (bin / name).write_text(f"#!/bin/sh\n{body}\n")
        (bin / name).chmod(0o755)
    extra = {
        "PATH": f"{bin}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "OAI_PYTHON": sys.executable,
        "OAI_SANDBOX": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "EDITOR": "true",
        "SHELL": "/bin/bash",
    }
    return environment(extra)


def run(text: str, name: str, folder: Path, *, timeout: float = 300) -> Outcome:
    """Run a script in a folder beside its stage."""
    env = stage(folder / "stage") | {"PAGE": name}
    place = folder / "place"
    place.mkdir()
    for path, content in FILES.items() if name == "README.md" else ():
        (place / path).parent.mkdir(exist_ok=True)
        (place / path).write_text(content)
    path = folder / "page.sh"
    path.write_text(text)
    done = subprocess.run(
        ["bash", str(path)],
        env=env,
        cwd=place,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr.decode())
