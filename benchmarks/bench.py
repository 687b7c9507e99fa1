"""What every case works with: the commands, a clean environment, a loopback server, a folder."""

from __future__ import annotations

import compileall
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openai_cli

from .measure import Drain, Samples, interleaved

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


class Bench:
    """A context manager: the server runs and the folder exists inside it."""

    def __init__(self, rounds: int | None) -> None:
        self._rounds = rounds
        self._made = tempfile.TemporaryDirectory(prefix="oai-bench-")
        self.folder = Path(self._made.name)
        script = Path(sys.executable).with_name("oai")
        self.module = [sys.executable, "-m", "openai_cli"]
        self.oai = [str(script)] if script.exists() else self.module

    def __enter__(self) -> Bench:
        compileall.compile_dir(Path(openai_cli.__file__).parent, quiet=2)
        self._server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server"], stdout=subprocess.PIPE, text=True
        )
        assert self._server.stdout is not None
        self.origin = f"http://127.0.0.1:{int(self._server.stdout.readline())}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait()
        if self._server.stdout:
            self._server.stdout.close()
        self._made.cleanup()

    def rounds(self, usual: int) -> int:
        """How often to run each command."""
        return self._rounds or usual

    def env(self, base: str = "/v1") -> dict[str, str]:
        """Nothing of this shell's but the way to the programs; `base` is a path on the server."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return kept | {
            "HOME": str(self.folder),
            "OAI_HOME": str(self.folder / "home"),
            "PYTHONPATH": str(Path(openai_cli.__file__).parents[1]),
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": self.origin + base,
        }

    def run(
        self,
        commands: Mapping[str, list[str]],
        rounds: int,
        *,
        base: str = "/v1",
        drain: Drain | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> dict[str, Samples]:
        """Each command `rounds` times, interleaved, in the clean environment."""
        return interleaved(commands, self.env(base), self.rounds(rounds), drain, before)


def curl(*words: str) -> list[str]:
    """A curl command line; the key goes along, as ours does."""
    program = shutil.which("curl")
    if program is None:
        raise SystemExit("these benchmarks compare with curl, which is not installed")
    return [program, "-sS", "-q", "-H", "Authorization: Bearer sk-test", *words]


def installed(package: str) -> bool:
    """Whether a reference can be imported."""
    return importlib.util.find_spec(package) is not None
