"""The items of a realtime conversation: checked, kept in order, and as turns for the model."""

from __future__ import annotations

from typing import Any

from .call import Object
from .errors import ApiError, invalid, not_found
from .ids import fresh
from .llm import Turn
from .realtime_voice import RATE, decoded, heard

_PARTS = {
    "user": ("input_text", "input_audio", "input_image"),
    "system": ("input_text",),
    "assistant": ("output_text", "output_audio"),
}
_NEEDS = {
    "function_call": ("name", "arguments"),
    "function_call_output": ("call_id", "output"),
    "mcp_approval_response": ("approval_request_id",),
}


class Items:
    """A conversation's items. What was said in sound is kept as the text that was heard."""

    def __init__(self) -> None:
        self.all: list[Object] = []
        self._said: dict[str, str] = {}
        self._lengths: dict[str, int] = {}

    def find(self, id: Any) -> Object:
        """The item of that id, or an error."""
        found = next((item for item in self.all if item["id"] == id), None)
        if found is None:
            raise not_found("item", str(id), "item_id")
        return found

    def before(self, item: Object) -> str | None:
        """The id of the item that an item follows."""
        at = next((n for n, known in enumerate(self.all) if known["id"] == item["id"]), 0)
        return self.all[at - 1]["id"] if at else None

    def last(self) -> str | None:
        """The id of the last item."""
        return self.all[-1]["id"] if self.all else None

    def add(self, item: Object, after: Any = None) -> None:
        """Put an item at the end, at the start (`root`), or after another."""
        if after is None:
            self.all.append(item)
        elif after == "root":
            self.all.insert(0, item)
        else:
            self.all.insert(self.all.index(self.find(after)) + 1, item)

    def drop(self, id: Any) -> None:
        """Forget an item."""
        self.all.remove(self.find(id))

    def spoken(self, id: str, text: str) -> Object:
        """A message of the user that was spoken."""
        self._said[id] = text
        part = {"type": "input_audio", "transcript": None}
        known = {"id": id, "object": "realtime.item", "type": "message", "status": "completed"}
        return {**known, "role": "user", "content": [part]}

    def said(self, id: str) -> str:
        """What was heard in an item."""
        return self._said.get(id, "")

    def voiced(self, id: str, samples: int) -> None:
        """Note that so much of an answer was sent as sound."""
        self._lengths[id] = self._lengths.get(id, 0) + samples

    def truncate(self, event: Object) -> None:
        """Forget what of an answer was not listened to, or fail."""
        item = self.find(event.get("item_id"))
        part = item["content"][0] if item.get("role") == "assistant" and item["content"] else {}
        if part.get("type") != "output_audio":
            raise invalid("item_id", "Only spoken answers of the model can be truncated.")
        length = self._lengths.get(item["id"], 0) * 1000 // RATE
        end = event.get("audio_end_ms")
        if not isinstance(end, int) or not 0 <= end <= length:
            message = f"'audio_end_ms' has to be between 0 and {length}: so long is the answer."
            raise invalid("audio_end_ms", message)
        text = part.get("transcript") or ""
        part["transcript"] = text[: len(text) * end // length] if length else ""

    def turns(self, items: list[Object] | None = None) -> list[Turn]:
        """What was said, for the model."""
        return [self._turn(item) for item in (self.all if items is None else items)]

    def _turn(self, item: Object) -> Turn:
        if item["type"] == "function_call_output":
            return Turn("tool", str(item.get("output", "")))
        if item["type"] != "message":
            return Turn("assistant", "")
        # What was said aloud is known once, whether or not it was asked to be written down.
        spoken = self.said(item["id"])
        texts = [
            part.get("text") or (not spoken and part.get("transcript")) or ""
            for part in item["content"]
        ]
        return Turn(item["role"], " ".join([*filter(None, texts), spoken]).strip())

    def checked(self, given: Object) -> Object:
        """A client's item as it is kept, or an error."""
        kind = given.get("type")
        made = {"id": given.get("id") or fresh("item_"), "object": "realtime.item", **given}
        if any(known["id"] == made["id"] for known in self.all):
            raise invalid("item.id", f"There is an item '{made['id']}' already.")
        if kind == "message":
            self._check_message(made)
        elif kind in _NEEDS:
            for name in _NEEDS[kind]:
                if not isinstance(given.get(name), str):
                    message = f"An item of the type {kind} needs '{name}', a text."
                    raise ApiError(400, message, param=f"item.{name}", code="missing_parameter")
        else:
            known = ", ".join(["message", *_NEEDS])
            raise invalid("item.type", f"'{kind}' is none of {known}.")
        if kind == "function_call":
            made.setdefault("call_id", fresh("call_"))
        return {**made, "status": "completed"}

    def _check_message(self, item: Object) -> None:
        role, content = item.get("role"), item.get("content")
        if role not in _PARTS:
            raise invalid("item.role", f"'{role}' is none of {', '.join(_PARTS)}.")
        if not isinstance(content, list) or not content:
            raise invalid("item.content", "A message needs content, an array of parts.")
        for part in content:
            if not isinstance(part, dict) or part.get("type") not in _PARTS[role]:
                message = f"A part of such a message is {' or '.join(_PARTS[role])}."
                raise invalid("item.content.type", message)
            if part["type"] == "input_audio":
                words = heard(decoded(part.pop("audio", None)))
                self._said[item["id"]] = part.get("transcript") or words
