"""What is said, as text: a paragraph each, in the order of the conversation, word by word.

Only the first paragraph that is not finished is written, and nothing is ever taken back: there is
nothing to flicker. Words of the model wait until they are heard. A paragraph that stays empty for
long lets the next one pass.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from ...catalog.record import Record

PATIENCE = 2.0
"""Seconds that a paragraph without a word holds up those behind it."""
LOST = 15.0
"""Seconds after which nobody waits for its words any more."""


class Paper(Protocol):
    """Where text is written."""

    def text(self, text: str, *, trusted: bool = False) -> None:
        """Write at once."""


class _Piece(Record):
    text: str
    at: int


class _Paragraph(Record):
    key: str
    who: str
    since: float
    waiting: deque[_Piece]
    words: str = ""
    open: bool = False
    over: bool = False


class Paragraphs:
    """`live` writes words as they come (for a terminal), else a paragraph is written when it is
    whole. `names` are set before paragraphs, by who speaks. `heard(key)` tells how many frames of
    an answer have been heard."""

    def __init__(
        self,
        paper: Paper,
        clock: Callable[[], float],
        heard: Callable[[str], int],
        *,
        live: bool,
        names: dict[str, str] | None = None,
    ) -> None:
        self._paper = paper
        self._clock = clock
        self._heard = heard
        self._live = live
        self._names = names or {}
        self._all: deque[_Paragraph] = deque()

    # -- what is said -------------------------------------------------------------------------

    def begin(self, who: str, key: str) -> None:
        """A paragraph comes; nothing happens where there is one already."""
        if self._find(key) is None:
            self._all.append(_Paragraph(key, who, self._clock(), deque()))

    def say(self, key: str, text: str, at: int = 0) -> None:
        """More words; they are due when so many frames of the sound have been heard."""
        if (found := self._find(key)) and text:
            found.waiting.append(_Piece(" ".join(text.splitlines()) or " ", at))

    def finish(self, key: str, text: str = "") -> None:
        """That was all; `text` is the whole of it, for those who said nothing before."""
        if found := self._find(key):
            if not found.words and not found.waiting:
                self.say(key, text)
            found.over = True
            self.show()

    def line(self, who: str, key: str, text: str) -> None:
        """A paragraph that is whole."""
        self.begin(who, key)
        self.finish(key, text)

    def cut(self, who: str) -> None:
        """Whoever speaks was interrupted: what was not heard was not said."""
        self.show()
        for paragraph in self._all:
            if paragraph.who == who:
                paragraph.waiting.clear()
                paragraph.over = True
        self.show()

    def _find(self, key: str) -> _Paragraph | None:
        return next((one for one in self._all if one.key == key), None)

    # -- how it is written --------------------------------------------------------------------

    @property
    def resting(self) -> bool:
        """Whether no line is half written."""
        return not (self._live and self._all and self._all[0].open)

    @property
    def pending(self) -> bool:
        """Whether something is still to be written."""
        return bool(self._all)

    def show(self) -> None:
        """Write what is due."""
        while self._all:
            first = self._all[0]
            self._release(first)
            if first.over and not first.waiting:
                self._end(first)
            elif not self._may_pass(first):
                return

    def _release(self, paragraph: _Paragraph) -> None:
        heard = self._heard(paragraph.key)
        while paragraph.waiting and paragraph.waiting[0].at <= heard:
            text = paragraph.waiting.popleft().text
            text = text if paragraph.words else text.lstrip()
            paragraph.words += text
            if self._live and text:
                self._open(paragraph)
                self._paper.text(text)

    def _open(self, paragraph: _Paragraph) -> None:
        if not paragraph.open:
            paragraph.open = True
            self._paper.text(self._names.get(paragraph.who, ""), trusted=True)

    def _end(self, paragraph: _Paragraph) -> None:
        self._all.popleft()
        if self._live and paragraph.open:
            self._paper.text("\n")
        elif not self._live and paragraph.words.strip():
            self._paper.text(self._names.get(paragraph.who, ""), trusted=True)
            self._paper.text(paragraph.words.strip() + "\n")

    def _may_pass(self, first: _Paragraph) -> bool:
        """Put a paragraph that nobody fills behind the next; give up on one that is lost."""
        age = self._clock() - first.since
        if first.words or first.waiting or age < PATIENCE:
            return False
        if age > LOST:
            first.over = True
            return True
        if len(self._all) > 1 and (self._all[1].waiting or self._all[1].over):
            self._all[0], self._all[1] = self._all[1], first
            return True
        return False

    def close(self) -> None:
        """The talk is over: what was heard is written, and the last line ended."""
        for paragraph in self._all:
            paragraph.over = True
        self.show()
        while self._all:
            self._all[0].waiting.clear()
            self.show()
