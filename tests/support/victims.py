"""Runs of `oai` that are killed: each in a process of its own, forked where everything is imported
already, so that there can be hundreds of them.

    victim = Victim(["batches", "run", …], server, folder)       starts it
    victim.kill()                                                SIGKILL, wherever it is
    victim.wait()                                                its exit code, -9 if killed
"""

from __future__ import annotations

import io
import multiprocessing
import multiprocessing.connection
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

from .cli import environment
from .server import Server

PRELOAD = [
    "openai_cli.cli",
    "openai_cli.core.http",
    "openai_cli.workflows.batch.now",
    "openai_cli.workflows.batch.run_begin",
    "openai_cli.workflows.batch.run_parts",
    "tests.support.victims",
]
CRASHED = -signal.SIGKILL
STEPS = "steps"
"""The file in which a run that was not killed leaves how many steps it took."""

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(PRELOAD)


class Victim:
    """A run; `die_at` is the step on this machine (a change of the state, a sync, a rename) before
    which it kills itself, counted from 1, 0 for none."""

    def __init__(self, words: list[str], server: Server, folder: Path, die_at: int = 0) -> None:
        self._known = threading.Event()
        env = environment(server=server)
        self._process = _forks.Process(target=_live, args=(words, env, str(folder), die_at))
        self._process.start()
        self._known.set()

    def kill(self) -> None:
        """End it at once; when this returns it is over."""
        self._known.wait(10)
        assert self._process.pid
        os.kill(self._process.pid, signal.SIGKILL)
        # Not the process's own `join`: the thread that waits for it may be another.
        multiprocessing.connection.wait([self._process.sentinel], 10)

    def wait(self) -> int:
        """Its exit code."""
        self._process.join(60)
        code = self._process.exitcode
        assert code is not None, "the run hangs"
        return code


def _live(words: list[str], env: dict[str, str], folder: str, die_at: int) -> None:
    from openai_cli.cli import main
    from openai_cli.core import retry
    from openai_cli.core.console import Console
    from openai_cli.workflows.batch import run_remote

    os.chdir(folder)
    run_remote.SETTLE = retry.FIRST_DELAY = 0.0
    steps = _Steps(die_at)
    steps.count_all()
    errors = io.StringIO()
    with open(os.devnull, "rb") as stdin:  # noqa: PTH123
        code = main(words, Console(stdin, io.BytesIO(), errors, env))
    if code not in (0, 8):
        sys.stderr.write(errors.getvalue())
    Path(folder, STEPS).write_text(str(steps.taken))
    os._exit(code)


class _Steps:
    """Counts what a run changes on this machine, and dies where it is told to."""

    def __init__(self, die_at: int) -> None:
        self.taken = 0
        self._die_at = die_at

    def count_all(self) -> None:
        """Count every statement, sync and rename of this process."""
        tick, connect = self._tick, sqlite3.connect

        class Connection(sqlite3.Connection):
            def execute(self, *words: Any) -> sqlite3.Cursor:
                if not str(words[0]).lstrip().startswith(("SELECT", "PRAGMA")):
                    tick()
                return super().execute(*words)

            def executemany(self, *words: Any) -> sqlite3.Cursor:
                tick()
                return super().executemany(*words)

        sqlite3.connect = lambda *a, **k: connect(*a, factory=Connection, **k)  # type: ignore[assignment]
        for name in ("fsync", "replace", "write", "unlink", "mkdir"):
            setattr(os, name, _counted(getattr(os, name), tick))

    def _tick(self) -> None:
        self.taken += 1
        if self.taken == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _counted(work: Any, tick: Any) -> Any:
    def counted(*words: Any, **named: Any) -> Any:
        tick()
        return work(*words, **named)

    return counted
