"""One answer of a realtime session: its events in order, and how it ends when it is cut short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import realtime_voice as voice
from . import tokens
from .call import Object
from .ids import fresh
from .llm import Ask, Said, Tool, ToolCall, Turn, respond
from .realtime_link import Work
from .realtime_settings import part


class Answer:
    """`settings` are the session's with those of the request over them; `turns` what was said.
    `pace` is how many times faster than it sounds speech is sent; 0: as fast as possible."""

    def __init__(self, settings: Object, turns: list[Turn], conversation: str, pace: float) -> None:
        self.id = fresh("resp_")
        self.items: list[Object] = []
        self._settings = settings
        self._turns = turns
        self._pace = pace
        self._conversation = conversation
        self._said = 0
        self._spoken = 0
        self._asked = sum(tokens.count(turn.text) + 3 for turn in turns)

    @property
    def _speaks(self) -> bool:
        return bool((self._settings.get("output_modalities") or ["audio"])[0] == "audio")

    @property
    def _form(self) -> str:
        return str(part(self._settings, "audio", "output", "format").get("type") or "audio/pcm")

    def state(self, status: str, **details: Any) -> Object:
        """The response as events carry it."""
        output = part(self._settings, "audio", "output")
        limit = self._settings.get("max_output_tokens") or "inf"
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": {"type": status, **details} if details else None,
            "output": self.items if status != "in_progress" else [],
            "conversation_id": self._conversation,
            "output_modalities": self._settings.get("output_modalities") or ["audio"],
            "max_output_tokens": limit,
            "audio": {"output": {"format": output.get("format"), "voice": output.get("voice")}},
            "usage": self._usage() if status != "in_progress" else None,
            "metadata": self._settings.get("metadata"),
        }

    def _usage(self) -> Object:
        text, audio = self._said, self._spoken
        details = {"text_tokens": self._asked, "audio_tokens": 0, "cached_tokens": 0}
        return {
            "total_tokens": self._asked + text + audio,
            "input_tokens": self._asked,
            "output_tokens": text + audio,
            "input_token_details": {**details, "image_tokens": 0},
            "output_token_details": {"text_tokens": text, "audio_tokens": audio},
        }

    # -- the events ---------------------------------------------------------------------------

    def events(self) -> Work:
        """Everything after `response.created`, to the end."""
        said = self._respond()
        for index, call in enumerate(said.calls):
            yield from self._call(index, call)
        if not said.calls:
            yield from self._message(said)
        if said.finish == "length":
            yield self.done("incomplete", reason="max_output_tokens")
        else:
            yield self.done("completed")
        yield {"type": "rate_limits.updated", "rate_limits": _LIMITS}

    def done(self, status: str, **details: Any) -> Object:
        """The event that ends the answer; what had begun is left as it is."""
        for item in self.items:
            if item["status"] == "in_progress":
                item["status"] = "incomplete"
        return {"type": "response.done", "response": self.state(status, **details)}

    def _respond(self) -> Said:
        settings = self._settings
        limit = settings.get("max_output_tokens")
        choice = settings.get("tool_choice") or "auto"
        return respond(
            Ask(
                turns=self._turns,
                tools=[
                    Tool(tool["name"], tool.get("parameters"))
                    for tool in settings.get("tools") or ()
                    if tool.get("type", "function") == "function"
                ],
                choice=str(choice.get("name")) if isinstance(choice, dict) else choice,
                limit=limit if isinstance(limit, int) else None,
            )
        )

    def _added(self, index: int, item: Object) -> Iterator[Object]:
        self.items.append(item)
        place = {"response_id": self.id, "output_index": index}
        yield {"type": "response.output_item.added", **place, "item": dict(item)}
        yield {"type": "conversation.item.added", "item": item}

    def _finished(self, index: int, item: Object, status: str) -> Iterator[Object]:
        item["status"] = status
        place = {"response_id": self.id, "output_index": index}
        yield {"type": "response.output_item.done", **place, "item": dict(item)}
        yield {"type": "conversation.item.done", "item": item}

    def _call(self, index: int, call: ToolCall) -> Iterator[Object]:
        known = {"id": fresh("item_"), "object": "realtime.item", "type": "function_call"}
        item: Object = {**known, "status": "in_progress", "name": call.name, "arguments": ""}
        item["call_id"] = fresh("call_")
        yield from self._added(index, item)
        place = {"response_id": self.id, "item_id": item["id"], "output_index": index}
        place["call_id"] = item["call_id"]
        name = "response.function_call_arguments"
        for token in tokens.split(call.arguments):
            item["arguments"] += token
            self._said += 1
            yield {"type": f"{name}.delta", **place, "delta": token}
        whole = {"name": call.name, "arguments": call.arguments}
        yield {"type": f"{name}.done", **place, **whole}
        yield from self._finished(index, item, "completed")

    def _message(self, said: Said) -> Work:
        text = said.refusal or said.text
        known = {"id": fresh("item_"), "object": "realtime.item", "type": "message"}
        item: Object = {**known, "status": "in_progress", "role": "assistant", "content": []}
        yield from self._added(0, item)
        place = {"response_id": self.id, "item_id": item["id"], "output_index": 0}
        place |= {"content_index": 0}
        made = self._spoken_part if self._speaks else self._written_part
        yield from made(item, place, text)
        status = "incomplete" if said.finish == "length" else "completed"
        yield from self._finished(0, item, status)

    def _written_part(self, item: Object, place: Object, text: str) -> Work:
        content = {"type": "output_text", "text": ""}
        item["content"].append(content)
        empty = {"type": "text", "text": ""}
        yield {"type": "response.content_part.added", **place, "part": empty}
        for token in tokens.split(text):
            content["text"] += token
            self._said += 1
            yield {"type": "response.output_text.delta", **place, "delta": token}
        yield {"type": "response.output_text.done", **place, "text": text}
        whole = {"type": "text", "text": text}
        yield {"type": "response.content_part.done", **place, "part": whole}

    def _spoken_part(self, item: Object, place: Object, text: str) -> Work:
        """Words and sound come side by side, the words a little ahead, as in the API."""
        content = {"type": "output_audio", "transcript": ""}
        item["content"].append(content)
        empty = {"type": "audio", "transcript": ""}
        yield {"type": "response.content_part.added", **place, "part": empty}
        words, sound = tokens.split(text), voice.spoken(text)
        size = voice.PIECE * 2
        pieces = [sound[start : start + size] for start in range(0, len(sound), size)]
        told = 0
        for number, piece in enumerate(pieces, 1):
            upto = -(-len(words) * number // len(pieces))
            for token in words[told:upto]:
                content["transcript"] += token
                self._said += 1
                kind = "response.output_audio_transcript.delta"
                yield {"type": kind, **place, "delta": token}
            told = max(told, upto)
            self._spoken += 2
            delta = voice.encoded(piece, self._form)
            yield {"type": "response.output_audio.delta", **place, "delta": delta}
            if self._pace:
                yield len(piece) / 2 / voice.RATE / self._pace
        yield {"type": "response.output_audio.done", **place}
        yield {"type": "response.output_audio_transcript.done", **place, "transcript": text}
        whole = {"type": "audio", "transcript": text}
        yield {"type": "response.content_part.done", **place, "part": whole}


_LIMITS = [
    {"name": "requests", "limit": 10000, "remaining": 9999, "reset_seconds": 0.006},
    {"name": "tokens", "limit": 2000000, "remaining": 1999000, "reset_seconds": 0.03},
]
