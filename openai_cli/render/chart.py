"""A small chart of curves over steps, in braille dots: eight to a character."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from ..catalog.record import Record

ROWS = 8
WIDEST, NARROWEST = 76, 24
"""Columns that a chart takes at most, and with fewer than which there is none."""
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a braille character's dots, by row and column (Unicode 15.2, Braille Patterns)."""
BRAILLE = 0x2800

Point = tuple[float, float]
Style = Callable[[str, str], str]
"""A text and the code of an ANSI style become the text in that style."""


class Series(Record):
    """One curve: `points` are (step, value) in the order of their steps. It is drawn as a line of
    dots, or by a `mark` at each point; `code` is the style of either."""

    name: str
    points: list[Point]
    code: str
    mark: str = ""


def chart(series: Iterable[Series], width: int, style: Style) -> str:
    """The curves in one frame, as lines of text; empty where there are fewer than two points to
    show, or no room for them. Values that are no finite numbers are left out."""
    shown = [Series(s.name, _finite(s.points), s.code, s.mark) for s in series]
    shown = [one for one in shown if one.points]
    if not any(len(one.points) > 1 for one in shown) or width < NARROWEST:
        return ""
    frame = _Frame(shown, min(width, WIDEST))
    for one in shown:
        frame.draw(one)
    return "\n".join(frame.lines(shown, style)) + "\n"


def _finite(points: Iterable[Point]) -> list[Point]:
    return sorted(p for p in points if all(math.isfinite(number) for number in p))


class _Frame:
    """The cells that curves are drawn into, and the axes around them."""

    def __init__(self, series: list[Series], width: int) -> None:
        xs = [x for one in series for x, _ in one.points]
        ys = [y for one in series for _, y in one.points]
        self._left, self._right = min(xs), max(xs)
        self._low, self._high = min(ys), max(ys)
        self._labels = (f"{self._high:.3g}", f"{self._low:.3g}")
        self._margin = max(map(len, self._labels))
        self._columns = width - self._margin - 2
        self._dots = [[0] * self._columns for _ in range(ROWS)]
        self._codes = [[""] * self._columns for _ in range(ROWS)]
        self._marks: dict[tuple[int, int], str] = {}

    def draw(self, series: Series) -> None:
        """Put a curve in; where two meet, the later one is seen."""
        places = self._places(series.points)
        if series.mark:
            for x, y in places:
                self._marks[y // 4, x // 2] = series.mark
                self._codes[y // 4][x // 2] = series.code
            return
        before = places[0]
        for place in places:
            for x, y in _segment(before, place):
                self._dots[y // 4][x // 2] |= DOTS[y % 4][x % 2]
                self._codes[y // 4][x // 2] = series.code
            before = place

    def _places(self, points: list[Point]) -> list[tuple[int, int]]:
        """Points as columns and rows of dots; those that share a column become their mean."""
        wide, high = self._columns * 2 - 1, ROWS * 4 - 1
        across, up = self._right - self._left, self._high - self._low
        found: dict[int, list[float]] = {}
        for x, y in points:
            found.setdefault(round((x - self._left) / across * wide) if across else 0, []).append(y)
        means = {x: sum(ys) / len(ys) for x, ys in found.items()}
        return [
            (x, round((self._high - y) / up * high) if up else high // 2) for x, y in means.items()
        ]

    def lines(self, series: list[Series], style: Style) -> list[str]:
        """The chart with its axes and what its curves are called."""
        made = []
        for row in range(ROWS):
            label = {0: self._labels[0], ROWS - 1: self._labels[1]}.get(row, "")
            edge = "┤" if label else "│"
            made.append(f"{label:>{self._margin}} {edge}{self._row(row, style)}".rstrip())
        indent = " " * (self._margin + 1)
        made.append(f"{indent}└{'─' * self._columns}")
        first, last = f"{self._left:g}", f"{self._right:g}"
        gap = " " * max(self._columns - len(first) - len(last), 1)
        made.append(f"{indent} {first}{gap}{last}")
        names = (f"{style(one.mark or '⠒⠒', one.code)} {one.name}" for one in series)
        made.append(f"{indent} {'   '.join(names)}")
        return made

    def _row(self, row: int, style: Style) -> str:
        cells = []
        for column, dots in enumerate(self._dots[row]):
            text = self._marks.get((row, column)) or (chr(BRAILLE + dots) if dots else " ")
            code = self._codes[row][column]
            cells.append(style(text, code) if code else text)
        return "".join(cells)


def _segment(start: tuple[int, int], end: tuple[int, int]) -> Iterable[tuple[int, int]]:
    """The dots of a line from left to right, without holes."""
    (x0, y0), (x1, y1) = start, end
    before = y0
    for x in range(x0, x1 + 1):
        y = round(y0 + (y1 - y0) * (x - x0) / (x1 - x0)) if x1 > x0 else y1
        for between in range(min(before, y), max(before, y) + 1):
            yield x, between
        before = y
