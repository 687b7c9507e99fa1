"""A call for people to read: who says what, what is interrupted, which tools are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...core.live import Lines

if TYPE_CHECKING:
    from ...core.console import Console

Event = dict[str, Any]

CALLER, MODEL, NOTE = "caller", "model", "·"
LONGEST = 200
UNWRITTEN = "(speaks; the session does not write down what it hears)"


class CallLines(Lines):
    """Turns the events of a call into lines. Most events tell nothing: a turn is told once it is
    over, with the time since the looking began in front."""

    def __init__(self, console: Console) -> None:
        self._clock = console.clock
        self._started = self._clock()
        self._written = True

    def feed(self, event: Event) -> str:
        """The line that tells of an event; empty for most."""
        teller = TELLERS.get(str(event.get("type")))
        told = teller(self, event) if teller else None
        if not told:
            return ""
        who, what = told
        seconds = int(self._clock() - self._started)
        time = f"{seconds // 60:02}:{seconds % 60:02}"
        return f"{time}  {who}: {what}\n" if who != NOTE else f"{time}  {who} {what}\n"

    # -- the session --------------------------------------------------------------------------

    def session(self, event: Event) -> tuple[str, str] | None:
        """Note whether the session writes down what the caller says."""
        session = _object(event, "session")
        heard = _object(_object(session, "audio"), "input")
        self._written = bool(heard.get("transcription"))
        model = session.get("model")
        return (NOTE, f"{model} leads the call") if model and _is(event, "created") else None

    def stopped(self, event: Event) -> tuple[str, str] | None:
        """A turn of the caller that nobody writes down."""
        return None if self._written else (CALLER, UNWRITTEN)


def _object(value: Any, name: str) -> Event:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _is(event: Event, ending: str) -> bool:
    return str(event.get("type")).endswith("." + ending)


def _said(who: str, field: str) -> Callable[[CallLines, Event], tuple[str, str] | None]:
    def tell(lines: CallLines, event: Event) -> tuple[str, str] | None:
        text = " ".join(str(event.get(field) or "").split())
        return (who, text) if text else None

    return tell


def _tool(lines: CallLines, event: Event) -> tuple[str, str]:
    return NOTE, f"the model calls {event.get('name')} {_short(event.get('arguments'))}".rstrip()


def _item(lines: CallLines, event: Event) -> tuple[str, str] | None:
    """What tools answered; everything else about items is told by other events."""
    item = _object(event, "item")
    if item.get("type") == "function_call_output":
        return NOTE, f"the tool answers {_short(item.get('output'))}"
    if item.get("type") != "mcp_call":
        return None
    name = f"{item.get('server_label')}.{item.get('name')}"
    problem = _object(item, "error").get("message")
    answer = f"fails: {problem}" if problem else f"answers {_short(item.get('output'))}"
    return NOTE, f"the tool {name} {answer}"


def _answered(lines: CallLines, event: Event) -> tuple[str, str] | None:
    """An answer that did not come to its end."""
    response = _object(event, "response")
    status, details = response.get("status"), _object(response, "status_details")
    if status in (None, "completed"):
        return None
    if details.get("reason") == "turn_detected":
        return NOTE, "the caller interrupts"
    why = _object(details, "error").get("message") or details.get("reason") or "no reason given"
    return NOTE, f"the answer is {status}: {why}"


def _failed(lines: CallLines, event: Event) -> tuple[str, str]:
    error = _object(event, "error")
    return NOTE, f"error: {error.get('message') or error.get('code') or 'nothing more is said'}"


def _key(lines: CallLines, event: Event) -> tuple[str, str]:
    return NOTE, f"the caller presses {event.get('event')}"


def _idle(lines: CallLines, event: Event) -> tuple[str, str]:
    return NOTE, "the caller has said nothing for a while"


def _short(value: Any) -> str:
    text = " ".join(str(value if value is not None else "").split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


HEARD = "conversation.item.input_audio_transcription"
TELLERS: dict[str, Callable[[CallLines, Event], tuple[str, str] | None]] = {
    "session.created": CallLines.session,
    "session.updated": CallLines.session,
    "input_audio_buffer.speech_stopped": CallLines.stopped,
    "input_audio_buffer.dtmf_event_received": _key,
    "input_audio_buffer.timeout_triggered": _idle,
    f"{HEARD}.completed": _said(CALLER, "transcript"),
    f"{HEARD}.failed": _failed,
    "conversation.item.done": _item,
    "response.output_audio_transcript.done": _said(MODEL, "transcript"),
    "response.output_text.done": _said(MODEL, "text"),
    "response.function_call_arguments.done": _tool,
    "response.done": _answered,
    "error": _failed,
}
"""What is told of each type of event."""
