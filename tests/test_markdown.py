"""Live markdown: what a terminal shows, screen and scrollback, while and after a model writes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openai_cli.render.markdown import MarkdownStream
from openai_cli.render.markdown_code import Highlighter

from .support.screen import Terminal


def stream(terminal: Terminal, *, color: bool = True, links: bool = True) -> MarkdownStream:
    """A stream onto a terminal."""
    return MarkdownStream(
        terminal.write,
        lambda: terminal.columns,
        lambda: terminal.rows,
        color=color,
        links=links,
    )


def show(
    pieces: str | Iterable[str], columns: int = 40, rows: int = 24, **options: Any
) -> Terminal:
    """What a terminal shows of these pieces; a string is one piece."""
    terminal = Terminal(columns, rows)
    rendered = stream(terminal, **options)
    for piece in [pieces] if isinstance(pieces, str) else pieces:
        rendered.feed(piece)
    rendered.finish()
    return terminal


def tokens(text: str, size: int = 4) -> Iterator[str]:
    """Text cut up as a model sends it."""
    return (text[start : start + size] for start in range(0, len(text), size))


def text_of(markdown: str, columns: int = 40, **options: Any) -> str:
    """The text shown for markdown that comes in small pieces."""
    return show(tokens(markdown, 3), columns, **options).text


def style_of(terminal: Terminal, word: str) -> Any:
    """The first cell of a word."""
    for line, cells in zip(terminal.lines, terminal.cells, strict=True):
        if word in line:
            return [cell for cell in cells if cell.data][line.index(word)]
    raise AssertionError(f"{word!r} is not on the screen")


# -- blocks -----------------------------------------------------------------------------------

BLOCKS = {
    "paragraph": ("one\ntwo\n\n\nthree", "one\ntwo\n\nthree"),
    "wraps": ("one two three four five", "one two three\nfour five", 16),
    "heading": ("text\n## A *head* ##\ntext", "text\n\nA head\ntext"),
    "hashes": ("# C# and #5 #", "C# and #5"),
    "no heading": ("#5 is alive\n####### x", "#5 is alive\n####### x"),
    "setext": ("Title\n=====\n\nSub\n---\n", "Title\n\nSub"),
    "rule": ("a\n\n---\n\nb", "a\n\n" + "─" * 19 + "\n\nb", 20),
    "list": ("- a\n- b\n  - c\n    - d\n* e\n", "• a\n• b\n  ◦ c\n    ▪ d\n• e"),
    "loose": ("- a\n\n- b\n\n  more\n", "• a\n\n• b\n\n  more"),
    "ordered": ("9. a\n1. b\n\ntext\n3) c", "9. a\n10. b\n\ntext\n\n3) c".replace("\n\n3", "\n3")),
    "hangs": ("- one two three four", "• one two\n  three four", 14),
    "tasks": ("- [ ] a\n- [x] b\n1. [X] c", "☐ a\n☑ b\n1. ☑ c"),
    "code in a list": ("1. a\n\n   ```\n   x\n\n     y\n   ```\n2. b", ""),
    "empty item": ("- a\n-\n- b", "• a\n•\n• b"),
    "quote": ("> a\nlazy\n>\n> - b\n\nc", "│ a\n│ lazy\n│\n│ • b\n\nc"),
    "quote in quote": ("> a\n> > b\n> > b2\n>\n> c", "│ a\n│ │ b\n│ │ b2\n│\n│ c"),
    "indented": ("a\n\n    x = *1*\n\n      y\nb", "a\n\nx = *1*\n\n  y\nb"),
    "html": ("<div>\n<b>x</b> &amp;\n</div>", "<div>\n<b>x</b> &\n</div>"),
    "definitions": ("[a][1]\n\n[1]: http://x.y", "[a][1]\n\n[1]: http://x.y"),
    "math": ("$$\na_1 *b* \\\\\n= c\n$$\nx", "$$\na_1 *b* \\\\\n= c\n$$\nx"),
    "math too": ("so\n\\[\n- a_1\n\\]\nx", "so\n\\[\n- a_1\n\\]\nx"),
    "inline math": ("\\(a*b*c\\) $x_1*y*z$ costs $5 *or* $6", "\\(a*b*c\\) $x_1*y*z$ costs $5 or $6"),
    "wide": ("中文中文中文中文", "中文中文\n中文中文", 10),
    "wide stops": ("中文中文。中文", "中文中\n文。中\n文", 8),
    "long word": ("a bbbbbbbbbbbbb c", "a\nbbbbbbb\nbbbbbb\nc".replace("\nc", " c").replace(" c", "\nc"), 8),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name: str) -> None:
    markdown, expected, *rest = BLOCKS[name]
    if name == "code in a list":
        line = "─" * 36
        expected = f"1. a\n\n   {line}\n   x\n\n     y\n   {line}\n2. b"
    assert text_of(markdown, *rest) == expected
