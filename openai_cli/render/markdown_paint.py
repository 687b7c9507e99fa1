"""Keeps the open block on the screen: writes what is new, redraws what changed, nothing else.

The terminal is never asked anything. What has scrolled off its top cannot be changed any more; it
counts as written, and the rest follows on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .markdown_text import Row, ansi, cells, cut, joined, row_cells


class Painter:
    """Draws rows. The cursor rests at the end of the last one."""

    def __init__(
        self, write: Callable[[str], None], width: Callable[[], int], height: Callable[[], int]
    ) -> None:
        self._write = write
        self._width, self._height = width, height
        self._shown: list[Row] = [[]]
        self._gone = 0

    def show(self, final: list[Row], live: list[Row]) -> None:
        """Make the open rows on the screen these: `final` ones, never to be touched again, and
        `live` ones."""
        width = max(self._width(), 1)
        heights = [occupied(row, width) for row in self._shown]
        self._give_up(heights)
        final, gone = _without(final, self._gone)
        self._gone = gone
        live, _ = _without(live, gone)
        live = live or [[]]
        self._redraw(heights, [*final, *live], width)
        self._shown = live

    def _give_up(self, heights: list[int]) -> None:
        """Forget the rows that have left the screen."""
        most = max(self._height(), 1)
        while len(heights) > 1 and sum(heights) > most:
            del heights[0]
            self._gone += _letters(self._shown.pop(0))

    def _redraw(self, heights: list[int], new: list[Row], width: int) -> None:
        old = self._shown
        same = 0
        for before, now in zip(old, new, strict=False):
            if before != now:
                break
            same += 1
        if same == len(old):
            out = "".join("\n" + "".join(ansi(row)) for row in new[same:])
        elif same == len(old) - 1 < len(new) and (more := _extension(old[same], new[same])):
            out = "\n".join("".join(ansi(row)) for row in [more, *new[same + 1 :]])
        else:
            same = min(same, len(new) - 1)
            out = _rewrite(old[same:], heights[same:], new[same:], width)
        if out:
            self._write(out)


def _rewrite(old: list[Row], heights: list[int], new: list[Row], width: int) -> str:
    """Go up to the first row that changed and write from there."""
    up = sum(heights) - 1
    parts = [f"\x1b[{up}A\r" if up else "\r"]
    first = new[0]
    if heights[0] == 1 and occupied(first, width) == 1:
        skip, first = _tail(old[0], first)
        parts += [f"\x1b[{skip}C"] if skip else []
    shrinks = sum(heights) > sum(occupied(row, width) for row in new)
    for index, row in enumerate(new):
        if 0 < index < len(new) - 1 and row == (old[index] if index < len(old) else None):
            parts.append("\n" * heights[index])
            continue
        text = "".join(ansi(first if index == 0 else row))
        last = index == len(new) - 1
        clear = "\x1b[J" if last and shrinks else "\x1b[K"
        # At the right edge the cursor stands on the last letter: clear before it gets there.
        full = row_cells(row) and row_cells(row) % width == 0
        parts += [clear, text] if full and last and shrinks else [text] if full else [text, clear]
        if not last:
            parts.append("\n")
    return "".join(parts)


def _tail(old: Row, new: Row) -> tuple[int, Row]:
    """How many cells two rows have in common at their start, and what follows in the new one.
    Terminals differ in the width of anything but plain text, so that only it is skipped."""
    skip = 0
    for index, (text, sgr, link) in enumerate(new):
        before = old[index] if index < len(old) else ("", "", "")
        count = 0
        if before[1:] == (sgr, link):
            for left, right in zip(before[0], text, strict=False):
                if left != right or not left.isascii():
                    break
                count += 1
        skip += count
        if count < len(text) or before[0] != text:
            return skip, joined([(text[count:], sgr, link), *new[index + 1 :]])
    return skip, []


def _extension(old: Row, new: Row) -> Row | None:
    """What has to be added to the old row to get the new one, if that is possible."""
    if not old:
        return new
    if len(new) < len(old) or new[: len(old) - 1] != old[:-1]:
        return None
    (before, *style), (now, *other) = old[-1], new[len(old) - 1]
    if style != other or not now.startswith(before):
        return None
    return joined([(now[len(before) :], *new[len(old) - 1][1:]), *new[len(old) :]])


def occupied(row: Row, width: int) -> int:
    """How many lines of a terminal a row takes, when the terminal wraps it."""
    if row_cells(row) <= width:
        return 1
    text = "".join(part for part, _, _ in row)
    if text.isascii():
        return -(-len(text) // width)
    lines = 0
    while text:
        lines += 1
        text = text[max(cut(text, width), 1) :]
    return lines


def _letters(row: Row) -> int:
    return sum(char.isalnum() for text, _, _ in row for char in text)


def _without(rows: Iterable[Row], letters: int) -> tuple[list[Row], int]:
    """The rows without that many letters at their start, and how many were left to take away."""
    kept: list[Row] = []
    for row in rows:
        if letters <= 0:
            kept.append(row)
        elif (count := _letters(row)) <= letters:
            letters -= count
        else:
            kept.append(_after(row, letters))
            letters = 0
    return kept, letters


def _after(row: Row, letters: int) -> Row:
    rest: Row = []
    for text, sgr, link in row:
        at = 0
        while letters and at < len(text):
            letters -= text[at].isalnum()
            at += 1
        if at < len(text):
            rest.append((text[at:].lstrip() if not rest else text[at:], sgr, link))
    return [span for span in rest if cells(span[0])]
