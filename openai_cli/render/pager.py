"""Long texts on a terminal: through `$PAGER`, or `less`, so that their beginning can be read."""

from __future__ import annotations

import shlex
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.console import Console

NONE = ("", "cat")
LESS = "FRX"
"""Leave when all fits, keep styles, and leave the screen as it is."""


def show(console: Console, text: str, *, paged: bool = True) -> None:
    """Write `text`, which is our own, to stdout; through a pager where a person can use one."""
    command = _command(console) if paged else []
    if not (command and _through(console, command, text)):
        console.write(text, trusted=True)


def _command(console: Console) -> list[str]:
    """The pager's words; none where there is none or none is wanted."""
    env = console.env
    if not (console.interactive and console.stdout_tty) or env.get("TERM") == "dumb":
        return []
    wanted = env.get("PAGER")
    if wanted is None:
        return ["less"] if shutil.which("less", path=env.get("PATH")) else []
    if wanted.strip() in NONE:
        return []
    with suppress(ValueError):
        return shlex.split(wanted)
    return []


def _through(console: Console, command: list[str], text: str) -> bool:
    """Let the pager show the text until the person leaves it; whether it could be started."""
    import subprocess

    try:
        pager = subprocess.Popen(command, stdin=subprocess.PIPE, env={"LESS": LESS, **console.env})
    except OSError:
        return False
    assert pager.stdin is not None
    with suppress(BrokenPipeError):
        pager.stdin.write(text.encode("utf-8", "replace"))
    with suppress(BrokenPipeError):
        pager.stdin.close()
    while pager.poll() is None:
        with suppress(KeyboardInterrupt):  # Ctrl-C is for the pager
            pager.wait()
    return True
