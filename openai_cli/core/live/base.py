"""What readers of events share: their shape, and what an answer says of itself."""

from __future__ import annotations

from typing import Any, Protocol

from ..errors import OaiError, OutcomeError


class Reader(Protocol):
    """What every family offers."""

    def feed(self, event: dict[str, Any]) -> str:
        """The visible text that this event adds."""

    def final(self) -> Any:
        """The complete object so far."""

    def problem(self) -> OaiError | None:
        """Why the answer is not what was asked for."""

    def text(self, document: Any) -> str | None:
        """The visible text of a complete answer; None where there is none."""

    def rest(self) -> str:
        """What was held back while the answer came."""

    def notice(self, event: dict[str, Any]) -> str:
        """What an event tells beside the text, in one line; empty for most."""


class Quiet:
    """A reader whose events tell nothing beside their text."""

    def notice(self, event: dict[str, Any]) -> str:
        """Nothing."""
        return ""


class Lines(Quiet):
    """A reader of events that are no answer: each is a line of text, or several, and that is all
    there is to them."""

    def final(self) -> Any:
        """Nothing is kept."""
        return None

    def problem(self) -> OaiError | None:
        """Nothing: whoever makes the events says what went wrong."""
        return None

    def text(self, document: Any) -> str | None:
        """Nothing: no document is an answer."""
        return None

    def rest(self) -> str:
        """Nothing is held back."""
        return ""


def records(value: Any) -> list[dict[str, Any]]:
    """The objects of an array; nothing where a server sends something else."""
    items = value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, dict)]


def parts(document: Any) -> list[dict[str, Any]]:
    """The content parts of a response's messages."""
    output = document.get("output") if isinstance(document, dict) else None
    return [
        part
        for item in records(output)
        if item.get("type") == "message"
        for part in records(item.get("content"))
    ]


def refusal(document: Any) -> OaiError | None:
    """The model's refusal as an error, where a complete answer holds one."""
    choices = document.get("choices") if isinstance(document, dict) else None
    for choice in records(choices):
        message = choice.get("message")
        if isinstance(message, dict) and message.get("refusal"):
            return OutcomeError("the model refused", "say what it is for, or ask differently")
    for part in parts(document):
        if part.get("type") == "refusal":
            return OutcomeError("the model refused", "say what it is for, or ask differently")
    return None


def failed(document: Any) -> OaiError | None:
    """The failure that a complete object reports of itself."""
    status = document.get("status") if isinstance(document, dict) else None
    if status not in ("failed", "cancelled", "expired"):
        return None
    error = document.get("error") or document.get("last_error")
    reason = error.get("message") if isinstance(error, dict) else None
    what = str(document.get("object") or "answer").rpartition(".")[2]
    happened = "was cancelled" if status == "cancelled" else status
    return OutcomeError(f"the {what} {happened}: {reason or 'no reason given'}")
