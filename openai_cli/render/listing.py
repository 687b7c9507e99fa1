"""Lists in every format, written while further pages are still to come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..core import pages, results
from ..core.errors import UsageError
from . import documents
from .sink import Sink
from .table import Table, choose_columns

if TYPE_CHECKING:
    from ..core.context import App


def show(app: App, sink: Sink, result: results.Listing | results.Rows, style: str) -> None:
    """Write a list. Raises what fetching its pages raises."""
    if isinstance(result, results.Rows):
        _rows(app, sink, result, style)
    elif style == "json":
        _json(sink, result)
    elif style == "jsonl":
        for chunk in result.chunks:
            sink.text("".join(documents.line(item) + "\n" for item in chunk.items))
    elif style == "yaml":
        sink.text(documents.dump(envelope(result), "yaml"))
    elif style == "csv":
        writer = Csv(result.columns)
        for chunk in result.chunks:
            sink.text(writer.rows(chunk.items))
    elif style in ("table", "text"):
        _table(app, sink, result)
    else:
        raise UsageError(f"a list cannot be shown as {style}")


def _rows(app: App, sink: Sink, result: results.Rows, style: str) -> None:
    if style == "jsonl":
        sink.text("".join(documents.line(item) + "\n" for item in result.items))
    elif style in ("json", "yaml"):
        sink.text(documents.dump(result.items, style))
    elif style == "csv":
        sink.text(Csv(result.columns).rows(result.items))
    elif result.items:
        table = Table(app.console, result.columns, terminal=sink.terminal)
        shown = result.items if result.shown is None else result.shown
        sink.text(table.rows(shown), trusted=True)
    elif not app.console.quiet:
        app.console.note("nothing to list")


def _table(app: App, sink: Sink, result: results.Listing) -> None:
    table = Table(app.console, result.columns, terminal=sink.terminal)
    empty = True
    for chunk in result.chunks:
        if chunk.items:
            empty = False
            sink.text(table.rows(chunk.items), trusted=True)
    if empty and not app.console.quiet:
        app.console.note("nothing to list")


def _json(sink: Sink, result: results.Listing) -> None:
    """The API's own envelope around every page's items, one valid document, item by item.

    If a later page fails, the document is left open: no reader takes half a list for a whole one.
    """
    first: dict[str, Any] | None = None
    items = result.page.items
    last: pages.Chunk | None = None
    some = False
    for chunk in result.chunks:
        if first is None:
            first = chunk.document
            head = {
                key: value
                for key, value in first.items()
                if key != items and key not in pages.POSITION
            }
            sink.text("{" + _members(head, closing=True) + f"\n  {json.dumps(items)}: [")
        for item in chunk.items:
            text = documents.pretty(item).replace("\n", "\n    ")
            sink.text(("," if some else "") + "\n    " + text)
            some = True
        last = chunk
    assert first is not None and last is not None
    tail = pages.closing(first, last)
    sink.text(("\n  ]" if some else "]") + ("," if tail else "") + _members(tail) + "\n}\n")


def _members(fields: dict[str, Any], *, closing: bool = False) -> str:
    lines = []
    for key, value in fields.items():
        text = documents.pretty(value).replace("\n", "\n  ")
        lines.append(f"\n  {json.dumps(key)}: {text}")
    return ",".join(lines) + ("," if closing and lines else "")


def envelope(result: results.Listing) -> dict[str, Any]:
    """The whole list as one value, for formats that cannot be written piece by piece."""
    first: dict[str, Any] = {}
    gathered: list[Any] = []
    last: pages.Chunk | None = None
    for chunk in result.chunks:
        first = first or chunk.document
        gathered.extend(chunk.items)
        last = chunk
    assert last is not None
    head = {key: value for key, value in first.items() if key not in pages.POSITION}
    return {**head, result.page.items: gathered, **pages.closing(first, last)}


class Csv:
    """Rows as RFC 4180 has them, with a header; nested values as JSON."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self._wanted = wanted
        self._columns: list[str] = []

    def rows(self, items: list[Any]) -> str:
        """The text for some more items."""
        from .cells import dig

        lines = []
        if not self._columns:
            self._columns = choose_columns(items, self._wanted)
            lines.append(_csv_line(self._columns))
        for item in items:
            record = isinstance(item, dict)
            found = [dig(item, path) for path in self._columns] if record else [item]
            lines.append(_csv_line([_plain(value) for value in found]))
        return "".join(lines)


def _csv_line(texts: list[str]) -> str:
    """One row. The csv module quotes a carriage return only where it ends lines with one."""
    import csv
    import io

    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow(texts)
    return buffer.getvalue().removesuffix("\r\n") + "\n"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else documents.line(value)
