"""The blocks that hold text: paragraphs, headings, code. Each hands out rows as they become final.

A leaf takes text as it comes, keeps only what may still change, and can be copied: the copy is
closed to see what the open block looks like now.
"""

from __future__ import annotations

import re
from typing import Protocol, Self

from .markdown_code import Highlighter
from .markdown_flow import Flow
from .markdown_text import Row, cut, split, twin

_CLOSING = re.compile(r"[ \t]+#*[ \t]*\Z")
_NOTHING_ELSE = re.compile(r"(?:[ \t]+|^)#*[ \t]*\Z")


class Leaf(Protocol):
    """What the block parser knows about the leaf it fills."""

    def copy(self) -> Self: ...

    def begin(self, text: str) -> None:
        """The start of a line whose rest comes with `more`, and whose end with `end_line`."""

    def more(self, text: str) -> None: ...

    def end_line(self) -> None: ...

    def close(self, *, guessing: bool = False) -> None:
        """Nothing follows; or, when `guessing`, this is to see how it looks now."""

    def resize(self, width: int, limit: int) -> None: ...

    def drain(self) -> list[Row]: ...


class Paragraph:
    """Lines of text. The last whole line waits: the next may make it a heading or a table."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._begun = False
        self.waiting: str | None = None

    @property
    def alone(self) -> bool:
        """Whether the waiting line is all there is."""
        return not self._begun

    def copy(self) -> Self:
        """The same lines."""
        other = twin(self)
        other._flow = self._flow.copy()
        return other

    def line(self, text: str) -> None:
        """A whole line."""
        self.let_go()
        self.waiting = text

    def begin(self, text: str) -> None:
        """The start of a long line."""
        self.let_go()
        self._start(text)

    def _start(self, text: str) -> None:
        self._flow.feed("\n" + text if self._begun else text)
        self._begun = True

    def let_go(self) -> None:
        """The waiting line is text: nothing that follows makes anything else of it."""
        if self.waiting is not None:
            self._start(self.waiting)
            self.waiting = None

    def more(self, text: str) -> None:
        """More of a long line."""
        self._flow.feed(text)

    def end_line(self) -> None:
        """The end of a long line; the line end itself goes before the next line, if any."""

    def close(self, *, guessing: bool = False) -> None:
        """Lay out the rest."""
        if guessing and self.waiting is not None:
            more = "\n" + self.waiting if self._begun else self.waiting
            self._flow.close(guessing=True, more=more)
        else:
            self.let_go()
            self._flow.close(guessing=guessing)

    def resize(self, width: int, limit: int) -> None:
        """Lay out the open row for another width."""
        self._flow.resize(width, limit)

    def drain(self) -> list[Row]:
        """The rows that are final, once."""
        return self._flow.drain()


class Heading:
    """One line of bold text, without the `hashes` that may close it."""

    def __init__(self, flow: Flow, *, hashes: bool) -> None:
        self._flow = flow
        self._hashes = hashes
        self._held = ""
        self._fed = False

    def copy(self) -> Self:
        """The same line."""
        other = twin(self)
        other._flow = self._flow.copy()
        return other

    def begin(self, text: str) -> None:
        """The start of the line."""
        self.more(text)

    def more(self, text: str) -> None:
        """More of the line; what looks like closing hashes waits for what follows."""
        if not self._hashes:
            self._flow.feed(text)
            return
        text = self._held + text
        found = (_CLOSING if self._fed else _NOTHING_ELSE).search(text)
        end = found.start() if found else len(text)
        self._held = text[end:]
        if end:
            self._fed = True
            self._flow.feed(text[:end])

    def end_line(self) -> None:
        """A heading is one line; the block parser closes it."""

    def close(self, *, guessing: bool = False) -> None:
        """Lay out the rest."""
        self._flow.close(guessing=guessing)

    def resize(self, width: int, limit: int) -> None:
        """Lay out the open row for another width."""
        self._flow.resize(width, limit)

    def drain(self) -> list[Row]:
        """The rows that are final, once."""
        return self._flow.drain()


class Code:
    """Lines as they stand; each is final when it ends. The terminal itself wraps long ones, so that
    they are copied whole; only a line that would fill the screen is cut."""

    def __init__(self, highlighter: Highlighter, width: int, limit: int) -> None:
        self._highlighter = highlighter
        self._line: str | None = None
        self._done: list[Row] = []
        self.resize(width, limit)

    def copy(self) -> Self:
        """The same open line."""
        other = twin(self)
        other._highlighter = self._highlighter.copy()
        other._done = []
        return other

    def line(self, text: str) -> None:
        """A whole line."""
        self.begin(text)
        self.end_line()

    def begin(self, text: str) -> None:
        """The start of a long line."""
        self._line = ""
        self.more(text)

    def more(self, text: str) -> None:
        """More of a long line."""
        line = (self._line or "") + text.expandtabs(4)
        while (count := cut(line, self._chop)) < len(line):
            row = self._highlighter.line(line[:count])
            while row:
                head, row = split(row, self._width)
                self._done.append(head)
            line = line[count:]
        self._line = line

    def end_line(self) -> None:
        """The line is complete."""
        if self._line is not None:
            self._done.append(self._highlighter.line(self._line + "\n"))
            self._line = None

    def close(self, *, guessing: bool = False) -> None:
        """Lay out the open line."""
        if guessing and self._line is not None:
            self._done.append(self._highlighter.peek(self._line))
            self._line = None
        self.end_line()

    def resize(self, width: int, limit: int) -> None:
        """Lines are cut for another width from here on."""
        self._width = max(width, 2)
        self._chop = max(limit // self._width, 1) * self._width

    def drain(self) -> list[Row]:
        """The lines that are final, once."""
        done, self._done = self._done, []
        return done
