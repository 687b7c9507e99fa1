"""Speech becoming text; where the speakers are told apart, a line for each time somebody speaks."""

from __future__ import annotations

from typing import Any

from ..moments import clock
from .base import records
from .typed import TypedText

DELTA, SEGMENT, DONE = (f"transcript.text.{kind}" for kind in ("delta", "segment", "done"))


class Transcript(TypedText):
    """Deltas, and the segments of a transcript that names its speakers."""

    def __init__(self) -> None:
        super().__init__({DELTA: "delta"}, (DONE,))
        self._segments: list[dict[str, Any]] = []
        self._held = ""

    def feed(self, event: dict[str, Any]) -> str:
        """The text of a delta. One that belongs to a segment waits for it: only then is it known
        who speaks."""
        text = super().feed(event)
        if event.get("type") == SEGMENT:
            self._segments.append(event)
            return line(event)
        if event.get("segment_id"):
            self._held += text
            return ""
        return text

    def final(self) -> Any:
        """The last event's object, with the segments that came before it."""
        last = super().final()
        if self._segments and isinstance(last, dict) and last.get("type") == DONE:
            return {**last, "segments": self._segments}
        return last

    def text(self, document: Any) -> str | None:
        """A line for each segment that has a speaker, else the `text` of a complete answer."""
        return spoken(document) or super().text(document)

    def rest(self) -> str:
        """What waited for a segment that never came."""
        return "" if self._segments else self._held


def spoken(document: Any) -> str:
    """Who said what, in lines; empty where an answer does not tell speakers apart."""
    segments = records(document.get("segments") if isinstance(document, dict) else None)
    if not any(segment.get("speaker") for segment in segments):
        return ""
    return "".join(map(line, segments)).rstrip("\n")


def line(segment: dict[str, Any]) -> str:
    """`[0:07] A: What was said.`, with a line end."""
    start = segment.get("start")
    moment = clock(start) if isinstance(start, int | float) else "?"
    words = " ".join(str(segment.get("text") or "").split())
    return f"[{moment}] {segment.get('speaker') or '?'}: {words}\n"
