"""Answers as typed events: the responses family, and events of which some carry text."""

from __future__ import annotations

from typing import Any

from ..errors import NetworkError, OaiError
from .base import Quiet, failed, parts, refusal


class ResponseEvents(Quiet):
    """Events with a `type` such as `response.output_text.delta`; the last ones hold the object."""

    TERMINAL = ("response.completed", "response.incomplete", "response.failed")

    def __init__(self) -> None:
        self._object: Any = None
        self._ended = False
        self._shown = False
        self._new_part = False

    def feed(self, event: dict[str, Any]) -> str:
        """Text and refusal deltas; a blank line between one message and the next."""
        kind = event.get("type", "")
        if isinstance(event.get("response"), dict):
            self._object = event["response"]
            self._ended = self._ended or kind in self.TERMINAL
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            return self._with_gap(str(event.get("delta") or ""))
        if kind == "response.content_part.added":
            self._new_part = self._shown
        return ""

    def _with_gap(self, text: str) -> str:
        if not text:
            return ""
        gap = "\n\n" if self._new_part else ""
        self._shown, self._new_part = True, False
        return gap + text

    def final(self) -> Any:
        """The newest response object."""
        return self._object

    def problem(self) -> OaiError | None:
        """A failed or broken-off response, or a refusal."""
        if not self._ended:
            status = self._object.get("status") if isinstance(self._object, dict) else ""
            if status in ("completed", "failed", "incomplete", "cancelled"):
                return failed(self._object)
            return NetworkError("the stream ended before the answer did")
        return failed(self._object) or refusal(self._object)

    def text(self, document: Any) -> str | None:
        """The output's texts, parted by blank lines."""
        if not isinstance(document, dict) or not isinstance(document.get("output"), list):
            return None
        texts = (part.get("text") or part.get("refusal") for part in parts(document))
        return "\n\n".join(text for text in texts if text and isinstance(text, str))

    def rest(self) -> str:
        """Nothing: every part was shown live."""
        return ""


class TypedText(Quiet):
    """Events of which some carry text in a field: `{event type: dotted field}`.

    `whole` names the event (its `type`, or the stream's event name) that ends the answer.
    """

    def __init__(self, deltas: dict[str, str], whole: tuple[str, ...]) -> None:
        self._deltas = deltas
        self._whole = whole
        self._last: Any = None
        self._ended = False

    def feed(self, event: dict[str, Any]) -> str:
        """The text of a delta event."""
        kind = str(event.get("type") or event.get("event") or "")
        self._last = event.get("data", event)
        self._ended = self._ended or kind in self._whole
        return "".join(pick(event, self._deltas[kind])) if kind in self._deltas else ""

    def final(self) -> Any:
        """The last event's object."""
        return self._last

    def problem(self) -> OaiError | None:
        """A stream that ended before the event that closes it; where none does, any end is good."""
        if self._ended or not self._whole:
            return failed(self._last)
        return NetworkError("the stream ended before the answer did")

    def text(self, document: Any) -> str | None:
        """The `text` of a complete answer."""
        text = document.get("text") if isinstance(document, dict) else None
        return text if isinstance(text, str) else None

    def rest(self) -> str:
        """Nothing more to show."""
        return ""


def pick(value: Any, path: str) -> list[str]:
    """The strings at a dotted path; `*` stands for every element of an array."""
    found = [value]
    for step in path.split("."):
        if step == "*":
            found = [item for one in found if isinstance(one, list) for item in one]
        else:
            found = [one.get(step) for one in found if isinstance(one, dict)]
    return [text for text in found if isinstance(text, str)]
