"""How transcripts are shown: each format as itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core import results
from ...engine import run as plain
from ...render import live
from ...render.show import ROW_FORMATS, show
from ...render.sink import Sink, open_sink

if TYPE_CHECKING:
    from ...core.context import App
    from ...engine.gather import Call

FAMILY = "transcript_events"
AS_JSON = ("json", "verbose_json")
"""What a recording is asked to become by these names is shown as it is, not as its text."""
SUFFIXES = {"json": ".json", "jsonl": ".jsonl", "yaml": ".yaml", "csv": ".csv", "table": ".txt"}


def style(app: App, call: Call) -> str:
    """What to print: the format asked for; else the API's, where one was named; else text."""
    chosen = plain.output_format(app)
    if chosen == "auto":
        return "json" if call.get("response_format") in AS_JSON else "text"
    return chosen


def names_speakers(call: Call) -> bool:
    """Whether the model finds names for the speakers by itself."""
    known = call.get("known_speaker_names") or call.get("known_speaker_references")
    return call.get("response_format") == "diarized_json" and not known


def suffix(style: str, form: str) -> str:
    """What the name of a transcript ends in."""
    if style != "text":
        return SUFFIXES.get(style, ".json")
    return f".{form}" if form in ("srt", "vtt") else ".txt"


def as_itself(app: App, call: Call, result: results.Result) -> results.Result:
    """A single answer, which is JSON where JSON was named."""
    if isinstance(result, results.Document) and style(app, call) == "json":
        result.family = ""
    return result


def show_joined(app: App, result: results.Events, style: str) -> None:
    """Show what the parts of a recording become, as far as it came. Raises OaiError."""
    if style in ROW_FORMATS and not app.option("jq"):
        value, problem = live.drain(result)
        finish(app, results.Document(value, problem=problem))
        return
    with open_sink(app) as sink:
        write(app, sink, result, style)


def write(app: App, sink: Sink, result: results.Events, style: str) -> None:
    """The same, to a place that is open. Raises OaiError."""
    if expression := app.option("jq"):
        from ...render import jq

        sink.lines(jq.results(expression, jq.inputs(result, style)))
    else:
        live.show(app, sink, result, style)


def finish(app: App, result: results.Result) -> results.Shown:
    """Show a result to its end, while what it needs is still there. Raises OaiError."""
    show(app, result)
    if problem := getattr(result, "problem", None):
        raise problem
    return results.Shown()
