"""Answers in `choices`, whose chunks are added up."""

from __future__ import annotations

from typing import Any

from ..errors import NetworkError, OaiError
from .base import Quiet, records, refusal


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
        for choice in records(event.get("choices")):
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
        calls = records(message.get("tool_calls"))
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
        return "\n\n".join(_choice_text(choice) for choice in records(choices))

    def rest(self) -> str:
        """The texts of the choices after the first, which are not shown live."""
        return "".join("\n\n" + _choice_text(choice) for choice in self.final()["choices"][1:])


def _joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Two objects whose arrays go on where the first ended."""
    merged = {**old, **{key: value for key, value in new.items() if value is not None}}
    both = [key for key, value in new.items() if isinstance(value, list) and old.get(key)]
    return {**merged, **{key: [*old[key], *new[key]] for key in both}}


def _choice_text(choice: dict[str, Any]) -> str:
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    text = choice.get("text") or message.get("content") or message.get("refusal")
    audio = message.get("audio")
    if not text and isinstance(audio, dict):
        text = audio.get("transcript")
    return text if isinstance(text, str) else ""


def grow(kept: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
    """`kept` with a delta added: texts are joined, lists merged by their items' `index`."""
    for key, value in delta.items():
        old = kept.get(key)
        if value is None:
            kept.setdefault(key, None)
        elif old is None or key in ("index", "type", "role", "id"):
            kept[key] = _own(value)
        elif isinstance(old, str) and isinstance(value, str):
            kept[key] = old + value
        elif isinstance(old, dict) and isinstance(value, dict):
            grow(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            _indexed(old, value)
        else:
            kept[key] = value
    return kept


def _own(value: Any) -> Any:
    """A value to keep and add to; the event it came in stays as it is for others who read it."""
    if isinstance(value, dict):
        return grow({}, value)
    return _indexed([], value) if isinstance(value, list) else value


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
