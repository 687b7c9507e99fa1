"""Styled text in terminal cells: spans, rows, and a wrapper that lays out text as it comes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

Span = tuple[str, str, str]
"""Text, its SGR codes (`1;3`, or nothing), and the address it links to (or nothing)."""

Row = list[Span]
"""One line of output, without its line end."""

_EMOJI_STYLE = "\ufe0f"
_CJK = r"\u2e80-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003fffd"
_CLOSING = "、。，．：；！？）］｝」』】》〉"
_PIECES = re.compile(rf"\n|[ \t]+|[{_CLOSING}]+|[{_CJK}]|[^\s{_CJK}{_CLOSING}]+|\s")
_WORDS = re.compile(r"\n|[^\S\n]+|\S+")
_WIDE = re.compile(rf"[{_CJK}]")


def twin(thing: T) -> T:
    """A shallow copy; what `copy.copy` does, in a tenth of its time."""
    made = object.__new__(type(thing))
    made.__dict__.update(thing.__dict__)
    return made


@lru_cache(maxsize=8192)
def _cell(char: str) -> int:
    from wcwidth import wcwidth

    # The selector widens what stands before it in some terminals; we allow for those.
    return 1 if char == _EMOJI_STYLE else max(wcwidth(char), 0)


def cells(text: str) -> int:
    """The columns that `text` takes at most: joined emoji count as their parts."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def shown(text: str) -> int:
    """The columns that `text` takes in a terminal that knows about joined emoji."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    return max(wcswidth(text), 0)


def row_cells(row: Row) -> int:
    """The columns of a row."""
    return sum(cells(text) for text, _, _ in row)


def push(row: Row, span: Span) -> None:
    """Append a span to a row, joined to the one before where both look the same."""
    if row and row[-1][1:] == span[1:]:
        row[-1] = (row[-1][0] + span[0], span[1], span[2])
    elif span[0]:
        row.append(span)


def joined(spans: Iterable[Span]) -> Row:
    """The spans as a row, neighbours that look the same joined."""
    row: Row = []
    for span in spans:
        push(row, span)
    return row


def cut(text: str, width: int) -> int:
    """How many characters of `text` fit into `width` cells, what adds no cell included."""
    if text.isascii():
        return min(len(text), width)
    used = 0
    for index, char in enumerate(text):
        used += _cell(char)
        if used > width:
            return index
    return len(text)


def trimmed(row: Row) -> Row:
    """The row without blanks at its end."""
    row = list(row)
    while row:
        text, sgr, link = row.pop()
        if text := text.rstrip(" "):
            row.append((text, sgr, link))
            break
    return row


class Wrapper:
    """Fills rows with words. `done` collects full rows; they do not depend on how the text was cut
    up when it was added."""

    def __init__(self, width: int) -> None:
        self._width = max(width, 1)
        self._row: Row = []
        self._used = 0
        self._gap: Row = []
        self._gap_used = 0
        self._word: Row = []
        self._word_used = 0
        self._after_wide = False
        self.done: list[Row] = []

    def copy(self) -> Wrapper:
        """A wrapper with the same open row and no full ones."""
        other = twin(self)
        other._row, other._gap, other._word = list(self._row), list(self._gap), list(self._word)
        other.done = []
        return other

    def add(self, text: str, sgr: str = "", link: str = "") -> None:
        """Append text. A line end ends the row."""
        if self._after_wide or _WIDE.search(text):
            for piece in _PIECES.findall(text):
                self._piece(piece, sgr, link)
            return
        at = 0
        while at < len(text):
            at += self._bulk(text, at, sgr, link)
            piece = _WORDS.match(text, at)
            if piece is None:
                return
            self._plain(piece.group(), sgr, link)
            at = piece.end()

    def _bulk(self, text: str, at: int, sgr: str, link: str) -> int:
        """Take as many words as fit into the row for certain, all at once; gives their length."""
        if not self._row or self._word or not text.isascii():
            return 0
        room = self._width - self._used - self._gap_used
        line_end = text.find("\n", at, at + room)
        end = text.rfind(" ", at, at + room if line_end < 0 else line_end)
        words = text[at:end].rstrip() if end > at else ""
        if not words or "\t" in words:
            return 0
        self._take(self._gap, self._gap_used)
        self._gap, self._gap_used = [], 0
        self._take([(words, sgr, link)], len(words))
        return len(words)

    def _piece(self, piece: str, sgr: str, link: str) -> None:
        """A piece of text with wide characters: a row may break between any two of these."""
        if piece.isspace():
            self._after_wide = False
            self._plain(piece, sgr, link)
            return
        wide = _WIDE.match(piece) is not None
        if (wide or self._after_wide) and piece[0] not in _CLOSING:
            self._flush()
        self._after_wide = wide
        self._plain(piece, sgr, link)

    def _plain(self, piece: str, sgr: str, link: str) -> None:
        if piece == "\n":
            self.end_row()
        elif piece.isspace():
            self._flush()
            piece = piece.replace("\t", " ")
            push(self._gap, (piece, sgr, link))
            self._gap_used += len(piece)
        else:
            push(self._word, (piece, sgr, link))
            self._word_used += cells(piece)
            if self._word_used > self._width:
                self._chop()

    def _flush(self) -> None:
        """Put the word into the row, or into the next one where it does not fit."""
        if not self._word:
            return
        if self._row and self._used + self._gap_used + self._word_used > self._width:
            self._break()
        elif self._row:
            self._take(self._gap, self._gap_used)
        self._gap, self._gap_used = [], 0
        self._take(self._word, self._word_used)
        self._word, self._word_used = [], 0

    def _take(self, spans: Row, used: int) -> None:
        for span in spans:
            push(self._row, span)
        self._used += used

    def _break(self) -> None:
        self.done.append(self._row)
        self._row, self._used = [], 0

    def _chop(self) -> None:
        """Cut a word that is longer than a row."""
        if self._row:
            self._break()
        self._gap, self._gap_used = [], 0
        while self._word_used > self._width:
            head, self._word = split(self._word, self._width)
            self._word_used = row_cells(self._word)
            self.done.append(head)

    def end_row(self) -> None:
        """End the row, also an empty one."""
        self._flush()
        self._gap, self._gap_used = [], 0
        self._after_wide = False
        self._break()

    def finish(self) -> None:
        """End the row if there is anything in it."""
        self._flush()
        if self._row:
            self._break()

    def drain(self) -> list[Row]:
        """The full rows, once."""
        done, self.done = self.done, []
        return done

    def resize(self, width: int) -> None:
        """Lay the open row out again; full rows stay as they are."""
        spans = [*self._row, *self._gap, *self._word]
        done = self.done
        self.__init__(width)  # type: ignore[misc]
        self.done = done
        for span in spans:
            self.add(*span)


def split(row: Row, width: int) -> tuple[Row, Row]:
    """The part of a row that fits into `width` cells (one character at least), and the rest."""
    head: Row = []
    for index, (text, sgr, link) in enumerate(row):
        count = cut(text, width)
        if count == 0 and not head:
            count = 1
        if count:
            push(head, (text[:count], sgr, link))
        if count < len(text):
            return head, [(text[count:], sgr, link), *row[index + 1 :]]
        width -= cells(text)
    return head, []


def wrapped(spans: Iterable[Span], width: int) -> list[Row]:
    """Spans laid out in rows."""
    wrapper = Wrapper(width)
    for span in spans:
        wrapper.add(*span)
    wrapper.finish()
    return wrapper.drain()


def ansi(row: Row) -> Iterator[str]:
    """The row as a terminal takes it."""
    for text, sgr, link in row:
        styled = f"\x1b[{sgr}m{text}\x1b[0m" if sgr else text
        yield f"\x1b]8;;{link}\x1b\\{styled}\x1b]8;;\x1b\\" if link else styled
