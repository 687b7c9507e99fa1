"""`oai` as tests run it: in this process, as a command, in a shell, or on a made-up terminal.

Nothing of the person's own environment reaches it: no `OPENAI_*`, no configuration, no proxy. The
key is `sk-test` unless the test says otherwise (`env={"OPENAI_API_KEY": ""}` takes it away).
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from .clock import FakeTime
    from .server import Server

ROOT = Path(__file__).parents[2]
KEY = "sk-test"
KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "COVERAGE_PROCESS_START", "TMPDIR")

home = Path(tempfile.gettempdir()) / "oai-tests"
"""`OAI_HOME` of every run; a fixture gives each test its own."""


@dataclass
class Outcome:
    """What one run left: its exit code, and what it wrote where."""

    code: int
    stdout_bytes: bytes
    stderr: str

    @property
    def stdout(self) -> str:
        """stdout as text."""
        return self.stdout_bytes.decode("utf-8")

    @property
    def json(self) -> Any:
        """stdout as one JSON document."""
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[str]:
        """stdout line by line."""
        return self.stdout.splitlines()

    @property
    def jsonl(self) -> list[Any]:
        """stdout as JSON lines."""
        return [json.loads(line) for line in self.lines]

    @property
    def error(self) -> dict[str, Any]:
        """The JSON error on stderr, which must be all that stands there."""
        found = json.loads(self.stderr)["error"]
        assert isinstance(found, dict)
        return found

    def ok(self) -> Outcome:
        """This outcome, which must be a success."""
        assert self.code == 0, f"exit {self.code}\nstdout: {self.stdout_bytes!r}\n{self.stderr}"
        return self


def environment(
    env: Mapping[str, str | None] | None = None, server: Server | None = None
) -> dict[str, str]:
    """The environment of a run; a value of None takes a variable away."""
    made: dict[str, str | None] = {name: os.environ[name] for name in KEPT if name in os.environ}
    made |= {"HOME": str(home), "OAI_HOME": str(home), "OPENAI_API_KEY": KEY, "TZ": "UTC"}
    made |= {"OPENAI_ADMIN_KEY": "sk-admin-test", "PYTHONIOENCODING": "utf-8"}
    if server is not None:
        made["OPENAI_BASE_URL"] = server.url + "/v1"
    made |= env or {}
    return {name: text for name, text in made.items() if text is not None}


def oai(
    *args: str,
    env: Mapping[str, str | None] | None = None,
    stdin: str | bytes | BinaryIO | None = None,
    server: Server | None = None,
    cwd: Path | None = None,
    terminals: tuple[bool, bool, bool] = (False, False, False),
    stdout: BinaryIO | None = None,
    time: FakeTime | None = None,
) -> Outcome:
    """Run `oai` in this process, on made-up streams. stdin is `/dev/null` unless given; `time` is
    for whoever waits."""
    from openai_cli.cli import main
    from openai_cli.core.console import Console

    before = Path.cwd()
    out = stdout or io.BytesIO()
    err = io.StringIO()
    source: Any = _source(stdin)
    try:
        if cwd is not None:
            os.chdir(cwd)
        console = Console(source, out, err, environment(env, server), terminals=terminals)
        if time is not None:
            console.clock, console.sleep = time.clock, time.sleep
        code = main(list(args), console)
    finally:
        os.chdir(before)
        if stdin is None:
            source.close()
    written = out.getvalue() if isinstance(out, io.BytesIO) else b""
    return Outcome(int(code), written, err.getvalue())


def _source(stdin: str | bytes | BinaryIO | None) -> BinaryIO:
    if stdin is None:
        return open(os.devnull, "rb")  # noqa: PTH123
    if isinstance(stdin, str):
        stdin = stdin.encode()
    return io.BytesIO(stdin) if isinstance(stdin, bytes) else stdin


def oai_process(
    *args: str | bytes,
    env: Mapping[str, str | None] | None = None,
    stdin: str | bytes | None = None,
    server: Server | None = None,
    cwd: Path | None = None,
    timeout: float = 30,
    stdout: Any = subprocess.PIPE,
) -> Outcome:
    """Run the real command."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    source: dict[str, Any] = {"stdin": subprocess.DEVNULL} if data is None else {"input": data}
    done = subprocess.run(
        [sys.executable, "-m", "openai_cli", *args],
        env=environment({"PYTHONPATH": str(ROOT), **(env or {})}, server),
        cwd=cwd,
        timeout=timeout,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        **source,
    )
    return Outcome(done.returncode, done.stdout or b"", done.stderr.decode())


def oai_started(
    *args: str,
    env: Mapping[str, str | None] | None = None,
    server: Server | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """The real command, started and left running; the caller ends it."""
    return subprocess.Popen(
        [sys.executable, "-m", "openai_cli", *args],
        env=environment({"PYTHONPATH": str(ROOT), **(env or {})}, server),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def shell(
    script: str,
    *,
    env: Mapping[str, str | None] | None = None,
    server: Server | None = None,
    cwd: Path | None = None,
    timeout: float = 60,
) -> Outcome:
    """Run a bash script in which `oai` is the command."""
    start = 'oai() { "$OAI_PYTHON" -m openai_cli "$@"; }\n'
    extra = {"PYTHONPATH": str(ROOT), "OAI_PYTHON": sys.executable, **(env or {})}
    done = subprocess.run(
        ["bash", "-c", start + script],
        env=environment(extra, server),
        cwd=cwd,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr.decode())


@dataclass
class Screen:
    """What a terminal shows after a run, and every byte that was sent to it."""

    code: int
    raw: str
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The screen's lines, spaces at their ends left out."""
        return "\n".join(self.lines).rstrip("\n")


def oai_terminal(
    *args: str,
    env: Mapping[str, str | None] | None = None,
    server: Server | None = None,
    cwd: Path | None = None,
    columns: int = 80,
    rows: int = 40,
    answers: Iterable[tuple[str, str]] = (),
    timeout: float = 30,
) -> Screen:
    """Run the real command on a terminal. `answers` are (what to wait for, what to type)."""
    import pexpect  # type: ignore[import-untyped]
    import pyte

    child = pexpect.spawn(
        sys.executable,
        ["-m", "openai_cli", *args],
        env=environment({"PYTHONPATH": str(ROOT), "TERM": "xterm", **(env or {})}, server),
        cwd=str(cwd) if cwd else None,
        dimensions=(rows, columns),
        timeout=timeout,
        encoding="utf-8",
        echo=False,
    )
    log = io.StringIO()
    child.logfile_read = log
    try:
        for wanted, typed in answers:
            child.expect_exact(wanted)
            child.send(typed)
        child.expect(pexpect.EOF)
    finally:
        child.close()
    code = child.exitstatus if child.exitstatus is not None else -int(child.signalstatus or 0)
    screen = pyte.Screen(columns, rows)
    pyte.Stream(screen).feed(log.getvalue())
    return Screen(code, log.getvalue(), [line.rstrip() for line in screen.display])
