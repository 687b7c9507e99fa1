"""Rows as a table, page after page: widths come from the first page, ids are never cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import cells

if TYPE_CHECKING:
    from ..core.console import Console

FAVOURITES = (
    "id",
    "name",
    "filename",
    "title",
    "email",
    "type",
    "status",
    "role",
    "model",
    "purpose",
    "bytes",
    "owned_by",
    "created_at",
    "created",
)
MOST_COLUMNS = 6
GAP = "  "
NARROWEST = 8


def choose_columns(items: list[Any], wanted: tuple[str, ...]) -> list[str]:
    """The columns to show: the words', as far as any item has them, or else the usual ones."""
    records = [item for item in items if isinstance(item, dict)]
    found = [path for path in wanted if any(_there(item, path) for item in records)]
    if found or not records:
        return found or list(wanted) or ["value"]
    keys = dict.fromkeys(key for item in records for key in item)
    favoured = [name for name in FAVOURITES if name in keys]
    plain = [key for key in keys if not any(isinstance(i.get(key), dict | list) for i in records)]
    return (favoured or plain or list(keys) or ["value"])[:MOST_COLUMNS]


def _there(item: dict[str, Any], path: str) -> bool:
    return cells.dig(item, path) is not None


class Table:
    """Lays rows out. The header comes with the first rows."""

    def __init__(self, console: Console, wanted: tuple[str, ...], *, terminal: bool) -> None:
        self._console = console
        self._wanted = wanted
        self._terminal = terminal
        self._columns: list[str] = []
        self._widths: list[int] = []

    def rows(self, items: list[Any]) -> str:
        """The text for some more items."""
        head = ""
        if not self._columns:
            self._columns = choose_columns(items, self._wanted)
        texts = [self._cells(item) for item in items]
        if not self._widths:
            self._widths = self._measure(texts)
            head = self._console.style(self._line(self._titles()), "1") + "\n"
            if not self._terminal:
                head = self._line(self._titles()) + "\n"
        else:
            self._widen(texts)
        return head + "".join(self._line(row) + "\n" for row in texts)

    def _cells(self, item: Any) -> list[str]:
        if not isinstance(item, dict):
            return [cells.cell("", item), *[""] * (len(self._columns) - 1)]
        return [cells.cell(path, cells.dig(item, path)) for path in self._columns]

    def _titles(self) -> list[str]:
        plain = (path.replace("_", " ").replace(".", " ").upper() for path in self._columns)
        return [cells.cell("", title) for title in plain]

    def _measure(self, rows: list[list[str]]) -> list[int]:
        """Column widths; on a terminal the widest columns give way, then the last ones go."""
        widths = [
            max(cells.width(row[at]) for row in [self._titles(), *rows])
            for at in range(len(self._columns))
        ]
        if not self._terminal:
            return widths
        while True:
            squeezed = self._squeezed(widths)
            fits = sum(squeezed) + len(GAP) * (len(widths) - 1) <= self._console.width
            if fits or len(widths) == 1:
                return squeezed
            widths.pop()
            self._columns.pop()

    def _squeezed(self, widths: list[int]) -> list[int]:
        widths = list(widths)
        room = self._console.width - len(GAP) * (len(widths) - 1)
        soft = [at for at, path in enumerate(self._columns) if not keeps_whole(path)]
        while sum(widths) > room and soft:
            widest = max(soft, key=lambda at: widths[at])
            if widths[widest] <= NARROWEST:
                break
            widths[widest] -= 1
        return widths

    def _widen(self, rows: list[list[str]]) -> None:
        """Later pages may bring longer ids; the columns grow with them, once."""
        for at, path in enumerate(self._columns):
            if keeps_whole(path) or not self._terminal:
                longest = max((cells.width(row[at]) for row in rows), default=0)
                self._widths[at] = max(self._widths[at], longest)

    def _line(self, row: list[str]) -> str:
        shown = []
        for text, path, width in zip(row, self._columns, self._widths, strict=False):
            if self._terminal and not keeps_whole(path):
                text = cells.fit(text, width)
            shown.append(cells.pad(text, width))
        return GAP.join(shown).rstrip()


def keeps_whole(path: str) -> bool:
    """Whether a column is an id, which is no use when cut."""
    leaf = path.rpartition(".")[2]
    return leaf == "id" or leaf.endswith("_id")
