"""The person's hands in a conversation: lines to send, a key to hold, questions to answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...render import cells, progress
from ..sound import meter
from .keys import Keys, Typing

if TYPE_CHECKING:
    from ...core.context import App
    from .asking import Asking
    from .conversation import Conversation
    from .ear import Held
    from .page import Page
    from .paragraphs import Paragraphs

SPEAK = (" ", "\r", "\n")
"""Keys that begin and end a turn."""
END = "\x04"
BESIDE = len("59:59  > ") + 1
METER = meter.WIDTH + len("[]  ")
"""Columns that stand beside what is typed in the quiet line."""


class Keyboard:
    """What is typed. `over` says that the person has ended the conversation, or the pipe has."""

    def __init__(
        self, app: App, conversation: Conversation, asking: Asking, page: Page, *, speaks: bool
    ) -> None:
        self._app = app
        self._speaks = speaks
        self._conversation = conversation
        self._asking = asking
        self._page = page
        self._typing = Typing()
        self._lines: deque[str] = deque()
        self._keys: Keys | None = None
        self._held: Held | None = None
        self._piped = False
        self.over = False

    @contextmanager
    def opened(self, piped: bool, *, held: Held | None) -> Iterator[Keyboard]:
        """Read a pipe, or the terminal where there is one."""
        console = self._app.console
        self._held, self._piped = held, piped
        if piped:
            self._app.inputs.claim_stdin("what you say")
        elif not console.stdin_tty or self._app.option("no_input"):
            yield self
            return
        single = not piped and (held is not None or progress.wanted(self._app))
        with Keys(console, single=single) as self._keys:
            yield self

    def welcome(self) -> None:
        """Say what can be done."""
        if self._keys and not self._piped:
            way = "space begins and ends a turn" if self._held else "type to write"
            self._page.tell(f"{way}; Ctrl-C ends the conversation")

    def look(self, said: Paragraphs, block: bytes) -> None:
        """Act on what was typed, and show what is being typed."""
        if self._keys:
            self._act(self._keys.take())
            if self._keys.ended and not self._lines:
                self._end_of_keys()
        if self._asking.question and not self._asking.told:
            self._asking.told = True
            self._page.tell(f"{self._asking.question} [y/N]")
        self._page.status(said, self._status(bool(block)), block)

    def _end_of_keys(self) -> None:
        if rest := self._typing.rest().strip():
            self._lines.append(rest)
            self._next()
        else:
            self.over = True

    def _act(self, typed: str) -> None:
        if self._held is not None:
            for key in typed:
                self._press(key)
            return
        lines = [line for line in self._typing.feed(typed) if line.strip() or self._asking.question]
        self.over = self.over or self._typing.over
        for line in lines:
            if self._asking.question:
                self._asking.answer(line)
            else:
                self._lines.append(line)
        self._next()

    def _next(self) -> None:
        """Send a line: a person's at once, those of a pipe one after the other."""
        while self._lines and (not self._piped or self._conversation.idle):
            self._conversation.typed(self._lines.popleft())

    def _press(self, key: str) -> None:
        assert self._held is not None
        if self._asking.question:
            self._asking.answer(key)
        elif key == END:
            self.over = True
        elif key in SPEAK and self._held.open:
            self._held.release()
        elif key in SPEAK:
            self._conversation.interrupt()
            self._held.press()

    def _status(self, metered: bool) -> str:
        if self._asking.question:
            return "y or n?"
        if self._typing.text:
            beside = BESIDE + (METER if metered else 0)
            return "> " + cells.fit_end(self._typing.text, self._app.console.width - beside)
        if self._held is None:
            return "speak, or type" if self._speaks else "type"
        return "speaking: space sends it" if self._held.open else "space: speak"
