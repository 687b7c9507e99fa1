"""A table: columns fitted to the width, rows final once the table is as tall as the screen."""

from __future__ import annotations

import re
from typing import Self

from .markdown_inline import Look, parse
from .markdown_text import Row, Span, joined, shown, trimmed, twin, wrapped

_BAR = " │ "
_LEAST = 3
_STEP = 8
_DELIMITER = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*\Z")
_ALIGN = {(True, True): "center", (False, True): "right"}


def cells_of(line: str) -> list[str]:
    """The cells of a row, without the bars around it."""
    cells = [part.replace("\\|", "|").strip() for part in re.split(r"(?<!\\)\|", line.strip())]
    if cells and not cells[0]:
        del cells[0]
    if cells and not cells[-1]:
        del cells[-1]
    return cells


def columns_of(head: str, delimiter: str) -> list[str] | None:
    """How the columns are aligned, if these two lines begin a table."""
    if "|" not in head or not _DELIMITER.match(delimiter.strip()):
        return None
    rules = [rule.strip() for rule in delimiter.strip().strip("|").split("|")]
    if len(rules) != len(cells_of(head)):
        return None
    return [_ALIGN.get((rule[:1] == ":", rule[-1:] == ":"), "left") for rule in rules]


class Table:
    """Collects rows. All may be laid out again, until they are too many: then widths are fixed."""

    def __init__(self, head: str, aligned: list[str], look: Look, width: int, height: int) -> None:
        self._look, self._aligned = look, aligned
        self._width, self._height = width, height
        self._head = self._parse(head, "1")
        self._rows: list[list[Row]] = [self._head]
        self._natural = [max(_width(cell), _LEAST) for cell in self._head]
        self._fixed: list[int] | None = None
        self._laid: tuple[list[int], list[Row]] = ([], [])
        self._laid_rows = 0
        self._done: list[Row] = []

    def _parse(self, line: str, base: str = "", *, whole: bool = True) -> list[Row]:
        texts = cells_of(line)
        count = len(self._aligned)
        if len(texts) > count:
            texts[count - 1 :] = [" | ".join(texts[count - 1 :])]
        texts += [""] * (count - len(texts) if whole else 0)
        return [parse(text, self._look, base).spans for text in texts]

    def copy(self) -> Self:
        """The same rows."""
        other = twin(self)
        other._rows, other._natural = list(self._rows), list(self._natural)
        other._laid = (self._laid[0], list(self._laid[1]))
        other._done = []
        return other

    def line(self, text: str) -> None:
        """A whole row."""
        self._add(self._parse(text), exact=True)
        if self._fixed is None:
            if len(self._lay(self._natural)) >= self._height:
                self._fix()
        else:
            self._done += self._row_lines(self._rows.pop(), self._fixed)

    def peek(self, text: str) -> None:
        """A row that is still coming: columns grow in steps, not with every letter."""
        self._add(self._parse(text, whole=False), exact=False)

    def _add(self, row: list[Row], *, exact: bool) -> None:
        self._rows.append(row)
        for index, cell in enumerate(row):
            width = _width(cell)
            if width > self._natural[index]:
                self._natural[index] = width if exact else -(-width // _STEP) * _STEP

    def _fix(self) -> None:
        self._done += self._lay(self._natural)
        self._fixed = self._fit(self._natural)
        self._rows = []
        self._laid = ([], [])

    def _fit(self, natural: list[int]) -> list[int]:
        """Widths that fit: the widest columns give way first."""
        room = self._width - len(_BAR) * (len(natural) - 1)
        if sum(natural) <= room:
            return list(natural)
        fitted = [0] * len(natural)
        left = len(natural)
        for width, index in sorted((width, index) for index, width in enumerate(natural)):
            fitted[index] = max(min(width, room // left), _LEAST)
            room, left = room - fitted[index], left - 1
        return fitted

    def _lay(self, natural: list[int]) -> list[Row]:
        """All rows; what was laid out in the same widths before is used again."""
        widths = self._fixed or self._fit(natural)
        known, lines = self._laid
        start = self._laid_rows
        if known != widths:
            known, lines, start = widths, [], 0
        for row in self._rows[start:]:
            lines += self._row_lines(row, widths)
        self._laid, self._laid_rows = (known, lines), len(self._rows)
        return list(lines)

    def _row_lines(self, row: list[Row], widths: list[int]) -> list[Row]:
        if sum(widths) + len(_BAR) * (len(widths) - 1) > self._width:
            return self._stacked(row)
        parts = [wrapped(cell, width) for cell, width in zip(row, widths, strict=False)]
        lines = [
            self._line([part[index] if index < len(part) else [] for part in parts], widths)
            for index in range(max(1, *map(len, parts)))
        ]
        if row is self._head:
            lines.append([self._look.span("─┼─".join("─" * width for width in widths), "2")])
        return lines

    def _stacked(self, row: list[Row]) -> list[Row]:
        """A row of a table with more columns than fit: one cell below the other."""
        if row is self._head:
            return []
        lines: list[Row] = [[self._look.span("─" * _LEAST, "2")]]
        for head, cell in zip(self._head, row, strict=False):
            lines += wrapped([*head, (": ", "", ""), *cell], self._width)
        return lines

    def _line(self, parts: list[Row], widths: list[int]) -> Row:
        bar = self._look.span(_BAR, "2")
        spans: list[Span] = []
        for index, (part, width, align) in enumerate(
            zip(parts, widths, self._aligned, strict=False)
        ):
            spans += [bar] if index else []
            free = max(width - _width(part), 0)
            before = free if align == "right" else free // 2 if align == "center" else 0
            spans += [(" " * before, "", ""), *part, (" " * (free - before), "", "")]
        return trimmed(joined(span for span in spans if span[0]))

    def begin(self, text: str) -> None:
        """Rows come whole."""
        self.line(text)

    def more(self, text: str) -> None:
        """Rows come whole."""

    def end_line(self) -> None:
        """Rows come whole."""

    def close(self, *, guessing: bool = False) -> None:
        """Lay out what is not out yet."""
        if self._rows:
            self._done += self._lay(self._natural)
            self._rows = []

    def resize(self, width: int, limit: int) -> None:
        """Lay out for another width what is not out yet."""
        self._width = width
        if self._fixed is not None:
            self._fixed = self._fit(self._natural)

    def drain(self) -> list[Row]:
        """The lines that are final, once."""
        done, self._done = self._done, []
        return done


def _width(row: Row) -> int:
    return sum(shown(text) for text, _, _ in row)
