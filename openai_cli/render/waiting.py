"""How work on the server goes on: one line on a terminal, a line a change in a log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.console import harmless
from . import cells

if TYPE_CHECKING:
    from ..core.context import App

TICK = 1.0


class StatusLine:
    """Says on stderr what `label` is doing and since when; nothing with `--quiet`."""

    def __init__(self, app: App, label: str) -> None:
        console = app.console
        plain = console.env.get("TERM") == "dumb" or "CI" in console.env
        talks = any(app.option(name) for name in ("verbose", "debug", "show_headers"))
        self._console = console
        self._live = console.stderr_tty and not plain and not talks
        self._label = label
        self._started = console.clock()
        self._text = ""
        self._visible = False

    def say(self, text: str) -> None:
        """The state is this now."""
        changed = text != self._text
        self._text = text
        if self._console.quiet:
            return
        if self._live:
            self._draw()
        elif changed:
            self._console.note(self._line())

    def sleep(self, seconds: float) -> None:
        """Sleep; on a terminal the elapsed time goes on."""
        if not self._live or self._console.quiet:
            self._console.sleep(seconds)
            return
        end = self._console.clock() + seconds
        while (left := end - self._console.clock()) > 0:
            self._console.sleep(min(TICK, left))
            self._draw()

    def clear(self) -> None:
        """Take the line away."""
        if self._visible:
            self._write("\r\x1b[K")
            self._visible = False

    def _line(self) -> str:
        elapsed = self._console.clock() - self._started
        since = f" ({duration(elapsed)})" if elapsed >= 1 else ""
        return harmless(f"{self._label}: {self._text}{since}")

    def _draw(self) -> None:
        self._write("\r" + cells.fit(self._line(), self._console.width - 1) + "\x1b[K")
        self._visible = True

    def _write(self, text: str) -> None:
        stderr = self._console.stderr
        if stderr is not None:
            stderr.write(text)
            stderr.flush()


def progress(value: Any) -> str:
    """A percentage, or an object of counts, in a few words; empty for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g} %"
    if not isinstance(value, dict):
        return ""
    counts = {k: v for k, v in value.items() if isinstance(v, int) and k != "total"}
    parts = [f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count]
    total = value.get("total")
    if not parts or not isinstance(total, int):
        return ", ".join(parts)
    return f"{', '.join(parts)} of {total}"


def duration(seconds: float) -> str:
    """`48 s`, `2 min 5 s`, `3 h 20 min`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
