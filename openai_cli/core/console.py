"""stdin, stdout, stderr, the environment and the clock, as one object that tests can make up.

Only this module writes to the process's streams. stdout carries results (`write`), stderr carries
everything else (`note`). What is written to a terminal cannot drive it: control sequences in text
are made visible.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO, TextIO

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}


def harmless(text: str) -> str:
    """`text` with control characters replaced by visible ones; tabs and line ends stay."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    return CONTROL.sub(lambda match: _PICTURES.get(ord(match.group()), "\ufffd"), text)


class Console:
    """The streams of one run. `stdin` and `stdout` are binary, `stderr` is text; `clock` and
    `sleep` are the time of whoever waits, `now` tells the Unix time."""

    def __init__(
        self,
        stdin: BinaryIO | None,
        stdout: BinaryIO | None,
        stderr: TextIO | None,
        env: Mapping[str, str],
        *,
        terminals: tuple[bool, bool, bool] = (False, False, False),
        color: str = "auto",
    ) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.env = env
        self.stdin_tty, self.stdout_tty, self.stderr_tty = terminals
        self.color_choice = color
        self.quiet = False
        self.wrote = False
        self.at_line_start = True
        self._live = ""
        self.clock: Callable[[], float] = time.monotonic
        self.sleep: Callable[[float], None] = time.sleep
        self.now: Callable[[], float] = time.time

    @classmethod
    def system(cls) -> Console:
        """The console of this process; a closed stream is None."""
        streams = (sys.stdin, sys.stdout, sys.stderr)
        terminals = tuple(_is_terminal(stream) for stream in streams)
        return cls(
            getattr(sys.stdin, "buffer", None),
            getattr(sys.stdout, "buffer", None),
            sys.stderr,
            os.environ,
            terminals=(terminals[0], terminals[1], terminals[2]),
        )

    # -- results ------------------------------------------------------------------------------

    def write(self, text: str, *, trusted: bool = False) -> None:
        """Write and flush text on stdout. `trusted` text may hold styling of our own."""
        if self.stdout_tty and not trusted:
            text = harmless(text)
        self.write_bytes(text.encode("utf-8", "replace"))
        if text:
            self.at_line_start = text.endswith("\n")

    def write_bytes(self, data: bytes) -> None:
        """Write and flush bytes on stdout. Raises OSError (a full disk, a closed pipe)."""
        if self.stdout is None:
            raise OSError(9, "stdout is closed")
        self.wrote = True
        if self._live and self.stdout_tty:
            # Results and what is live share the screen; it comes back with its next line.
            self.live([])
        self.stdout.write(data)
        self.stdout.flush()

    def end_line(self) -> None:
        """On a terminal, leave the cursor at the start of a line."""
        if self.stdout_tty and not self.at_line_start:
            self.write("\n")

    # -- everything else ----------------------------------------------------------------------

    def note(self, text: str, *, trusted: bool = False) -> None:
        """A line on stderr, above what is live there; lost quietly when stderr is gone."""
        if self.stderr is None:
            return
        if self.stderr_tty and not trusted:
            text = harmless(text)
        self._tell(f"\r\x1b[J{text}\n{self._live}" if self._live else text + "\n")

    def live(self, lines: Sequence[str]) -> None:
        """Lines at the bottom of the terminal that are written anew each time; none takes them
        away. They must fit its width, and are not checked."""
        shown = "\x1b[K\n".join(lines)
        back = f"\x1b[{len(lines) - 1}A" if len(lines) > 1 else ""
        was, self._live = self._live, f"{shown}\x1b[J{back}\r" if lines else ""
        if (was or lines) and self.stderr is not None:
            self._tell("\r" + (self._live or "\x1b[J"))

    def _tell(self, text: str) -> None:
        assert self.stderr is not None
        try:
            self.stderr.write(text)
            self.stderr.flush()
        except UnicodeEncodeError:
            self.stderr.write(text.encode("ascii", "backslashreplace").decode())
            self.stderr.flush()
        except (OSError, ValueError):
            pass

    def warn(self, text: str) -> None:
        """A warning on stderr, unless `--quiet`."""
        if not self.quiet:
            shown = harmless(text) if self.stderr_tty else text
            self.note(f"{self.style('warning:', '33', stderr=True)} {shown}", trusted=True)

    # -- what the terminal is -----------------------------------------------------------------

    @property
    def interactive(self) -> bool:
        """Whether a question can be asked: stdin and stderr are terminals."""
        return self.stdin_tty and self.stderr_tty

    @property
    def width(self) -> int:
        """Columns to lay text out in; `COLUMNS` speaks first, 80 where nothing is known."""
        return self._measure("COLUMNS", 0, 80)

    @property
    def height(self) -> int:
        """Lines of the terminal; `LINES` speaks first, 24 where nothing is known."""
        return self._measure("LINES", 1, 24)

    def _measure(self, variable: str, axis: int, fallback: int) -> int:
        text = self.env.get(variable, "")
        if text.isdigit() and int(text) > 0:
            return int(text)
        for descriptor in (1, 2, 0):
            try:
                return os.get_terminal_size(descriptor)[axis] or fallback
            except (OSError, ValueError):
                continue
        return fallback

    def colored(self, *, stderr: bool = False) -> bool:
        """Whether styling is wanted: `--color`, `NO_COLOR`, `FORCE_COLOR`, `TERM=dumb`, a tty."""
        if self.color_choice != "auto":
            return self.color_choice == "always"
        if self.env.get("NO_COLOR"):
            return False
        if self.env.get("FORCE_COLOR", "0") not in ("", "0"):
            return True
        if self.env.get("TERM") == "dumb":
            return False
        return self.stderr_tty if stderr else self.stdout_tty

    def style(self, text: str, code: str, *, stderr: bool = False) -> str:
        """`text` in an ANSI style (`1` bold, `2` dim, `31` red …) where colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colored(stderr=stderr) else text


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream is not None and stream.isatty())  # type: ignore[attr-defined]
    except ValueError:
        return False
