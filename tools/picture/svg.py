"""Lines of terminal cells as a picture: a window, and runs of text in one style each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple
from xml.sax.saxutils import escape

from . import COLUMNS
from .session import Cell

WIDTH, HEIGHT, SIZE = 8.4, 19.0, 14
"""Of a cell in pixels, and the size of the font."""
MARGIN, TOP = 22.0, 54.0
PAPER, INK, EDGE = "#11151c", "#d5dae3", "#2a313d"
DOTS = ("#f2685f", "#f4be4f", "#5fc454")
FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
COLOURS = {
    "default": INK,
    "black": "#5c6675",
    "red": "#ff7b72",
    "green": "#7ee787",
    "brown": "#e3b341",
    "blue": "#79b8ff",
    "magenta": "#d2a8ff",
    "cyan": "#66d9e8",
    "white": "#f0f3f8",
    "brightblack": "#7d8896",
}
PROMPT = "#7ee787"


class Style(NamedTuple):
    """How a run of cells looks."""

    colour: str = INK
    bold: bool = False
    italic: bool = False
    underlined: bool = False


Run = tuple[int, str, Style]
"""The column it begins in, its text, its style."""


def picture(session: Iterable[tuple[str, list[list[Cell]]]]) -> str:
    """The whole session in one window."""
    rows: list[list[Run]] = []
    for command, lines in session:
        if rows:
            rows.append([])
        rows.append([(0, "$", Style(PROMPT, True)), (2, command, Style("#f0f3f8", True))])
        rows += [list(runs(line)) for line in lines]
    return _window(rows)


def runs(line: list[Cell]) -> Iterator[Run]:
    """A line's pieces of one style; blanks between them are left out."""
    at = 0
    for style, cells in groupby(line, _style):
        text = "".join(cell.data or "" for cell in cells)
        if stripped := text.strip():
            yield at + len(text) - len(text.lstrip()), stripped, style
        at += len(text)


def _style(cell: Cell) -> Style:
    colour = COLOURS.get(cell.fg) or f"#{cell.fg}"
    return Style(colour, cell.bold, cell.italics, cell.underscore)


def _window(rows: list[list[Run]]) -> str:
    width = COLUMNS * WIDTH + 2 * MARGIN
    height = TOP + len(rows) * HEIGHT + MARGIN / 2
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img">',
        "<title>A terminal session with oai</title>",
        f'<rect x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="10" '
        f'fill="{PAPER}" stroke="{EDGE}"/>',
        *(
            f'<circle cx="{MARGIN + 4 + 20 * number:g}" cy="22" r="6" fill="{colour}"/>'
            for number, colour in enumerate(DOTS)
        ),
        f'<g font-family="{FONT}" font-size="{SIZE}">',
    ]
    for number, row in enumerate(rows):
        y = TOP + number * HEIGHT
        lines += [_text(run, y) for run in row]
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _text(run: Run, y: float) -> str:
    column, text, style = run
    look = f' fill="{style.colour}"'
    look += ' font-weight="bold"' if style.bold else ""
    look += ' font-style="italic"' if style.italic else ""
    look += ' text-decoration="underline"' if style.underlined else ""
    # The length keeps columns aligned whatever font the reader has.
    length = f' textLength="{len(text) * WIDTH:g}" lengthAdjust="spacingAndGlyphs"'
    x = MARGIN + column * WIDTH
    return f'<text xml:space="preserve" x="{x:g}" y="{y:g}"{length}{look}>{escape(text)}</text>'
