"""The person's own editor, opened on a file: `$VISUAL`, `$EDITOR`, or one that is usually there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import OaiError, UsageError

if TYPE_CHECKING:
    from ...core.console import Console

USUAL = ("notepad",) if os.name == "nt" else ("editor", "nano", "vi")


def command(env: Mapping[str, str]) -> list[str]:
    """The editor's words. Raises UsageError where there is none."""
    import shlex
    import shutil

    text = env.get("VISUAL") or env.get("EDITOR") or ""
    try:
        words = shlex.split(text, posix=os.name != "nt")
    except ValueError as error:
        raise UsageError(f"VISUAL or EDITOR is no command: {error}") from None
    if words:
        return words
    for name in USUAL:
        if shutil.which(name, path=env.get("PATH")):
            return [name]
    raise UsageError("there is no editor", "set EDITOR to the one you like")


def check(console: Console, path: Path) -> None:
    """Raise UsageError where an editor cannot be used: nothing to show it on."""
    if not (console.stdin_tty and console.stdout_tty):
        raise UsageError("an editor needs a terminal", f"write {path} by other means")


def edit(console: Console, path: Path) -> None:
    """Open the editor and wait until it is closed.

    Raises UsageError where there is no terminal or no editor, OaiError when the editor fails.
    """
    import subprocess

    check(console, path)
    words = command(console.env)
    try:
        done = subprocess.run([*words, str(path.absolute())], env=dict(console.env), check=False)
    except OSError as error:
        raise UsageError(f"cannot start {words[0]}: {error.strerror}", "set EDITOR") from None
    if done.returncode:
        raise OaiError(f"{words[0]} ended with {done.returncode}")
