"""Running text that grows: what can no longer change is laid out, the rest waits."""

from __future__ import annotations

import re
from typing import Self

from .markdown_inline import MATH_REACH, SPECIAL, Look, guess, parse
from .markdown_text import Row, Wrapper, cut, twin

_SLICE = 1000
_EAGER = 8
_BOUNDARY = re.compile(r"[\s\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]")
_NEWS = re.compile(r"[\\`*_~\[\]()<>&$]")
_NO_CONTEXT = re.compile(r"[\s\\`*_~\[<&$!]")


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
        self._tries = 0

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
        if not (over or self._worth_a_try(end)):
            return True
        self._tried = end
        self._tries += 1
        parsed = parse(self._context + self._pending[:end], self._look, self._base)
        if over or not parsed.open:
            self._settle(self._without_context(parsed.spans), end)
        return True

    def _worth_a_try(self, end: int) -> bool:
        """Whether something may have closed; text that opens ever more is asked ever less often."""
        if self._tries >= _EAGER and end < self._tried * 1.3:
            return False
        news = _NEWS.search(self._pending, self._tried, end)
        return news is not None or end > self._tried + MATH_REACH

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
        self._seen = self._tried = self._tries = 0

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
