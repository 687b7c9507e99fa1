"""Where the text of a live answer goes: as it is, or laid out as markdown on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..core.console import harmless
from .sink import Sink

if TYPE_CHECKING:
    from ..core.context import App


class Screen(Protocol):
    """Takes text as it comes, and notices between."""

    def text(self, text: str) -> None:
        """More of the answer."""

    def notice(self, line: str) -> None:
        """A quiet line about something beside the text."""

    def end(self) -> None:
        """The answer is over, or broke off: leave the cursor at the start of a line."""


def screen(app: App, sink: Sink, *, markdown: bool) -> Screen:
    """The screen for this output: markdown only where a person looks at it."""
    if markdown and sink.terminal and app.console.env.get("TERM") != "dumb":
        return Laid(app, sink)
    return Plain(app, sink)


class Plain:
    """Byte for byte what the model said."""

    def __init__(self, app: App, sink: Sink) -> None:
        self._app = app
        self._sink = sink

    def text(self, text: str) -> None:
        self._sink.text(text)

    def notice(self, line: str) -> None:
        if self._sink.terminal:
            self._sink.end_line()
        note(self._app, line)

    def end(self) -> None:
        self._sink.end_line()


class Laid:
    """Markdown; a notice closes the block that is open."""

    def __init__(self, app: App, sink: Sink) -> None:
        self._app = app
        self._sink = sink
        self._fresh()

    def _fresh(self) -> None:
        from .markdown import MarkdownStream

        console = self._app.console
        self._stream = MarkdownStream(
            lambda text: self._sink.text(text, trusted=True),
            lambda: console.width,
            lambda: console.height,
            color=console.colored(),
        )
        self._empty = True

    def text(self, text: str) -> None:
        if text:
            self._stream.feed(text)
            self._empty = False

    def notice(self, line: str) -> None:
        self.end()
        self._fresh()
        note(self._app, line)

    def end(self) -> None:
        if not self._empty:
            self._stream.finish()
            self._empty = True


def note(app: App, line: str) -> None:
    """A dim line on stderr."""
    if not app.console.quiet:
        app.console.note(app.console.style(harmless(line), "2", stderr=True), trusted=True)
