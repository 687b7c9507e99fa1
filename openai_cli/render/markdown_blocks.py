"""The block structure of markdown, line by line: each line is looked at once and never again.

This is the algorithm of the CommonMark specification, which parses exactly so: match the open
containers, look for new blocks, add what remains to the open leaf. Parsers that want the whole text
cannot do that, and would make a long answer slower and slower.

Other than in the specification: line ends in paragraphs stay (a poem is a poem), HTML and link
definitions are text, and a paragraph of several lines never becomes a heading.
"""

from __future__ import annotations

import re
from typing import Self

from .markdown_code import Highlighter, language_of
from .markdown_flow import Flow
from .markdown_frame import Container, Fence, Frame
from .markdown_inline import Look
from .markdown_leaves import Code, Heading, Leaf, Paragraph
from .markdown_table import Table, columns_of
from .markdown_text import Row, twin

_FENCE = re.compile(r"(`{3,})([^`]*)\Z|(~{3,})(.*)\Z")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|\Z)")
_RULE = re.compile(r"(?:\*[ \t]*){3,}\Z|(?:-[ \t]*){3,}\Z|(?:_[ \t]*){3,}\Z")
_SETEXT = re.compile(r"(?:=+|-+)[ \t]*\Z")
_ITEM = re.compile(r"(?:([-+*])|(\d{1,9})([.)]))( +|\Z)")
_MATH = re.compile(r"\$\$(?!.*\$\$)|\\\[(?!.*\\\])")
_HELD = re.compile(r"[ \t>*+\-\d.)]*(?:\||```|~~~|\$\$|\\\[|[ \t>*+\-\d.)#=_]*\Z)")
_TABS = re.compile(r"[ \t>*+\-\d.)]*\t")


class Blocks:
    """Takes lines. `drain` gives the rows that are final, `preview` what the rest looks like."""

    def __init__(self, look: Look, width: int, height: int) -> None:
        self._frame = Frame(look, width, height)
        self._leaf: Leaf | None = None
        self._fence: Fence | None = None
        self._blanks = 0
        self._whole = True
        self._peeking = False

    def copy(self) -> Self:
        """The same open blocks, without the rows that are out."""
        other = twin(self)
        other._frame = self._frame.copy()
        other._leaf = self._leaf.copy() if self._leaf else None
        return other

    def resize(self, width: int, height: int) -> None:
        """Lay out for another screen what is not final yet."""
        self._frame.width, self._frame.height = width, height
        if self._leaf:
            self._leaf.resize(self._frame.room, self._frame.limit)

    def drain(self) -> list[Row]:
        """The rows that are final, once."""
        if self._leaf:
            self._frame.emit(self._leaf.drain())
        return self._frame.drain()

    def preview(self, line: str) -> list[Row]:
        """The rows of the open blocks as they look now, with the start of the next line."""
        other = self.copy()
        other._peeking = True
        if line and isinstance(other._leaf, Table) and other._continues_table(line):
            other._leaf.peek(line)
        elif line:
            other.line(line)
        other.close(guessing=True)
        return other.drain()

    # -- lines in -----------------------------------------------------------------------------

    def flows(self, start: str) -> bool:
        """Whether the line that starts so can be taken in parts: it is text, whatever follows."""
        if isinstance(self._leaf, Table):
            return False
        matched = self._frame.match(start)[0] == len(self._frame.stack)
        if matched and self._fence and self._fence.kind == "code":
            return True
        return not _HELD.match(start)

    def begin(self, start: str) -> None:
        """The start of a long line; `more` and `end_line` follow."""
        self.line(start, whole=False)

    def more(self, text: str) -> None:
        """More of the long line."""
        if self._leaf:
            self._leaf.more(text)

    def end_line(self) -> None:
        """The end of the long line."""
        if self._leaf:
            self._leaf.end_line()
        if isinstance(self._leaf, Heading):
            self._close_leaf()

    def line(self, text: str, *, whole: bool = True) -> None:
        """A line, or the start of one that is text."""
        self._whole = whole
        if _TABS.match(text):
            end = len(text) - len(text.lstrip(" \t>*+-0123456789.)"))
            text = text[:end].expandtabs(4) + text[end:]
        depth, rest = self._frame.match(text)
        blank = not rest.strip(" \t")
        matched = depth == len(self._frame.stack)
        if matched and self._fence and self._verbatim(rest, blank, whole):
            return
        if blank:
            self._blank(depth)
            return
        left, opened = self._open(depth, rest)
        if left is not None:
            self._text(depth, left, opened, whole)

    def is_text(self) -> None:
        """The line that comes next, whatever else it may be, makes nothing of the one before."""
        if isinstance(self._leaf, Paragraph):
            self._leaf.let_go()

    def close(self, *, guessing: bool = False) -> None:
        """Close everything."""
        self._close_leaf(guessing=guessing)
        self._frame.close(1)

    def _verbatim(self, rest: str, blank: bool, whole: bool) -> bool:
        """Add a line to code or mathematics; False if it belongs to what follows."""
        fence, leaf = self._fence, self._leaf
        assert fence is not None and isinstance(leaf, Code)
        indent = len(rest) - len(rest.lstrip(" "))
        if fence.kind == "indented":
            if blank:
                self._blanks += 1
                return True
            if indent < 4:
                return False
            for _ in range(self._blanks):
                leaf.line("")
            self._blanks = 0
        ends = fence.closer is not None and whole and fence.closer.match(rest)
        if fence.kind == "math" and blank:
            return False
        if ends and fence.kind == "code" and indent < 4:
            self._close_leaf()
            return True
        text = rest[min(indent, fence.indent) :]
        leaf.begin(text)
        if whole and not self._peeking:
            leaf.end_line()
        if ends and fence.kind == "math":
            self._close_leaf()
        return True

    def _blank(self, depth: int) -> None:
        self._close_leaf()
        self._frame.gap(depth)
        while (
            len(self._frame.stack) > depth and self._frame.stack[depth].kind == "item" and depth > 0
        ):
            if not self._frame.stack[depth].hollow:
                break
            self._frame.close(depth)
        if any(container.kind == "quote" for container in self._frame.stack[depth:]):
            self._frame.close(depth)

    # -- new blocks ---------------------------------------------------------------------------

    def _open(self, depth: int, rest: str) -> tuple[str | None, bool]:
        """Open the blocks that begin on this line. What remains is text; None: nothing remains."""
        opened = False
        while True:
            text = rest.lstrip(" ")
            indent = len(rest) - len(text)
            leaf = None if opened else self._leaf
            if indent >= 4:
                if isinstance(leaf, Paragraph):
                    return text, opened
                self._replace(depth, opened)
                self._open_code(Fence(None, 4, "indented"), "")
                self._verbatim(rest, not text, self._whole)
                return None, True
            here = not opened and depth == len(self._frame.stack)
            if text.startswith(">"):
                self._replace(depth, opened)
                self._frame.push(Container("quote", first="│ ", rest="│ "))
                rest = text[1:].removeprefix(" ")
            elif self._open_leaf(depth, text, indent, here, opened):
                return None, True
            elif (item := _ITEM.match(text)) and not self._stays_text(item, text, here):
                self._replace(depth, opened, series=item.group(1) or item.group(3))
                rest = self._frame.open_item(item, text, indent)
            else:
                return text, opened
            opened, depth = True, len(self._frame.stack)
            if not rest.strip(" "):
                return None, True

    def _stays_text(self, item: re.Match[str], text: str, here: bool) -> bool:
        """Whether a paragraph goes on here: only a plain start of a list interrupts it."""
        if not (here and isinstance(self._leaf, Paragraph)):
            return False
        return item.end() == len(text) or item.group(2) not in (None, "1")

    def _open_leaf(self, depth: int, text: str, indent: int, here: bool, opened: bool) -> bool:
        """Open a block that is no container, if one begins here."""
        paragraph = self._leaf if here and isinstance(self._leaf, Paragraph) else None
        if paragraph and self._changes(paragraph, text):
            return True
        if heading := _HEADING.match(text):
            self._replace(depth, opened)
            self._heading(text[heading.end() :], len(heading.group(1)))
        elif fence := _FENCE.match(text):
            self._replace(depth, opened)
            mark = fence.group(1) or fence.group(3)
            info = fence.group(2) or fence.group(4) or ""
            closer = re.compile(rf" *{mark[0]}{{{len(mark)},}}[ \t]*\Z")
            self._open_code(Fence(closer, indent, "code"), info.strip())
        elif _MATH.match(text):
            self._replace(depth, opened)
            closer = re.compile(r".*\$\$\s*\Z" if text[0] == "$" else r".*\\\]\s*\Z")
            self._open_code(Fence(closer, 0, "math"), "")
            assert isinstance(self._leaf, Code)
            self._leaf.line(text)
        elif _RULE.match(text):
            self._replace(depth, opened)
            self._frame.rule()
        else:
            return False
        return True

    def _changes(self, paragraph: Paragraph, text: str) -> bool:
        """Whether this line makes a heading or a table of the line before."""
        head = paragraph.waiting
        if head is None:
            return False
        if aligned := columns_of(head, text):
            paragraph.waiting = None
            self._close_leaf()
            self._leaf = Table(
                head, aligned, self._frame.look, self._frame.room, self._frame.height - 4
            )
            return True
        if paragraph.alone and _SETEXT.match(text):
            self._leaf = None
            self._heading(head, 1 if text[0] == "=" else 2, hashes=False)
            return True
        return False

    def _heading(self, text: str, level: int, *, hashes: bool = True) -> None:
        self._frame.stand_off()
        codes = "1;4" if level == 1 else "1"
        flow = Flow(self._frame.look, self._frame.room, self._frame.limit, codes)
        self._leaf = Heading(flow, hashes=hashes)
        if not self._frame.look.color:
            flow.feed("#" * level + " ")
        self._leaf.begin(text)
        if self._whole:
            self._close_leaf()

    def _open_code(self, fence: Fence, info: str) -> None:
        self._fence, self._blanks = fence, 0
        highlighter = Highlighter(language_of(info), color=self._frame.look.color)
        self._leaf = Code(highlighter, self._frame.room, self._frame.limit)
        if fence.kind == "code":
            self._frame.rule(info.expandtabs(1))

    # -- text ---------------------------------------------------------------------------------

    def _text(self, depth: int, text: str, opened: bool, whole: bool) -> None:
        """Add text to the paragraph (which containers that are not repeated do not end), or to the
        table, or begin a paragraph."""
        leaf = None if opened else self._leaf
        if isinstance(leaf, Table) and depth == len(self._frame.stack):
            leaf.line(text)
            return
        if not isinstance(leaf, Paragraph):
            self._replace(depth, opened)
            leaf = Paragraph(Flow(self._frame.look, self._frame.room, self._frame.limit))
            self._leaf = leaf
        self._frame.filled()
        if whole:
            leaf.line(text.rstrip(" \t") if text.endswith("\t") else text)
        else:
            leaf.begin(text)

    def _continues_table(self, line: str) -> bool:
        depth, rest = self._frame.match(line)
        return depth == len(self._frame.stack) and bool(rest.strip()) and "|" in rest

    # -- opening and closing ------------------------------------------------------------------

    def _replace(self, depth: int, opened: bool, series: str = "") -> None:
        """Make room for a new block: close what this line does not continue."""
        if not opened:
            self._close_leaf()
            self._frame.close(depth)
        self._frame.filled()
        if self._frame.stack[-1].series != series:
            self._frame.stack[-1].series = ""

    def _close_leaf(self, *, guessing: bool = False) -> None:
        leaf, fence = self._leaf, self._fence
        if leaf is None:
            return
        leaf.close(guessing=guessing)
        self._frame.emit(leaf.drain())
        self._leaf = self._fence = None
        if fence and fence.kind == "code" and not guessing:
            self._frame.rule()
