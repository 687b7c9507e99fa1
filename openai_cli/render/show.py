"""Prints a result in the format asked for: the one renderer of every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core import results
from . import documents
from .sink import Sink, open_sink

if TYPE_CHECKING:
    from ..core.context import App

ROW_FORMATS = ("table", "csv")


def show(app: App, result: results.Result) -> None:
    """Write `result` to stdout, or to `-o FILE` which then appears whole or not at all.

    Raises what reading the result raises (ApiError, NetworkError …), and UsageError for a format
    that cannot show this kind of result, or a bad filter.
    """
    style = app.settings.format
    if isinstance(result, results.Download | results.Untouched):
        from . import media

        media.show(app, result)
    elif isinstance(result, results.Done):
        _done(app, result, style)
    elif isinstance(result, results.Shown):
        return
    else:
        with open_sink(app) as sink:
            _show(app, sink, result, _resolve(app, result, sink, style))


def _resolve(app: App, result: results.Result, sink: Sink, style: str) -> str:
    """What `auto` means for this result and this output."""
    if style == "raw" and isinstance(result, results.Text):
        return "text"
    if style == "raw":
        endless = isinstance(result, results.Events) and result.endless
        return "jsonl" if endless else "json"
    if style != "auto":
        return style
    if app.option("jq"):
        return "json"
    if isinstance(result, results.Events):
        for_people = result.reader is not None and sink.terminal
        return "text" if result.family or for_people else "jsonl"
    if isinstance(result, results.Document | results.Text):
        has_text = isinstance(result, results.Text) or result.family
        return "text" if sink.terminal or has_text else "json"
    return "table" if sink.terminal else "json"


def _show(app: App, sink: Sink, result: results.Result, style: str) -> None:
    expression = app.option("jq")
    if expression:
        from . import jq

        sink.lines(jq.results(expression, jq.inputs(result, style)))
    elif isinstance(result, results.Events):
        from . import live

        live.show(app, sink, result, style)
    elif isinstance(result, results.Listing | results.Rows):
        from . import listing

        listing.show(app, sink, result, style)
    elif isinstance(result, results.Text):
        _text(sink, result, style)
    elif isinstance(result, results.Document):
        _document(app, sink, result, style)
    if isinstance(result, results.Document) and result.family:
        from . import live

        live.judge(app, result.value)


def _text(sink: Sink, result: results.Text, style: str) -> None:
    if style in ("auto", "text", "table", "csv"):
        ends = result.text.endswith("\n") or not sink.terminal
        sink.text(result.text if ends else result.text + "\n")
    else:
        sink.text(documents.dump({"text": result.text}, style))


def _document(app: App, sink: Sink, result: results.Document, style: str) -> None:
    if style == "text":
        _for_people(app, sink, result)
    elif style in ROW_FORMATS:
        from . import listing

        value = result.value
        rows = results.Rows(value if isinstance(value, list) else [value])
        listing.show(app, sink, rows, style)
    else:
        sink.text(documents.dump(result.value, style))


def _for_people(app: App, sink: Sink, result: results.Document) -> None:
    if result.human:
        sink.text(result.human, trusted=True)
        return
    if result.family:
        from . import live

        reader = live.reader_of(result.family)
        text = reader.text(result.value) if reader else None
        if text is not None:
            sink.text(text + "\n")
            return
    from . import view

    sink.text(view.view(app.console, result.value), trusted=True)


def _done(app: App, result: results.Done, style: str) -> None:
    if style in ("json", "jsonl", "yaml"):
        with open_sink(app) as sink:
            sink.text(documents.dump({"done": True}, style))
    elif not app.console.quiet:
        app.console.note(result.message or "done")
