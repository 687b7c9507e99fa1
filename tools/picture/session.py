"""Runs commands on a terminal that lives in memory, and gives what it shows, cell by cell."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import COLUMNS

ROOT = Path(__file__).parents[2]
ROWS = 60
GIT = """#!/bin/sh
printf -- '--- a/price.py\\n+++ b/price.py\\n+def net(price): return price / 1.19\\n'
"""
Cell = Any
"""A character of pyte's: `data`, `fg`, `bold` and so on."""


def shown(commands: tuple[str, ...]) -> list[tuple[str, list[list[Cell]]]]:
    """Each command with the lines that it shows. Raises RuntimeError if it ends unexpectedly."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _programs(folder / "bin")
        return [(command, _run(command, folder)) for command in commands]


def _programs(folder: Path) -> None:
    """`oai`, and a `git` that has something to show."""
    folder.mkdir()
    oai = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m openai_cli "$@"\n'
    for name, text in (("oai", oai), ("git", GIT)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def _run(command: str, folder: Path) -> list[list[Cell]]:
    import pexpect  # type: ignore[import-untyped]
    import pyte

    env = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder),
        "OAI_HOME": str(folder / "home"),
        "OAI_SANDBOX": "1",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PAGER": "cat",
    }
    child = pexpect.spawn(
        str(shutil.which("sh")),
        ["-c", command],
        env=env,
        cwd=str(folder),
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    if child.exitstatus not in (0, 2):
        raise RuntimeError(f"{command} ends with {child.exitstatus}:\n{child.before}")
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.Stream(screen).feed(str(child.before))
    lines = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]
    while lines and not any(cell.data.strip() for cell in lines[-1]):
        lines.pop()
    return lines
