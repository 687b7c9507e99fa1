"""The block parser against markdown-it, which sees the whole text at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from openai_cli.render import markdown_flow
from openai_cli.render.markdown_blocks import Blocks
from openai_cli.render.markdown_inline import Look

PIECES = ["- ", "* ", "1. ", "2) ", "> ", ">", "  ", "   ", " ", "    ", "text", "word", "# ", "##"]
PIECES += ["```", "~~~", "```py", "***", "+ ", "10. ", "---", "==="]
LINE = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)


@dataclass
class Container:
    """What stands before the first and the other rows of a quote or a list item."""

    first: str
    rest: str
    item: bool
    started: bool = False


@dataclass
class Expected:
    """Rows from markdown-it's tokens, in our layout."""

    rows: list[str] = field(default_factory=list)
    stack: list[Container] = field(default_factory=list)
    lists: list[tuple[int, str]] = field(default_factory=list)

    def read(self, markdown: str) -> list[str]:
        """The rows of a text; examples in which we differ on purpose are thrown away."""
        parser = MarkdownIt("commonmark").disable(["html_block", "reference"])
        tokens = parser.parse(markdown)
        for token, following in zip(tokens, [*tokens[1:], None], strict=False):
            if token.type == "heading_open" and following is not None:
                assume("\n" not in following.content)
            name = token.type.replace("bullet_list", "list").replace("ordered_list", "list")
            handle: Callable[[Token], None] | None = getattr(self, name, None)
            if handle:
                handle(token)
        return self.rows

    def put(self, text: str) -> None:
        """One row."""
        self.rows.append("".join(c.rest if c.started else c.first for c in self.stack) + text)
        for container in self.stack:
            container.started = True

    def blockquote_open(self, _: Token) -> None:
        self.stack.append(Container("│ ", "│ ", False))

    def blockquote_close(self, _: Token) -> None:
        self.stack.pop()

    def list_open(self, token: Token) -> None:
        self.lists.append((int(token.attrs.get("start", 1)), token.markup))

    def list_close(self, _: Token) -> None:
        self.lists.pop()

    def list_item_open(self, _: Token) -> None:
        number, mark = self.lists.pop()
        self.lists.append((number + 1, mark))
        depth = sum(container.item for container in self.stack)
        first = f"{number}{mark} " if mark in ".)" else "•◦▪"[min(depth, 2)] + " "
        self.stack.append(Container(first, " " * len(first), True))

    def list_item_close(self, _: Token) -> None:
        if not self.stack[-1].started:
            self.put("")
        self.stack.pop()

    def code_block(self, token: Token) -> None:
        for line in token.content.removesuffix("\n").split("\n") if token.content else []:
            self.put(line)

    def fence(self, token: Token) -> None:
        self.put("──")
        self.code_block(token)
        self.put("──")

    def hr(self, _: Token) -> None:
        self.put("──")

    def inline(self, token: Token) -> None:
        for line in token.content.split("\n") if token.content else []:
            self.put(line.strip())


def ours(markdown: str) -> list[str]:
    """The rows that we make, inline marks left as they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown_flow, "SPECIAL", re.compile(r"(?!)"))
        blocks = Blocks(Look(), 1000, 1000)
        for line in markdown.split("\n"):
            blocks.line(line)
        blocks.close()
    rows = ["".join(text for text, _, _ in row) for row in blocks.drain()]
    return [re.sub(r"── .+ ─+$|─+$", "──", row) for row in rows]


def plain(rows: list[str]) -> list[str]:
    """Rows without what does not count here: blanks in a row, blank rows."""
    rows = [re.sub(r"\s+", " ", row).rstrip() for row in rows]
    return [row for row in rows if row.strip(" │")]


@pytest.mark.slow
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.lists(LINE, min_size=1, max_size=8).map("\n".join))
@example("- a\n\n  ```\n  b\n\n   c\n  ```\n- d\n\n> e\n> 1. f\n>\n>    g\nh\n***\n## i")
@example("> - a\nb\n\n  c\n\n      d\n10. e\n\n11. f\n    - g\n\n          h")
def test_blocks_are_those_of_markdown_it(markdown: str) -> None:
    """Left out is where markdown-it strays from the specification: empty items, and marks that are
    indented by four in what is no list."""
    assume(
        not re.search(r"(?m)([-+*]|\d[.)])[ \t]*$", markdown.replace("---", "").replace("***", ""))
    )
    assume(not re.search(r"    \s*[^\sa-z]", markdown) or markdown.startswith(("- a", "> - a")))
    assert plain(ours(markdown)) == plain(Expected().read(markdown))
