"""What `oai doctor` looks at here: the program, its configuration, the terminal, sound."""

from __future__ import annotations

import platform
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...core import config
from ...core.context import App
from ...core.errors import OaiError
from ...core.keys import KeySource
from ...core.settings import Settings
from . import names, shown
from .finding import FAILURE, OK, WARNING, Finding

OLDEST = (3, 11)


def program(app: App) -> Iterator[Finding]:
    """oai, Python and the platform."""
    from ...catalog import load

    yield Finding("oai", OK, f"{app.version}, operations of the SDK {load.sdk_version()}")
    version = platform.python_version()
    old = sys.version_info[:2] < OLDEST
    hint = "oai needs Python 3.11 or later" if old else ""
    yield Finding(
        "python",
        WARNING if old else OK,
        f"{platform.python_implementation()} {version}, {shown.path(sys.executable)}",
        hint,
    )
    yield Finding("platform", OK, f"{platform.platform()}, {platform.machine()}")


def configuration(app: App, broken: OaiError | None) -> Finding:
    """The configuration file, why it is that one, and whether it can be read."""
    path = config.config_path(app.console.env)
    detail = f"{shown.path(path)} ({_why(app)})"
    if broken:
        message = broken.message.replace(str(path), shown.path(path))
        return Finding("config", FAILURE, message, "`oai config edit` opens it")
    if not path.exists():
        return Finding("config", OK, f"none yet; it would be {detail}")
    return Finding("config", OK, detail)


def _why(app: App) -> str:
    for variable in ("OAI_CONFIG", "OAI_HOME"):
        if app.console.env.get(variable):
            return variable
    return "the usual place"


def profile(app: App) -> Finding:
    """The profile in use."""
    name = names.in_use(app)
    settings = app.settings
    parts = [f"{what} {text}" for what in PARTS if (text := getattr(settings, what))]
    return Finding("profile", OK, ", ".join([name, *parts]))


PARTS = ("organization", "project")


def key(app: App, settings: Settings) -> Finding:
    """Where the key comes from; never the key."""
    source = settings.azure_token or settings.api_key
    if not source:
        fine = settings.sandbox or settings.origin.get("base_url") == "profile"
        hint = "" if fine else "`oai auth login` keeps one; or set OPENAI_API_KEY"
        return Finding("key", OK if fine else FAILURE, "none", hint)
    try:
        found = source.read(app.console.env)
    except OaiError as error:
        return Finding("key", FAILURE, _without_paths(error.message, source), error.hint)
    if not found:
        return Finding("key", FAILURE, f"{_described(source)}: empty", "put a key there")
    return _privacy(source) or Finding("key", OK, _described(source))


def _described(source: KeySource) -> str:
    text = source.describe()
    return (
        text.replace(str(source.value), shown.path(source.value)) if source.how == "file" else text
    )


def _without_paths(message: str, source: KeySource) -> str:
    """The complaint without what a command printed, which may hold anything."""
    if source.how == "command":
        return f"{_described(source)} does not give a key: {message.partition(': ')[0]}"
    return message.replace(str(source.value), shown.path(source.value))


def _privacy(source: KeySource) -> Finding | None:
    if source.how != "file" or sys.platform == "win32":
        return None
    mode = Path(str(source.value)).expanduser().stat().st_mode
    if not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return None
    return Finding(
        "key",
        WARNING,
        f"{_described(source)} can be read by others",
        f"chmod 600 {shown.path(source.value)}",
    )


def terminal(app: App) -> Finding:
    """What the terminal can do."""
    console = app.console
    ends = zip(
        ("stdin", "stdout", "stderr"),
        (console.stdin_tty, console.stdout_tty, console.stderr_tty),
        strict=True,
    )
    there = [name for name, is_terminal in ends if is_terminal]
    encoding = (sys.stdout.encoding if sys.stdout else None) or "unknown"
    parts = [
        f"{' '.join(there)} on a terminal" if there else "none",
        f"TERM {console.env.get('TERM') or 'not set'}",
        f"{console.width}×{console.height}",
        "colours" if console.colored() or console.colored(stderr=True) else "no colours",
        encoding.lower(),
    ]
    unicode = encoding.lower().replace("-", "").startswith("utf")
    hint = "" if unicode else "set PYTHONUTF8=1, or a UTF-8 locale"
    return Finding("terminal", OK if unicode else WARNING, ", ".join(parts), hint)


def sound() -> Finding:
    """Microphone and loudspeaker."""
    from ..sound import faults, hush, portaudio

    try:
        library = portaudio.load()
        with hush.hushed():
            devices: list[dict[str, Any]] = list(library.query_devices())
    except OaiError as error:
        return Finding("audio", WARNING, error.message, error.hint)
    except OSError as error:
        missing = faults.no_library(str(error))
        return Finding("audio", WARNING, missing.message, missing.hint)
    except Exception as error:
        return Finding("audio", WARNING, f"no sound: {error}", "recording and playing need it")
    inputs = sum(device["max_input_channels"] > 0 for device in devices)
    outputs = sum(device["max_output_channels"] > 0 for device in devices)
    detail = f"{inputs} for recording, {outputs} for playing"
    if inputs and outputs:
        return Finding("audio", OK, detail)
    return Finding("audio", WARNING, detail, "recording and playing need a device each")
