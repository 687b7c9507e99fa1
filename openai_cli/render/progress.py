"""How far transfers are: a line each on stderr, only on a terminal, only after a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from ..core.console import harmless
from . import cells

if TYPE_CHECKING:
    from ..core.context import App

PATIENCE = 1.0
EVERY = 0.1
READ = 1 << 20
LANES = 4
"""Transfers that get a line of their own."""
NAME = 30


def wanted(app: App) -> bool:
    """Whether somebody watches."""
    console = app.console
    plain = console.env.get("TERM") == "dumb" or "CI" in console.env
    return console.stderr_tty and not console.quiet and not plain


class Progress:
    """Counts bytes and shows them. `total` is None where nobody knows; `done` are bytes that were
    there before."""

    def __init__(self, app: App, verb: str, total: int | None, done: int = 0) -> None:
        self._on = wanted(app)
        self._console = app.console
        self._verb = verb
        self._total = total
        self._done = done
        self._before = done
        self._started = time.monotonic()
        self._shown = 0.0

    def add(self, count: int) -> None:
        """Some more bytes went through."""
        self._done += count
        if self._on:
            now = time.monotonic()
            if now - self._started > PATIENCE and now - self._shown > EVERY:
                self._shown = now
                moved = self._done - self._before
                text = said(self._verb, self._done, self._total, moved, now - self._started)
                self._console.live([cells.fit(text, self._console.width - 1)])

    def clear(self) -> None:
        """Take the line away."""
        if self._on:
            self._console.live([])

    def over(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks, counted."""
        try:
            for data in chunks:
                self.add(len(data))
                yield data
        finally:
            self.clear()


def said(verb: str, done: int, total: int | None, moved: int, seconds: float) -> str:
    """`sent 3.1 MB of 10 MB (31 %), 1 MB/s, 7 s left`; `moved` bytes took those seconds."""
    rate = moved / max(seconds, 1e-6)
    text = f"{verb} {cells.size(done)}"
    if not total:
        return f"{text}, {cells.size(rate)}/s"
    left = max(total - done, 0) / max(rate, 1)
    text += f" of {cells.size(total)} ({done * 100 // total} %)"
    return f"{text}, {cells.size(rate)}/s, {left:.0f} s left"


class Lane:
    """One transfer among several; any thread may count it."""

    def __init__(self, board: Board, name: str, size: int, done: int) -> None:
        self.name = name
        self.size = size
        self.done = done
        self._board = board

    def add(self, count: int) -> None:
        """Some more bytes went through; a negative number takes back what has to go again."""
        self._board.add(self, count)


class Board:
    """Several transfers at a time: a line for each that is under way, and one for all of them.

    `files` is how many there are, `total` their bytes. Used as a context manager, which takes the
    lines away at the end.
    """

    def __init__(self, app: App, verb: str, files: int = 1, total: int = 0) -> None:
        self._on = wanted(app)
        self._console = app.console
        self._verb = verb
        self._files = files
        self._total = total
        self._lock = threading.Lock()
        self._lanes: list[Lane] = []
        self._ended = 0
        self._done = 0
        self._moved = 0
        self._started = time.monotonic()
        self._shown = 0.0

    @contextmanager
    def lane(self, name: str, size: int, done: int = 0) -> Iterator[Lane]:
        """A transfer of `size` bytes, `done` of which were through before."""
        made = Lane(self, name, size, done)
        with self._lock:
            self._lanes.append(made)
            self._done += done
        try:
            yield made
        finally:
            with self._lock:
                self._lanes.remove(made)
                self._ended += 1

    def add(self, lane: Lane, count: int) -> None:
        """Some more bytes of one transfer went through."""
        with self._lock:
            lane.done += count
            self._done += count
            self._moved += count
            now = time.monotonic()
            if self._on and now - self._started > PATIENCE and now - self._shown > EVERY:
                self._shown = now
                self._console.live(self._lines(now - self._started))

    def _lines(self, seconds: float) -> list[str]:
        width = self._console.width - 1
        if self._files == 1 and len(self._lanes) == 1:
            lane = self._lanes[0]
            text = said(self._verb, lane.done, lane.size, max(self._moved, 0), seconds)
            return [cells.fit(text, width)]
        lines = [_lane_line(lane, width) for lane in self._lanes[:LANES]]
        whole = said(self._verb, self._done, self._total, max(self._moved, 0), seconds)
        count = f"{self._ended} of {self._files} files, " if self._files > 1 else ""
        return [*lines, cells.fit(count + whole, width)]

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        if self._on:
            self._console.live([])


def _lane_line(lane: Lane, width: int) -> str:
    name = cells.fit(harmless(lane.name), NAME)
    share = lane.done * 100 // lane.size if lane.size else 100
    return cells.fit(f"  {cells.pad(name, NAME)} {share:3} % of {cells.size(lane.size)}", width)


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
