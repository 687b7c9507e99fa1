"""Help pages as blocks: what `--help` shows, kept in parts for whoever lays it out differently.

A block is a list that JSON can hold: `["paragraph", text]`, `["heading", title]`,
`["code", [line, …]]` or `["rows", [[name, sentence], …]]`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from openai_cli.engine.layout import Page

Block = list[Any]


class Recorder(Page):
    """A help page that keeps its blocks."""

    def __init__(self) -> None:
        super().__init__(80, color=False)
        self.blocks: list[Block] = []

    def paragraph(self, text: str, indent: str = "") -> None:
        """Keep a paragraph."""
        if text:
            self.blocks.append(["paragraph", text])

    def heading(self, title: str) -> None:
        """Keep a heading."""
        self.blocks.append(["heading", title])

    def line(self, text: str = "") -> None:
        """Keep a line; lines that follow each other are one block."""
        if not text:
            return
        if not self.blocks or self.blocks[-1][0] != "code":
            self.blocks.append(["code", []])
        self.blocks[-1][1].append(text.removeprefix("  "))

    def columns(self, rows: Iterable[tuple[str, str]]) -> None:
        """Keep rows."""
        self.blocks.append(["rows", [list(row) for row in rows]])
