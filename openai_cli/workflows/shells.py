"""The shells: which one this is, where it looks for scripts, and whether it has to be told."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from ..catalog.record import Record
from ..completion import facts
from . import start_file

SCRIPTS = {"bash": "oai.bash", "zsh": "_oai", "fish": "oai.fish", "powershell": "oai.ps1"}
NAMES = tuple(SCRIPTS)
PATIENCE = 10
LOADERS = "declare -F _completion_loader _comp_load _comp_complete_load"
"""What bash-completion defines, release after release, to load a command's script when needed."""
COMPDEF = 'print -r -- "compdef=$+functions[compdef]"; print -rl -- $fpath'
ZSH_LINES = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }"

Env = Mapping[str, str]


class Plan(Record):
    """Where the script of a shell goes, and the start-up file that needs `lines`, if one does.

    `scripts` and `starts` are all places an earlier installation may have used.
    """

    shell: str
    script: Path
    start: Path | None = None
    lines: str = ""
    scripts: tuple[Path, ...] = ()
    starts: tuple[Path, ...] = ()


def script(shell: str) -> str:
    """The text of a shell's script."""
    return Path(facts.HERE, "scripts", SCRIPTS[shell]).read_text("utf-8")


def detect(env: Env) -> str:
    """The shell that started oai, else the person's own; empty for one that is not known."""
    for name in (_parent(), env.get("SHELL", "")):
        base = Path(name.strip().lstrip("-")).name.removesuffix(".exe")
        base = {"pwsh": "powershell"}.get(base, base)
        if base in NAMES:
            return base
    return "powershell" if sys.platform == "win32" else ""


def _parent() -> str:
    """The name of the parent process; empty where it cannot be found out."""
    with suppress(OSError):
        return Path(f"/proc/{os.getppid()}/comm").read_text("utf-8")
    command = ["ps", "-o", "comm=", "-p", str(os.getppid())]
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE).stdout
    return ""


def plan(shell: str, env: Env) -> Plan:
    """What installing for a shell takes."""
    return PLANS[shell](env)


def _home(env: Env) -> Path:
    return Path(env.get("HOME") or Path.home())


def _folder(env: Env, variable: str, usual: str) -> Path:
    return Path(env[variable]) if env.get(variable) else _home(env) / usual


def _ask(shell: str, words: list[str], env: Env) -> str:
    """What an interactive shell of the person's says; empty where it cannot be asked.

    It gets a session of its own: on this terminal it would take the foreground away from us.
    """
    try:
        done = subprocess.run(
            [shell, *words],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            start_new_session=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _bash(env: Env) -> Plan:
    data = _folder(env, "XDG_DATA_HOME", ".local/share")
    folder = _folder(env, "BASH_COMPLETION_USER_DIR", str(data / "bash-completion"))
    file = folder / "completions" / "oai"
    start = _home(env) / (".bash_profile" if sys.platform == "darwin" else ".bashrc")
    if not start_file.has(start) and "_comp" in _ask("bash", ["-ic", LOADERS], env):
        return Plan("bash", file, None, "", (file,), (start,))
    quoted = shlex.quote(str(file))
    return Plan("bash", file, start, f"[ -r {quoted} ] && . {quoted}", (file,), (start,))


def _zsh(env: Env) -> Plan:
    usual = _folder(env, "XDG_DATA_HOME", ".local/share") / "zsh" / "site-functions"
    start = _folder(env, "ZDOTDIR", "") / ".zshrc"
    own = [] if start_file.has(start) else _zsh_folders(env)
    files = tuple(dict.fromkeys(one / "_oai" for one in (*own, usual)))
    if own:
        return Plan("zsh", files[0], None, "", files, (start,))
    lines = f"{ZSH_LINES}\nsource {shlex.quote(str(files[0]))}"
    return Plan("zsh", files[0], start, lines, files, (start,))


def _zsh_folders(env: Env) -> list[Path]:
    """The person's own folders that zsh's completion system searches, if it runs."""
    first, *searched = _ask("zsh", ["-ic", COMPDEF], env).splitlines() or [""]
    own = [Path(line) for line in searched if line.startswith("/")]
    return [one for one in own if _is_own(one, env)] if first == "compdef=1" else []


def _is_own(folder: Path, env: Env) -> bool:
    """Whether a folder is there for the person's own functions."""
    home = str(_home(env)) + "/"
    return str(folder).startswith(home) and folder.is_dir() and os.access(folder, os.W_OK)


def _fish(env: Env) -> Plan:
    file = _folder(env, "XDG_CONFIG_HOME", ".config") / "fish" / "completions" / "oai.fish"
    return Plan("fish", file, None, "", (file,))


def _powershell(env: Env) -> Plan:
    from ..core.config import place

    file = place("data", env) / "completion" / "oai.ps1"
    words = ["-NoProfile", "-NonInteractive", "-Command", "$PROFILE.CurrentUserAllHosts"]
    said = _ask("pwsh", words, env).strip()
    if not said and sys.platform == "win32":
        said = _ask("powershell", words, env).strip()
    start = Path(said) if said else _folder(env, "XDG_CONFIG_HOME", ".config") / PROFILE
    quoted = "'" + str(file).replace("'", "''") + "'"
    return Plan("powershell", file, start, f". {quoted}", (file,), (start,))


PROFILE = "powershell/profile.ps1"
"""Where PowerShell's profile is when it cannot be asked."""

PLANS: dict[str, Callable[[Env], Plan]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
    "powershell": _powershell,
}
