"""A terminal with scrollback that reflows its lines when it is resized, as terminals of today do.

pyte does the emulating; what it lacks is added here: it keeps the scrollback, knows which line ends
are the program's and which are its own, wraps wide characters that do not fit, and passes over what
has no width.
"""

from __future__ import annotations

from typing import Any

import pyte
from pyte.screens import Char, StaticDefaultDict
from wcwidth import wcwidth


class _Line(StaticDefaultDict[int, Char]):
    """A line of the screen, and whether it goes on in the next one."""

    wrapped = False


class _Screen(pyte.HistoryScreen):
    """pyte's screen, with line ends told apart."""

    def __init__(self, columns: int, lines: int) -> None:
        self._drawing = False
        super().__init__(columns, lines, history=1_000_000)
        self.buffer.default_factory = self._blank  # type: ignore[attr-defined]
        self.set_mode(pyte.modes.LNM)
        self.attributes: list[str] = []

    def _blank(self) -> _Line:
        return _Line(self.default_char)

    def draw(self, data: str) -> None:
        if data.isascii():
            self._draw(data)
            return
        for char in data:
            width = wcwidth(char)
            if width == 2 and self.cursor.x == self.columns - 1:
                self.cursor.x = self.columns
            if width > 0 or "\u0300" <= char <= "\u036f":
                self._draw(char)

    def _draw(self, data: str) -> None:
        self._drawing = True
        super().draw(data)
        self._drawing = False

    def linefeed(self) -> None:
        if self._drawing:
            self.buffer[self.cursor.y].wrapped = True  # type: ignore[attr-defined]
        super().linefeed()

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        # In a real terminal the cursor still stands on the last letter of a full line.
        if how == 0 and self.cursor.x == self.columns:
            self.cursor.x -= 1
            super().erase_in_line(how, private)
            self.cursor.x += 1
            return
        super().erase_in_line(how, private)

    def all_lines(self) -> list[Any]:
        """Scrollback, and the screen down to the last line in use."""
        lines = [*self.history.top, *(self.buffer[y] for y in range(self.lines))]
        used = len(self.history.top) + self.cursor.y
        while len(lines) - 1 > used and not any(char.data.strip() for char in lines[-1].values()):
            lines.pop()
        return lines

    def chars(self, line: Any) -> list[Char]:
        """A line without the blanks behind it."""
        last = max((x for x, char in line.items() if char.data != " "), default=-1)
        return [line[x] for x in range(last + 1)]


class Terminal:
    """Takes what a program writes; `lines` is all it shows, scrollback included."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self._screen = _Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self.columns, self.rows = columns, rows
        self.written = 0
        self.writes: list[str] = []

    def write(self, text: str) -> None:
        """Take text."""
        self.written += len(text)
        self.writes.append(text)
        self._stream.feed(text)

    @property
    def lines(self) -> list[str]:
        """Everything from the top of the scrollback, blanks at line ends left out."""
        return ["".join(char.data for char in line) for line in self.cells]

    @property
    def cells(self) -> list[list[Char]]:
        """The same with styles: `bold`, `fg` and so on."""
        return [self._screen.chars(line) for line in self._screen.all_lines()]

    @property
    def text(self) -> str:
        """`lines` as one text, without empty lines at the end."""
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row on the screen."""
        return self._screen.cursor.x, self._screen.cursor.y

    def resize(self, columns: int, rows: int) -> None:
        """Another size. Lines are wrapped anew; the cursor has to stand at the end of the text."""
        logical: list[list[Char]] = [[]]
        for line in self._screen.all_lines():
            logical[-1] += self._screen.chars(line)
            if not line.wrapped:
                logical.append([])
        logical.pop()
        made = [part for line in logical for part in self._wrap(line, columns)]
        self._screen = _Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        for number, (line, goes_on) in enumerate(made):
            row = self._screen.buffer[self._screen.cursor.y]
            row.update(enumerate(line))
            row.wrapped = goes_on  # type: ignore[attr-defined]
            self._screen.cursor.x = len(line)
            if number < len(made) - 1:
                self._screen.linefeed()
        self.columns, self.rows = columns, rows

    def _wrap(self, line: list[Char], columns: int) -> list[tuple[list[Char], bool]]:
        parts: list[tuple[list[Char], bool]] = []
        while len(line) > columns:
            end = columns - (line[columns].data == "")
            parts.append((line[:end], True))
            line = line[end:]
        return [*parts, (line, False)]
