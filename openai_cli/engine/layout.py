"""Help pages as text: headings and two columns, wrapped. No rich: it costs too much here."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

WIDEST = 100
NARROWEST = 40
LEFT, RIGHT = 30, 24
PAGE = "oai.page"
"""Where a context may bring the page to write on."""


class Page:
    """Collects the lines of a help page."""

    def __init__(self, width: int, *, color: bool) -> None:
        self.width = max(NARROWEST, min(width, WIDEST))
        self._color = color
        self._lines: list[str] = []

    def text(self) -> str:
        """The page, ending with a line end."""
        return "\n".join(self._lines).strip("\n") + "\n"

    def bold(self, text: str) -> str:
        """`text` in bold where colours are wanted."""
        return f"\x1b[1m{text}\x1b[0m" if self._color else text

    def paragraph(self, text: str, indent: str = "") -> None:
        """A wrapped paragraph."""
        if text:
            self._lines.extend(_wrap(text, self.width, indent))

    def heading(self, title: str) -> None:
        """A heading with an empty line above."""
        self._lines.extend(["", self.bold(title.upper())])

    def line(self, text: str = "") -> None:
        """A line as it is."""
        self._lines.append(text)

    def columns(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names on the left, sentences on the right, wrapped; a long name takes its own line."""
        rows = list(rows)
        most = min(LEFT, self.width - RIGHT - 4)
        left = min(max((len(name) for name, _ in rows), default=0), most)
        room = self.width - left - 4
        for name, sentence in rows:
            wrapped = _wrap(sentence, room, "") or [""]
            if len(name) > left:
                self._lines.append(f"  {name}")
            else:
                self._lines.append(f"  {name:<{left}}  {wrapped.pop(0)}".rstrip())
            self._lines.extend(f"  {'':<{left}}  {line}" for line in wrapped if line)


def _wrap(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
