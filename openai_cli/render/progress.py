"""How far a long transfer is: one line on stderr, only on a terminal, only after a second."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from . import cells

if TYPE_CHECKING:
    from ..core.context import App

PATIENCE = 1.0
EVERY = 0.1
READ = 1 << 20


class Progress:
    """Counts bytes and shows them. `total` is None where nobody knows."""

    def __init__(self, app: App, verb: str, total: int | None) -> None:
        console = app.console
        plain = console.env.get("TERM") == "dumb" or "CI" in console.env
        self._on = console.stderr_tty and not console.quiet and not plain
        self._console = console
        self._verb = verb
        self._total = total
        self._done = 0
        self._started = time.monotonic()
        self._shown = 0.0
        self._visible = False

    def add(self, count: int) -> None:
        """Some more bytes went through."""
        self._done += count
        if self._on:
            now = time.monotonic()
            if now - self._started > PATIENCE and now - self._shown > EVERY:
                self._shown = now
                self._draw(now)

    def _draw(self, now: float) -> None:
        rate = self._done / max(now - self._started, 1e-6)
        text = f"{self._verb} {cells.size(self._done)}"
        if self._total:
            left = (self._total - self._done) / max(rate, 1)
            text += f" of {cells.size(self._total)} ({self._done * 100 // self._total} %)"
            text += f", {cells.size(rate)}/s, {left:.0f} s left"
        else:
            text += f", {cells.size(rate)}/s"
        assert self._console.stderr is not None
        self._console.stderr.write("\r" + cells.fit(text, self._console.width - 1) + "\x1b[K")
        self._console.stderr.flush()
        self._visible = True

    def clear(self) -> None:
        """Take the line away."""
        if self._visible and self._console.stderr is not None:
            self._console.stderr.write("\r\x1b[K")
            self._console.stderr.flush()
            self._visible = False

    def over(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks, counted."""
        try:
            for data in chunks:
                self.add(len(data))
                yield data
        finally:
            self.clear()


class CountedFile:
    """A file being sent: reads in large steps whatever is asked for, and counts.

    Without `fileno` when it is a pipe, so that nobody takes its size for zero.
    """

    def __init__(self, stream: BinaryIO, progress: Progress, size: int | None) -> None:
        self._stream = stream
        self._progress = progress
        if size is not None:
            self.fileno = stream.fileno
            self.seek = stream.seek
            self.tell = stream.tell

    def read(self, count: int = -1) -> bytes:
        """The next bytes, more of them than asked for."""
        data = self._stream.read(READ) if count else b""
        self._progress.add(len(data))
        if not data:
            self._progress.clear()
        return data

    def close(self) -> None:
        """Close what is read."""
        self._progress.clear()
        self._stream.close()
