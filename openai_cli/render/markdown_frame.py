"""The open containers, and the rows that go out through them: bars, bullets, blank lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from .markdown_inline import Look
from .markdown_text import Row, cells, joined, row_cells, split, trimmed, twin

_TASK = re.compile(r"\[([ xX])\] +(?=\S)")
_BULLETS = ("• ", "◦ ", "▪ ")
_RULE_WIDTH = 40
_LEAST_WIDTH = 10
_WAITING = 600


@dataclass
class Container:
    """A quote or a list item (or, at the bottom, the document).

    `first` and `rest` stand before its rows; `offset` is how far an item's text is indented in the
    source; `hollow` says that an item has no content yet. `series` and `number` are about the list
    that is going on inside this container.
    """

    kind: str
    offset: int = 0
    first: str = ""
    rest: str = ""
    hollow: bool = False
    started: bool = False
    serial: int = 0
    series: str = ""
    number: int = 0


@dataclass
class Fence:
    """What ends a verbatim block: a fence of this kind, the end of mathematics, or an outdent."""

    closer: re.Pattern[str] | None
    indent: int
    kind: str


class Frame:
    """The stack of containers. `emit` takes rows of the innermost, `drain` gives finished ones."""

    def __init__(self, look: Look, width: int, height: int) -> None:
        self.look = look
        self.width, self.height = width, height
        self.stack = [Container("root")]
        self._gap: list[Container] | None = None
        self._any = False
        self._serial = 0
        self._done: list[Row] = []

    def copy(self) -> Self:
        """The same containers, without the rows that are out."""
        other = twin(self)
        other.stack = [twin(container) for container in self.stack]
        other._done = []
        return other

    def _taken(self) -> int:
        return sum(len(container.rest) for container in self.stack)

    @property
    def room(self) -> int:
        """The cells that text in the innermost container has."""
        return max(self.width - self._taken(), min(_LEAST_WIDTH, self.width))

    @property
    def limit(self) -> int:
        """How many cells may wait for a closing mark: about half a screen."""
        return max(self.room, min(_WAITING, self.room * (self.height - 3) // 2))

    def drain(self) -> list[Row]:
        """The finished rows, once."""
        done, self._done = self._done, []
        return done

    def emit(self, rows: list[Row]) -> None:
        """Rows of the innermost container are finished."""
        for row in rows:
            self._put_gap()
            prefix = self._prefix(self.stack)
            room = self.width - sum(len(text) for text, _, _ in prefix)
            while prefix and room > 1 and row_cells(row) > room:
                head, row = split(row, room)
                self._done.append(joined([*prefix, *head]))
                prefix = self._prefix(self.stack)
            self._done.append(joined([*prefix, *row]))
            self._any = True

    def gap(self, depth: int | None = None) -> None:
        """A blank line, inside the first `depth` containers; shown when more rows follow."""
        self._gap = [twin(container) for container in self.stack[:depth]]

    def stand_off(self) -> None:
        """A blank line, unless there is one already or nothing stands above."""
        if self._gap is None and self.stack[-1].started:
            self.gap()

    def _put_gap(self) -> None:
        if self._gap is not None and self._any:
            shared = []
            for before, now in zip(self._gap, self.stack, strict=False):
                if before.serial != now.serial:
                    break
                shared.append(twin(now))
                shared[-1].started = True
            self._done.append(trimmed(self._prefix(shared)))
        self._gap = None

    def _prefix(self, containers: list[Container]) -> Row:
        row: Row = []
        for container in containers:
            text = container.rest if container.started else container.first
            container.started = True
            if text:
                row.append(self.look.span(text, "2" if container.kind == "quote" else ""))
        return row

    def rule(self, label: str = "") -> None:
        """A horizontal line, with a label if there is one."""
        width = min(_RULE_WIDTH, max(self.width - self._taken(), 1))
        text = f"── {label} " if label else ""
        self.emit([[self.look.span(text + "─" * (width - cells(text)), "2")]])

    def push(self, container: Container) -> None:
        """Open a container."""
        self._serial += 1
        container.serial = self._serial
        self.stack.append(container)

    def open_item(self, item: re.Match[str], text: str, indent: int) -> str:
        """Open a list item; gives what stands in it."""
        mark, blanks = text[: item.start(4)], item.group(4)
        rest = text[item.end() :]
        if not rest.strip() or len(blanks) > 4:
            rest, blanks = blanks[1:] + rest, " "
        parent = self.stack[-1]
        first = _BULLETS[min(sum(c.kind == "item" for c in self.stack), len(_BULLETS) - 1)]
        series = item.group(1) or item.group(3)
        if item.group(2):
            parent.number = parent.number + 1 if parent.series == series else int(item.group(2))
            first = f"{parent.number}{series} "
        parent.series = series
        if task := _TASK.match(rest):
            box = "☐ " if task.group(1) == " " else "☑ "
            first = first + box if item.group(2) else box
            rest = rest[task.end() :]
        offset = indent + len(mark) + len(blanks)
        hollow = not rest.strip()
        self.push(Container("item", offset, first, " " * len(first), hollow=hollow))
        return rest

    def filled(self) -> None:
        """The open containers have content now."""
        for container in self.stack:
            container.hollow = False

    def close(self, depth: int) -> None:
        """Close the containers above; an item without content still shows its mark."""
        while len(self.stack) > depth:
            if not self.stack[-1].started and self.stack[-1].kind == "item":
                self.emit([[]])
            self.stack.pop()

    def match(self, text: str) -> tuple[int, str]:
        """How many open containers a line continues, and what remains of it."""
        for depth, container in enumerate(self.stack[1:], 1):
            rest = text.lstrip(" ")
            indent = len(text) - len(rest)
            if container.kind == "quote":
                if indent > 3 or not rest.startswith(">"):
                    return depth, text
                text = rest[1:].removeprefix(" ")
            elif not rest and not container.hollow:
                text = ""
            elif rest and indent >= container.offset:
                text = text[container.offset :]
            else:
                return depth, text
        return len(self.stack), text
