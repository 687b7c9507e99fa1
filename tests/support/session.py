"""A chat session on a terminal, driven the way a person does: look at the screen, type.

with Session("--private", server=server) as talk:
    talk.say("hello")              types, presses Enter, waits for the next prompt
    assert "Hi!" in talk.screen
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from .cli import ROOT, environment
from .server import Server

PATIENCE = 20.0
PROMPT = "> "


class Session:
    """`oai chat` in a pty; `raw` is every byte that it wrote."""

    def __init__(
        self,
        *args: str,
        server: Server | None = None,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        columns: int = 100,
        rows: int = 60,
    ) -> None:
        import pexpect  # type: ignore[import-untyped]
        import pyte

        self._child = pexpect.spawn(
            sys.executable,
            ["-m", "openai_cli", "chat", *args],
            env=environment({"PYTHONPATH": str(ROOT), "TERM": "xterm", **(env or {})}, server),
            cwd=str(cwd) if cwd else None,
            dimensions=(rows, columns),
            encoding="utf-8",
            echo=False,
        )
        self._log = io.StringIO()
        self._child.logfile_read = self._log
        self._terminal = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._terminal)
        self.code: int | None = None

    def __enter__(self) -> Session:
        self.ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self.code is None:
            self.leave()
        self._child.close(force=True)

    # -- looking --------------------------------------------------------------------------------

    @property
    def raw(self) -> str:
        """Every byte so far."""
        return self._log.getvalue()

    @property
    def lines(self) -> list[str]:
        """The screen's lines down to the last that shows something."""
        return "\n".join(line.rstrip() for line in self._terminal.display).rstrip("\n").split("\n")

    @property
    def screen(self) -> str:
        """The screen as text."""
        return "\n".join(self.lines)

    def until(self, done: Callable[[], Any], what: str) -> None:
        """Read until something holds of the screen."""
        import pexpect

        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, f"{what} did not come:\n{self.screen}"
            try:
                self._stream.feed(self._child.read_nonblocking(65536, timeout=0.1))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                assert done(), f"the end came before {what}:\n{self.screen}"

    def see(self, text: str) -> None:
        """Wait until the screen shows a text."""
        self.until(lambda: text in self.screen, repr(text))

    def ready(self) -> None:
        """Wait for an empty prompt in the last line, the cursor behind it."""

        def there() -> bool:
            cursor = self._terminal.cursor
            row = self._terminal.display[cursor.y].rstrip()
            last = cursor.y == len(self.lines) - 1
            return last and (row == ">" or row.endswith("% full")) and cursor.x == len(PROMPT)

        self.until(there, "the prompt")

    # -- typing ---------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Press keys."""
        self._child.send(text)

    def say(self, text: str) -> str:
        """Type a line, press Enter, wait for the next prompt; what the screen got of it."""
        before = len(self.lines)
        self.type(text)
        self.until(lambda: f"> {text}" in "\n".join(self.lines[before - 1 :]), repr(text))
        self.type("\r")
        self.until(lambda: len(self.lines) > before, "what follows")
        self.ready()
        return "\n".join(self.lines[before:-1])

    def leave(self, keys: str = "\x04") -> None:
        """Press what leaves, and wait for the end."""
        import pexpect

        self.type(keys)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self._stream.feed(self._child.read_nonblocking(65536, timeout=0.1))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
        self._child.close()
        self.code = self._child.exitstatus
