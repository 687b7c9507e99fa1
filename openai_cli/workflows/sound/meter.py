"""The line under a recording or a playback: how loud it is, how long it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.console import harmless
from ...core.moments import clock as clock
from ...render import cells, progress

if TYPE_CHECKING:
    from ...core.context import App

EVERY = 0.1
LOUDEST, LEAST = 0.0, -60.0
WIDTH = 20


class Meter:
    """One line on stderr, on a terminal only; nothing with `--quiet`, `TERM=dumb` or in CI."""

    def __init__(self, app: App) -> None:
        self._console = app.console
        self._on = progress.wanted(app)
        self._drawn = -EVERY

    def show(self, seconds: float, text: str, loudness: float | None = None) -> None:
        """The time, a bar for a loudness in dBFS, and `text`; ten times a second at most."""
        now = self._console.clock()
        if not self._on or now - self._drawn < EVERY:
            return
        self._drawn = now
        parts = [clock(seconds), harmless(text)]
        if loudness is not None:
            parts.insert(1, bar(loudness, self._unicode()))
        self._console.live([cells.fit("  ".join(parts), self._console.width - 1)])

    def clear(self) -> None:
        """Take the line away."""
        if self._on:
            self._console.live([])

    def _unicode(self) -> bool:
        encoding = getattr(self._console.stderr, "encoding", "") or ""
        return encoding.lower().replace("-", "").startswith("utf")


def bar(loudness: float, unicode: bool = True) -> str:
    """A loudness in dBFS as a bar: empty at -60 and below, full at 0."""
    share = (loudness - LEAST) / (LOUDEST - LEAST)
    full = round(min(max(share, 0.0), 1.0) * WIDTH)
    if unicode:
        return "▕" + "█" * full + "·" * (WIDTH - full) + "▏"
    return "[" + "#" * full + "." * (WIDTH - full) + "]"
