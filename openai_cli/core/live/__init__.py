"""Stream events become text as they arrive, and one final object at the end.

Each reader knows a family of events, not an endpoint; an operation names its family in the word
`live`. `feed` takes an event and returns the text it adds; `final` is the object the same call
gives without streaming; `problem` says afterwards what was wrong with the answer, if anything.
"""

from __future__ import annotations

from collections.abc import Callable

from .base import Lines, Quiet, Reader, refusal
from .choices import Choices
from .transcript import Transcript
from .typed import ResponseEvents, TypedText


def thread_events() -> TypedText:
    """Named events of a run on a thread."""
    ends = tuple(
        f"thread.run.{state}"
        for state in (
            "completed",
            "failed",
            "cancelled",
            "expired",
            "incomplete",
            "requires_action",
        )
    )
    return TypedText({"thread.message.delta": "data.delta.content.*.text.value"}, (*ends, "done"))


def session_events() -> TypedText:
    """The life of an agent's session, which ends when either side has had enough."""
    return TypedText({"agent.session.turn.output_text.delta": "delta"}, ())


FAMILIES: dict[str, Callable[[], Reader]] = {
    "choices": Choices,
    "response_events": ResponseEvents,
    "session_events": session_events,
    "thread_events": thread_events,
    "transcript_events": Transcript,
}
"""The readers by the name that words use."""


def reader(family: str) -> Reader | None:
    """A fresh reader of that family; None where events have no text of their own."""
    make = FAMILIES.get(family)
    return make() if make else None


__all__ = ["FAMILIES", "Lines", "Quiet", "Reader", "reader", "refusal"]
