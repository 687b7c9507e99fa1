"""The blocks that hold text: paragraphs, headings, code. Each hands out rows as they become final.

A leaf takes text as it comes, keeps only what may still change, and can be copied: the copy is closed
to see what the open block looks like now.
"""

from __future__ import annotations

import re
from typing import Protocol, Self

from .markdown_code import Highlighter
from .markdown_inline import MATH_REACH, SPECIAL, Look, guess, parse
from .markdown_text import Row, Wrapper, cut, split, twin

_SLICE = 1000
_BOUNDARY = re.compile(r"[\s\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]")
_NEWS = re.compile(r"[\\`*_~\[\]()<>&$]")
_NO_CONTEXT = re.compile(r"[\s\\`*_~\[<&$!]")
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
        """Nothing follows; `guessing` says that something will, and how it looks has to be guessed."""

    def resize(self, width: int, limit: int) -> None: ...

    def drain(self) -> list[Row]: ...


class Flow:
    """Running text. What can no longer change is laid out; `limit` cells may wait for a closing
    mark, then they are taken as they stand."""

    def __init__(self, look: Look, width: int, limit: int, base: str = "") -> None:
        self._look, self._base, self._limit = look, base, limit
        self._wrapper = Wrapper(width)
        self._pending = ""
        self._context = ""
        self._seen = 0
        self._tried = 0

    def copy(self) -> Self:
        """The same text, without the rows that are out."""
        other = twin(self)
        other._wrapper = self._wrapper.copy()
        return other

    def feed(self, text: str) -> None:
        """Append text. How it is cut up makes no difference."""
        for start in range(0, len(text), _SLICE):
            self._pending += text[start : start + _SLICE]
            while self._step():
                pass

    def _step(self) -> bool:
        """Lay out what is plain, then look at the next place where the rest may be complete."""
        found = SPECIAL.search(self._pending)
        plain = found.start() if found else len(self._pending)
        if plain:
            self._settle([(self._pending[:plain], self._look.sgr(self._base), "")], plain)
        if not found:
            return False
        end = self._next_end()
        if end is None:
            return False
        self._seen = end
        over = self._is_over(end)
        news = _NEWS.search(self._pending, self._tried, end) or end > self._tried + MATH_REACH
        if not (over or news):
            return True
        self._tried = end
        parsed = parse(self._context + self._pending[:end], self._look, self._base)
        if over or not parsed.open:
            self._settle(self._without_context(parsed.spans), end)
        return True

    def _next_end(self) -> int | None:
        found = _BOUNDARY.search(self._pending, self._seen)
        end = found.end() if found else len(self._pending) + 1
        most = self._seen + self._limit
        if end > most:
            end = most
        return end if end <= len(self._pending) else None

    def _is_over(self, end: int) -> bool:
        return end >= self._limit or cut(self._pending[:end], self._limit) < end

    def _settle(self, spans: Row, count: int) -> None:
        for span in spans:
            self._wrapper.add(*span)
        last = self._pending[count - 1]
        self._context = "" if _NO_CONTEXT.match(last) else last
        self._pending = self._pending[count:]
        self._seen = self._tried = 0

    def _without_context(self, spans: Row) -> Row:
        if not self._context:
            return spans
        (text, sgr, link), *rest = spans
        return [(text[len(self._context) :], sgr, link), *rest]

    def close(self, *, guessing: bool, more: str = "") -> None:
        """Lay out the rest, and `more` that may still be taken back."""
        self._pending += more
        if self._pending:
            text = self._context + self._pending
            spans = (
                guess(text, self._look, self._base)
                if guessing
                else parse(text, self._look, self._base).spans
            )
            for span in self._without_context(spans):
                self._wrapper.add(*span)
            self._pending = ""
        self._wrapper.finish()

    def resize(self, width: int, limit: int) -> None:
        """Lay out the open row for another width."""
        self._limit = limit
        self._wrapper.resize(width)

    def drain(self) -> list[Row]:
        """The rows that are final, once."""
        return self._wrapper.drain()


class Paragraph:
    """Lines of text. The last whole line waits: the next may make it a heading or a table's head."""

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
        """The end of a long line: the line end itself goes before the next line, if there is one."""

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
    """One line of bold text, without the hashes that may close it."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
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
