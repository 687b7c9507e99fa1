"""Markdown on a terminal while a model writes it.

What is finished is printed once, like any text: it can be selected, and it scrolls back. Only what
may still change is drawn again: the end of a paragraph, a table that is growing. The work for a
piece of text does not depend on how much came before it.

    stream = MarkdownStream(write, width, height, color=True)
    try:
        for delta in deltas:
            stream.feed(delta)
    finally:
        stream.finish()
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..core.console import harmless
from .markdown_blocks import Blocks
from .markdown_inline import Look
from .markdown_paint import Painter

_HOLD = 160
"""A line this long is text: it need not wait for its end to be understood (a table's row does)."""

_LEAST_HOLD = 20
_STILL = 2000
"""A line that has to wait for its end is not drawn again beyond this length."""

_UNCLEAR = re.compile(r"[\s>]*(?:[-+*=_#~`|:$\\\[\] \t]*|\d{1,9}[.)]?[ \t]*)\Z")
"""The start of a line that may yet become anything."""


class MarkdownStream:
    """Takes markdown in pieces and keeps the terminal showing it, rendered.

    `write` gets text that holds styling and cursor movements; what the model wrote cannot add to
    them. `width` and `height` are asked before each drawing. Without `color` there are no styles,
    but the layout is the same; without `links` addresses follow their text, for terminals that
    cannot click. One that cannot move its cursor (`TERM=dumb`) should get the plain text instead.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        width: Callable[[], int],
        height: Callable[[], int],
        *,
        color: bool,
        links: bool = True,
    ) -> None:
        self._width, self._height = width, height
        self._painter = Painter(write, width, height)
        self._size = self._measure()
        self._blocks = Blocks(Look(color, links), *self._size)
        self._line = ""
        self._flowing = False
        self._return = ""

    def _measure(self) -> tuple[int, int]:
        # The last column stays free: terminals disagree about what happens there.
        return max(self._width() - 1, 1), max(self._height(), 1)

    def feed(self, text: str) -> None:
        """Show more text. Raises what `write` raises."""
        text = self._return + text
        self._return = "\r" if text.endswith("\r") else ""
        self._take(harmless(text.removesuffix("\r")))
        self._show()

    def finish(self) -> None:
        """Nothing follows (also after an interrupt): everything that came is shown, and the cursor
        stands at the start of a line."""
        self._take(harmless(self._return))
        self._return = ""
        if self._flowing:
            self._blocks.end_line()
        elif self._line:
            self._blocks.line(self._line)
        self._line, self._flowing = "", False
        self._blocks.close()
        self._painter.show(self._blocks.drain(), [])

    def _take(self, text: str) -> None:
        *lines, rest = text.split("\n")
        for line in lines:
            self._part(line)
            if self._flowing:
                self._blocks.end_line()
            else:
                self._blocks.line(self._line)
            self._line, self._flowing = "", False
        self._part(rest)

    def _part(self, text: str) -> None:
        """More of the current line."""
        if self._flowing:
            self._blocks.more(text)
            return
        hold = self._hold()
        unsettled = len(self._line) < hold
        self._line += text
        if unsettled and len(self._line) >= hold and self._blocks.flows(self._line[:hold]):
            start, more = self._line[:hold], self._line[hold:]
            self._line, self._flowing = "", True
            self._blocks.begin(start)
            self._blocks.more(more)

    def _hold(self) -> int:
        """How long a line may wait to be understood; half a small screen at most."""
        width, height = self._size
        return max(_LEAST_HOLD, min(_HOLD, width * (height - 3) // 2))

    def _show(self) -> None:
        size = self._measure()
        if size != self._size:
            self._size = size
            self._blocks.resize(*size)
        elif len(self._line) > _STILL:
            return
        line = "" if _UNCLEAR.match(self._line) else self._line
        if line:
            self._blocks.is_text()
        self._painter.show(self._blocks.drain(), self._blocks.preview(line))
