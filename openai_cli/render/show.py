"""Prints a result in the format asked for: the one renderer of every command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..core import results
from . import documents, listing, live, media
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
    if isinstance(result, results.Download):
        media.save(app, result)
    elif isinstance(result, results.Untouched):
        media.pass_on(app, result.reply)
    elif isinstance(result, results.Done):
        _done(app, result, style)
    else:
        with open_sink(app) as sink:
            _show(app, sink, result, _resolve(app, result, sink, style))


def _resolve(app: App, result: results.Result, sink: Sink, style: str) -> str:
    """What `auto` means for this result and this output."""
    if style == "raw":
        return "json"
    if style != "auto":
        return style
    if app.option("jq"):
        return "json"
    if isinstance(result, results.Events):
        return "text" if result.family else "jsonl"
    if isinstance(result, results.Document | results.Text):
        has_text = isinstance(result, results.Text) or result.family
        return "text" if sink.terminal or has_text else "json"
    return "table" if sink.terminal else "json"


def _show(app: App, sink: Sink, result: results.Result, style: str) -> None:
    expression = app.option("jq")
    if expression:
        from . import jq

        sink.lines(jq.results(expression, _inputs(result, style)))
    elif isinstance(result, results.Events):
        live.show(app, sink, result, style)
    elif isinstance(result, results.Listing):
        listing.show(app, sink, result, style)
    elif isinstance(result, results.Rows):
        listing.show_rows(app, sink, result, style)
    elif isinstance(result, results.Text):
        _text(sink, result, style)
    elif isinstance(result, results.Document):
        _document(app, sink, result, style)


def _inputs(result: results.Result, style: str) -> Iterator[Any]:
    """What a filter sees: the document, or with jsonl each item or event."""
    if isinstance(result, results.Events):
        if style == "jsonl":
            yield from result.events
        else:
            value, problem = live.drain(result)
            yield value
            if problem:
                raise problem
    elif isinstance(result, results.Listing):
        if style == "jsonl":
            yield from (item for chunk in result.chunks for item in chunk.items)
        else:
            yield listing.envelope(result)
    elif isinstance(result, results.Rows):
        yield from result.items if style == "jsonl" else [result.items]
    elif isinstance(result, results.Text):
        yield result.text
    elif isinstance(result, results.Document):
        yield result.value


def _text(sink: Sink, result: results.Text, style: str) -> None:
    if style in ("auto", "text", "table", "csv"):
        ends = result.text.endswith("\n") or not sink.terminal
        sink.text(result.text if ends else result.text + "\n")
    else:
        sink.text(documents.dump({"text": result.text}, style))


def _document(app: App, sink: Sink, result: results.Document, style: str) -> None:
    value = result.value
    if style == "text" and result.human:
        sink.text(result.human, trusted=True)
    elif style == "text":
        reader = live.reader_of(result.family)
        text = reader.text(value) if reader else None
        if text is not None:
            sink.text(text + "\n")
            live.judge(app, value)
            return
        from . import view

        sink.text(view.view(app.console, value))
    elif style in ROW_FORMATS:
        items = value if isinstance(value, list) else [value]
        listing.show_rows(app, sink, results.Rows(items), style)
    else:
        sink.text(documents.dump(value, style))


def _done(app: App, result: results.Done, style: str) -> None:
    if style in ("json", "jsonl", "yaml"):
        with open_sink(app) as sink:
            sink.text(documents.dump({"done": True}, style))
    elif not app.console.quiet:
        app.console.note(result.message or "done")


