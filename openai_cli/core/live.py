"""Stream events become text as they arrive, and one final object at the end.

Each reader knows a family of events, not an endpoint; an operation names its family in the word
`live`. `feed` takes an event and returns the text it adds; `final` is the object the same call
gives without streaming; `problem` says afterwards what was wrong with the answer, if anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from .errors import NetworkError, OaiError, OutcomeError


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


class Choices(Quiet):
    """Chunks with `choices`: each brings a `delta` (or `text`) to add to a choice by its index."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}

    def feed(self, event: dict[str, Any]) -> str:
        """Adds one chunk; text comes from the first choice, the others follow at the end."""
        for key, value in event.items():
            if key != "choices" and (value is not None or key not in self._head):
                self._head[key] = value
        shown = ""
        for choice in _records(event.get("choices")):
            index = choice.get("index", 0)
            kept = self._choices.setdefault(index, {"index": index})
            for key, value in choice.items():
                self._add(kept, key, value)
            if index == 0:
                shown += _choice_text({**choice, "message": choice.get("delta")})
        return shown

    @staticmethod
    def _add(kept: dict[str, Any], key: str, value: Any) -> None:
        if key == "delta":
            delta = value if isinstance(value, dict) else {}
            kept["message"] = grow(kept.get("message", {"role": "assistant"}), delta)
        elif key == "text":
            kept["text"] = kept.get("text", "") + (value or "")
        elif key == "logprobs" and isinstance(value, dict) and isinstance(kept.get(key), dict):
            kept[key] = _joined(kept[key], value)
        elif value is not None or key not in kept:
            kept[key] = value

    def final(self) -> dict[str, Any]:
        """The object, with the choices in order."""
        name = str(self._head.get("object") or "")
        choices = [self._whole(self._choices[index]) for index in sorted(self._choices)]
        return {**self._head, "object": name.removesuffix(".chunk"), "choices": choices}

    @staticmethod
    def _whole(choice: dict[str, Any]) -> dict[str, Any]:
        message = choice.get("message")
        if not isinstance(message, dict):
            return choice
        calls = _records(message.get("tool_calls"))
        plain = [{k: v for k, v in call.items() if k != "index"} for call in calls]
        message = {"content": None, **message, **({"tool_calls": plain} if plain else {})}
        return {**choice, "message": message}

    def problem(self) -> OaiError | None:
        """A stream that ended before its answer, or a refusal."""
        ended = [choice.get("finish_reason") is not None for choice in self._choices.values()]
        if not ended or not all(ended):
            return NetworkError("the stream ended before the answer did")
        return refusal(self.final())

    def text(self, document: Any) -> str | None:
        """The choices' texts, parted by blank lines."""
        choices = document.get("choices") if isinstance(document, dict) else None
        if not isinstance(choices, list):
            return None
        return "\n\n".join(_choice_text(choice) for choice in _records(choices))

    def rest(self) -> str:
        """The texts of the choices after the first, which are not shown live."""
        return "".join("\n\n" + _choice_text(choice) for choice in self.final()["choices"][1:])


def _records(value: Any) -> list[dict[str, Any]]:
    """The objects of an array; nothing where a server sends something else."""
    items = value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, dict)]


def _joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Two objects whose arrays go on where the first ended."""
    merged = {**old, **{key: value for key, value in new.items() if value is not None}}
    both = [key for key, value in new.items() if isinstance(value, list) and old.get(key)]
    return {**merged, **{key: [*old[key], *new[key]] for key in both}}


def _choice_text(choice: dict[str, Any]) -> str:
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    text = choice.get("text") or message.get("content") or message.get("refusal") or ""
    return text if isinstance(text, str) else ""


def refusal(document: Any) -> OaiError | None:
    """The model's refusal as an error, where a complete answer holds one."""
    choices = document.get("choices") if isinstance(document, dict) else None
    for choice in _records(choices):
        message = choice.get("message")
        if isinstance(message, dict) and message.get("refusal"):
            return OutcomeError("the model refused", "say what it is for, or ask differently")
    for part in _parts(document):
        if part.get("type") == "refusal":
            return OutcomeError("the model refused", "say what it is for, or ask differently")
    return None


def grow(kept: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
    """`kept` with a delta added: texts are joined, lists merged by their items' `index`."""
    for key, value in delta.items():
        old = kept.get(key)
        if value is None:
            kept.setdefault(key, None)
        elif old is None or key in ("index", "type", "role", "id"):
            kept[key] = _indexed([], value) if isinstance(value, list) else value
        elif isinstance(old, str) and isinstance(value, str):
            kept[key] = old + value
        elif isinstance(old, dict) and isinstance(value, dict):
            grow(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            _indexed(old, value)
        else:
            kept[key] = value
    return kept


def _indexed(kept: list[Any], added: list[Any]) -> list[Any]:
    for item in added:
        index = item.get("index") if isinstance(item, dict) else None
        match = next(
            (old for old in kept if isinstance(old, dict) and old.get("index") == index), None
        )
        if index is None or match is None:
            kept.append(grow({}, item) if isinstance(item, dict) else item)
        else:
            grow(match, item)
    return kept


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
                return _failed(self._object)
            return NetworkError("the stream ended before the answer did")
        return _failed(self._object) or refusal(self._object)

    def text(self, document: Any) -> str | None:
        """The output's texts, parted by blank lines."""
        if not isinstance(document, dict) or not isinstance(document.get("output"), list):
            return None
        parts = (part.get("text") or part.get("refusal") for part in _parts(document))
        return "\n\n".join(text for text in parts if text and isinstance(text, str))

    def rest(self) -> str:
        """Nothing: every part was shown live."""
        return ""


def _parts(document: Any) -> list[dict[str, Any]]:
    output = document.get("output") if isinstance(document, dict) else None
    return [
        part
        for item in _records(output)
        if item.get("type") == "message"
        for part in _records(item.get("content"))
    ]


def _failed(document: Any) -> OaiError | None:
    status = document.get("status") if isinstance(document, dict) else None
    if status not in ("failed", "cancelled", "expired"):
        return None
    error = document.get("error") or document.get("last_error")
    reason = error.get("message") if isinstance(error, dict) else None
    what = str(document.get("object") or "answer").rpartition(".")[2]
    happened = "was cancelled" if status == "cancelled" else status
    return OutcomeError(f"the {what} {happened}: {reason or 'no reason given'}")


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
            return _failed(self._last)
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


def transcript_events() -> TypedText:
    """Speech becoming text."""
    return TypedText({"transcript.text.delta": "delta"}, ("transcript.text.done",))


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
    "transcript_events": transcript_events,
}
"""The readers by the name that words use."""


def reader(family: str) -> Reader | None:
    """A fresh reader of that family; None where events have no text of their own."""
    make = FAMILIES.get(family)
    return make() if make else None
