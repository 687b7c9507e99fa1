"""Streams: deltas as text, events as lines, or the final object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core import live as families
from ..core import results
from ..core.errors import OaiError, UsageError
from . import documents
from .screen import screen
from .sink import Sink

if TYPE_CHECKING:
    from ..core.context import App

reader_of = families.reader


def show(app: App, sink: Sink, result: results.Events, style: str) -> None:
    """Write events as they arrive. What came is kept, whatever happens after it.

    Raises what the stream raises, and OutcomeError for a refusal or a failed answer.
    """
    if style == "text" and _reader(result):
        _text(app, sink, result)
    elif style in ("jsonl", "text"):
        _lines(sink, result)
    elif style in ("json", "yaml"):
        _final(sink, result, style)
    else:
        raise UsageError(f"events cannot be shown as {style}", "use -f text, jsonl or json")


def _reader(result: results.Events) -> families.Reader | None:
    return result.reader or families.reader(result.family)


def _text(app: App, sink: Sink, result: results.Events) -> None:
    reader = _reader(result)
    assert reader is not None
    shown = screen(app, sink, markdown=result.markdown)
    try:
        for event in result.events:
            if line := reader.notice(event):
                shown.notice(line)
            shown.text(reader.feed(event))
        shown.text(reader.rest())
    finally:
        shown.end()
    _warn_of_limit(app, reader.final())
    problem = reader.problem()
    if problem:
        raise problem


def _lines(sink: Sink, result: results.Events) -> None:
    reader = _reader(result)
    for event in result.events:
        sink.text(documents.line(event) + "\n")
        if reader:
            reader.feed(event)
    problem = reader.problem() if reader else None
    if problem:
        raise problem


def _final(sink: Sink, result: results.Events, style: str) -> None:
    value, problem = drain(result)
    if value is not None:
        sink.text(documents.dump(value, style))
    if problem:
        raise problem


def drain(result: results.Events) -> tuple[Any, OaiError | KeyboardInterrupt | None]:
    """Read the stream to its end: the final object (all events where there is no such thing), as
    far as it came, and what went wrong or broke it off."""
    reader = _reader(result)
    keeps = reader is not None and not isinstance(reader, families.Lines)
    seen: list[Any] = []
    problem: OaiError | KeyboardInterrupt | None = None
    try:
        for event in result.events:
            if reader:
                reader.feed(event)
            if not keeps:
                seen.append(event)
    except (OaiError, KeyboardInterrupt) as error:
        problem = error
    if reader is None:
        return seen, problem
    final = reader.final()
    return seen if final is None and not keeps else final, problem or reader.problem()


def judge(app: App, document: Any) -> None:
    """After a complete answer was shown: warn when it was cut off, raise when it is a refusal."""
    _warn_of_limit(app, document)
    problem = families.refusal(document)
    if problem:
        raise problem


def _warn_of_limit(app: App, document: Any) -> None:
    if not isinstance(document, dict):
        return
    reasons = [c.get("finish_reason") for c in document.get("choices") or () if isinstance(c, dict)]
    details = document.get("incomplete_details") or {}
    if "length" in reasons or details.get("reason") == "max_output_tokens":
        app.console.warn("the answer was cut off at the token limit")
    if "content_filter" in reasons or details.get("reason") == "content_filter":
        app.console.warn("the answer was cut off by the content filter")
