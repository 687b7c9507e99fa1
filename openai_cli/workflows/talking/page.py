"""Where a session's text goes: stdout, `-o FILE`, or stderr where stdout carries sound; and the
quiet line below it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...core.console import harmless
from ...render import progress
from ...render.sink import Sink, open_sink
from ..sound.meter import Meter
from ..sound.pcm import level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...core.context import App
    from .paragraphs import Paper, Paragraphs


class _Aside:
    """stderr, a line at a time."""

    def __init__(self, app: App) -> None:
        self._console = app.console
        self._line = ""

    def text(self, text: str, *, trusted: bool = False) -> None:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._console.note(line)


class _Nowhere:
    """Events are shown instead."""

    def text(self, text: str, *, trusted: bool = False) -> None:
        """Not shown."""


class Page:
    """The text of one session. `live` says that a person sees it grow."""

    def __init__(self, app: App, paper: Paper) -> None:
        self._app = app
        self._paper = paper
        self._sink = paper if isinstance(paper, Sink) else None
        self.live = self._sink is not None and self._sink.terminal
        self.shown = not isinstance(paper, _Nowhere)
        self._meter = Meter(app)
        self._status = False
        self._watched = progress.wanted(app)
        self._began = app.console.clock()

    def text(self, text: str, *, trusted: bool = False) -> None:
        """Write, after taking the quiet line away."""
        self.clear()
        self._paper.text(text, trusted=trusted)

    def tell(self, line: str) -> None:
        """A line for people, beside the text."""
        console = self._app.console
        if console.quiet:
            return
        self.clear()
        if self.live and self._sink:
            self._sink.end_line()
        console.note(console.style(harmless(line), "2", stderr=True), trusted=True)

    def name(self, who: str, code: str) -> str:
        """A speaker's name as it stands before a paragraph."""
        styled = self.live and self._app.console.colored()
        return f"\x1b[{code}m{who}:\x1b[0m " if styled else f"{who}: "

    def status(self, paragraphs: Paragraphs, text: str, block: bytes = b"") -> None:
        """The quiet line: time, how loud it is, and what can be done; where there is room."""
        if not (self._watched and self.shown) or (self.live and not paragraphs.resting):
            return
        self._status = True
        loudness = level(block) if block else None
        self._meter.show(self._app.console.clock() - self._began, text, loudness)

    def clear(self) -> None:
        """Take the quiet line away."""
        if self._status:
            self._status = False
            self._meter.clear()


@contextmanager
def page(app: App, *, text: bool, sound_on_stdout: bool, plain: bool = False) -> Iterator[Page]:
    """The page for this command line; without `text`, events are shown and there is none. `plain`
    says that `-o` is not for text."""
    saved = not plain and app.option("output") not in (None, "", "-")
    if not text:
        yield Page(app, _Nowhere())
    elif sound_on_stdout and not saved:
        yield Page(app, _Aside(app))
    elif plain:
        yield Page(app, Sink(app.console))
    else:
        with open_sink(app) as sink:
            yield Page(app, sink)
