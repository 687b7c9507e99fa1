"""The roof: the root of the command tree, and the one place where errors become exit codes."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer._click import exceptions as click_errors

from . import __version__
from .catalog import load
from .core.console import Console, harmless
from .core.context import App
from .core.errors import Exit, OaiError, UsageError
from .engine import suggest
from .engine.tree import LazyGroup, node_from_index, with_workflows
from .workflows import registry

if TYPE_CHECKING:
    from .core.http import Hooks
    from .core.http.local import LocalHandler


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP: leave as after Ctrl-C, so that no half-written file stays behind."""


def tree() -> LazyGroup:
    """The whole command tree, nothing of it made yet."""
    registry.register()
    raw = {**load.index()["tree"], "help": "The command line for the OpenAI API."}
    return LazyGroup(with_workflows(node_from_index((), raw)))


def run(arguments: list[str]) -> NoReturn:
    """Run one command line in this process and leave with its exit code."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _terminate)
    gc.freeze()
    gc.enable()
    console = Console.system()
    code = main(arguments, console)
    _leave(console, code)


def _terminate(number: int, frame: object) -> NoReturn:
    raise Terminated(128 + number)


def main(arguments: list[str], console: Console) -> int:
    """Run one command line; returns the exit code. Every failure is shown, none escapes."""
    app = App(console, __version__, make_sandbox=_sandbox, make_hooks=_hooks)
    _prepare(app, arguments)
    try:
        return _guarded(app, lambda: _invoke(app, arguments))
    finally:
        app.close()


def _invoke(app: App, arguments: list[str]) -> None:
    root = tree()
    with root.make_context("oai", list(arguments), obj=app) as context:
        root.invoke(context)


def _prepare(app: App, arguments: list[str]) -> None:
    """What must be known before parsing can fail: how errors look."""
    console = app.console
    words = arguments[: arguments.index("--")] if "--" in arguments else arguments
    console.quiet = "--quiet" in words
    console.color_choice = _said(words, "--color") or "auto"
    app.asked_format = _said(words, "--format") or _said(words, "-f")
    if console.color_choice not in ("auto", "always", "never"):
        console.color_choice = "auto"


def _said(words: list[str], flag: str) -> str:
    """What stands behind an option, the last if there are several; read before parsing."""
    said = ""
    for at, word in enumerate(words):
        if word == flag:
            said = "".join(words[at + 1 : at + 2])
        elif word.startswith(flag + "=" if flag.startswith("--") else flag):
            said = word[len(flag) :].removeprefix("=")
    return said


def _guarded(app: App, work: Callable[[], None]) -> int:
    """Run `work`; whatever it raises becomes a message and an exit code."""
    console = app.console
    try:
        work()
        return Exit.OK
    except OaiError as error:
        return _failed(app, error)
    except click_errors.ClickException as error:
        return _failed(app, _usage(error))
    except typer.Exit as done:
        return int(done.exit_code)
    except (KeyboardInterrupt, typer.Abort) as stop:
        return _stopped(console, stop)
    except BrokenPipeError:
        return Exit.OK
    except Exception as error:
        return _unexpected(app, error)


def _stopped(console: Console, stop: BaseException) -> int:
    with suppress(OSError):
        console.end_line()
    console.note("interrupted")
    if hint := getattr(stop, "hint", ""):
        console.note(f"{console.style('hint:', '36', stderr=True)} {harmless(hint)}", trusted=True)
    return int(stop.args[0]) if isinstance(stop, Terminated) else Exit.INTERRUPTED


def _unexpected(app: App, error: Exception) -> int:
    if isinstance(error, OSError):
        return _failed(app, OaiError(_words(error)))
    what = f"{type(error).__name__}: {error}"
    hint = "this is a fault of oai; --debug shows where"
    return _failed(app, OaiError(f"unexpected {what}", hint))


def _words(error: OSError) -> str:
    text = error.strerror or str(error)
    return f"{text}: {error.filename}" if error.filename else f"cannot write: {text}"


def _failed(app: App, error: OaiError) -> int:
    from .render import failure

    if app.option("debug"):
        import traceback

        app.console.note(traceback.format_exc().rstrip())
    try:
        failure.show(app.console, error, _error_style(app))
    except BrokenPipeError:
        pass
    except OSError as second:
        app.console.note(f"error: {error.message} ({_words(second)})")
    return error.exit


def _error_style(app: App) -> str:
    chosen = app.option("format") or app.asked_format or app.console.env.get("OAI_FORMAT", "")
    return str(chosen)


def _usage(error: click_errors.ClickException) -> OaiError:
    """Typer's complaint in our words."""
    context = getattr(error, "ctx", None)
    if isinstance(error, click_errors.NoSuchOption):
        known = [flag for param in context.command.params for flag in param.opts] if context else []
        path = context.command_path if context else ""
        fields = "--set" in known
        return suggest.unknown_option(error.option_name, known, path, fields=fields)
    message = error.format_message().strip()
    hint = f"see `{context.command_path} --help`" if context else ""
    return UsageError(message[:1].lower() + message[1:].rstrip("."), hint)


def _hooks(app: App) -> Hooks:
    from .render import trace

    return trace.hooks(app)


def _sandbox(app: App) -> LocalHandler:
    """The offline API inside this process."""
    from .sandbox.app import Sandbox
    from .sandbox.inside import Inside

    def deliver(url: str, secrets: list[str], event: dict[str, Any]) -> int | None:
        from .workflows.hooks import sending

        return sending.deliver(app, url, secrets, event)

    sandbox = Sandbox(app.sandbox_state, deliver=deliver)
    app.closers.append(sandbox.close)
    return Inside(sandbox)


def _leave(console: Console, code: int) -> NoReturn:
    """Exit without a second complaint about streams that are already gone."""
    try:
        if console.stdout is not None:
            console.stdout.flush()
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
    if code >= Exit.INTERRUPTED and any(not one.daemon for one in threading.enumerate()[1:]):
        # Interrupted twice: work that still waits for an answer does not hold the process.
        os._exit(code)
    sys.exit(code)
