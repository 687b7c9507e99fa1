"""A realtime session: a conversation by voice or text, or speech that is only written down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import realtime_settings as settings_of
from . import realtime_voice as voice
from . import tokens
from .call import Object
from .errors import ApiError, invalid
from .ids import fresh
from .llm import Turn
from .realtime_answer import Answer
from .realtime_hearing import Hearing, Started
from .realtime_items import Items
from .realtime_link import Link, Session, Work
from .realtime_settings import part, required


class TalkSession(Session):
    """One conversation. `pace` as in `Answer`."""

    def __init__(self, settings: Object, delay: float = 0.0, pace: float = 0.0) -> None:
        super().__init__(delay)
        self.id = fresh("sess_")
        self.settings = settings
        self.items = Items()
        self.conversation = fresh("conv_")
        self._pace = pace
        self._hearing = Hearing()
        self._hearing.detection = self._detection
        self._turn_id = ""
        self._answer: Answer | None = None
        self._answering: Work | None = None
        self._waiting: list[Object] = []
        self.events = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "output_audio_buffer.clear": self._clear_output,
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": self._retrieve_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.truncate": self._truncate_item,
            "response.create": self._create_response,
            "response.cancel": self._cancel_response,
        }

    def joined(self, link: Link) -> None:
        """Tell the newcomer about the session."""
        self.emit({"type": "session.created", "session": self._told()}, link)

    # -- the session itself -------------------------------------------------------------------

    @property
    def _listens_only(self) -> bool:
        return bool(self.settings["type"] == "transcription")

    @property
    def _detection(self) -> Object | None:
        return part(self.settings, "audio", "input").get("turn_detection")

    @property
    def _form(self) -> str:
        form = part(self.settings, "audio", "input", "format")
        return str(form.get("type") or "audio/pcm")

    def _told(self) -> Object:
        known = {"id": self.id, "object": f"realtime.{self._kind}session"}
        return {**self.settings, **known, "expires_at": self.expires_at}

    @property
    def _kind(self) -> str:
        return "transcription_" if self._listens_only else ""

    def _update(self, event: Object) -> None:
        self.settings = settings_of.updated(self.settings, required(event, "session"))
        self._hearing.detection = self._detection
        self.emit({"type": "session.updated", "session": self._told()})

    # -- sound that comes in ------------------------------------------------------------------

    def _append(self, event: Object) -> None:
        self.hear(voice.decoded(event.get("audio"), self._form))

    def hear(self, sound: bytes) -> None:
        """Take sound in, and do what follows from it."""
        for happened in self._hearing.add(sound):
            if isinstance(happened, Started):
                self.speech_started(happened.at)
            else:
                self.speech_stopped(happened.at, voice.heard(happened.sound))

    def speech_started(self, at: int) -> None:
        """Somebody speaks; an answer that is under way gives way."""
        self._turn_id = fresh("item_")
        kind = "input_audio_buffer.speech_started"
        self.emit({"type": kind, "audio_start_ms": at, "item_id": self._turn_id})
        if self._answer and (self._detection or {}).get("interrupt_response", True):
            self._cut_short("turn_detected")

    def speech_stopped(self, at: int, words: str) -> None:
        """Somebody has said something."""
        kind = "input_audio_buffer.speech_stopped"
        self.emit({"type": kind, "audio_end_ms": at, "item_id": self._turn_id})
        self._spoken(self._turn_id, words)
        if (self._detection or {}).get("create_response", True) and not self._listens_only:
            self.respond({})

    def _commit(self, event: Object) -> None:
        sound = self._hearing.commit()
        if len(sound) < voice.PIECE * 2:
            message = "There are less than 100 ms of sound in the buffer."
            raise ApiError(400, message, code="input_audio_buffer_commit_empty")
        self._spoken(fresh("item_"), voice.heard(sound))

    def _clear(self, event: Object) -> None:
        self._hearing.clear()
        self.emit({"type": "input_audio_buffer.cleared"})

    def _clear_output(self, event: Object) -> None:
        message = "Sound that was sent over WebSocket is the client's to stop."
        raise ApiError(400, message, code="output_audio_buffer_not_available")

    def _spoken(self, id: str, words: str) -> None:
        before = self.items.last()
        committed = {"type": "input_audio_buffer.committed", "item_id": id}
        self.emit({**committed, "previous_item_id": before})
        item = self.items.spoken(id, words)
        self._put(item)
        for event in self._transcribed(item, words):
            self.emit(event)

    def _transcribed(self, item: Object, words: str) -> Iterator[Object]:
        if not part(self.settings, "audio", "input", "transcription"):
            return
        item["content"][0]["transcript"] = words
        place = {"item_id": item["id"], "content_index": 0}
        name = "conversation.item.input_audio_transcription"
        pieces = tokens.split(words)
        for token in pieces:
            yield {"type": f"{name}.delta", **place, "delta": token}
        usage = {"type": "tokens", "input_tokens": 10, "output_tokens": len(pieces)}
        usage |= {"total_tokens": 10 + len(pieces)}
        yield {"type": f"{name}.completed", **place, "transcript": words, "usage": usage}

    # -- items --------------------------------------------------------------------------------

    def _put(self, item: Object, after: Any = None) -> None:
        self.items.add(item, after)
        place = {"previous_item_id": self.items.before(item), "item": item}
        self.emit({"type": "conversation.item.added", **place})
        self.emit({"type": "conversation.item.done", **place})

    def _create_item(self, event: Object) -> None:
        item = self.items.checked(dict(required(event, "item")))
        self._put(item, event.get("previous_item_id"))

    def _retrieve_item(self, event: Object) -> None:
        item = self.items.find(event.get("item_id"))
        self.emit({"type": "conversation.item.retrieved", "item": item})

    def _delete_item(self, event: Object) -> None:
        self.items.drop(event.get("item_id"))
        self.emit({"type": "conversation.item.deleted", "item_id": event["item_id"]})

    def _truncate_item(self, event: Object) -> None:
        self.items.truncate(event)
        place = {"item_id": event["item_id"], "content_index": event.get("content_index", 0)}
        told = {"type": "conversation.item.truncated", **place}
        self.emit({**told, "audio_end_ms": event["audio_end_ms"]})

    # -- answers ------------------------------------------------------------------------------

    def _create_response(self, event: Object) -> None:
        if self._listens_only:
            raise ApiError(400, "A transcription session gives no answers.", code="invalid_event")
        if self._answer:
            message = f"The answer {self._answer.id} is not finished."
            raise ApiError(400, message, code="conversation_already_has_active_response")
        given = event.get("response") or {}
        if not isinstance(given, dict):
            raise invalid("response", "'response' has to be an object.")
        self.respond(given)

    def respond(self, given: Object) -> None:
        """Answer, with these settings over those of the session; after the answer under way."""
        if self._answer:
            self._waiting.append(given)
            return
        answer = self._prepared(given)
        self.emit({"type": "response.created", "response": answer.state("in_progress")})
        self._answer = answer
        self._answering = self._answered(answer, apart=given.get("conversation") == "none")
        self.do(self._answering)

    def _prepared(self, given: Object) -> Answer:
        settings = settings_of.updated(self.settings, {**given, "type": "realtime"})
        turns = self.items.turns(self._input(given))
        told = settings.get("instructions")
        told_first = [Turn("system", told)] if told else []
        return Answer(settings, [*told_first, *turns], self.conversation, self._pace)

    def _answered(self, answer: Answer, apart: bool) -> Work:
        for event in answer.events():
            if isinstance(event, float):
                yield event
                continue
            if event["type"] == "response.done":
                # Whoever hears of the end may ask for the next answer at once.
                self._answer = self._answering = None
            if self._noted(event, apart):
                yield event
        if self._waiting:
            self.respond(self._waiting.pop(0))

    def _input(self, given: Object) -> list[Object] | None:
        listed = given.get("input")
        if listed is None:
            return None
        return [
            self.items.find(item["id"])
            if item.get("type") == "item_reference"
            else self.items.checked(dict(item))
            for item in listed
        ]

    def _noted(self, event: Object, apart: bool) -> bool:
        """Keep the conversation in step with the answer; whether the event is to be sent."""
        kind = event["type"]
        if kind == "response.output_audio.delta":
            samples = len(voice.decoded(event["delta"], self._out_form)) // 2
            self.items.voiced(event["item_id"], samples)
        if not kind.startswith("conversation.item."):
            return True
        if apart:
            return False
        if kind == "conversation.item.added":
            self.items.add(event["item"])
        event["previous_item_id"] = self.items.before(event["item"])
        return True

    @property
    def _out_form(self) -> str:
        form = part(self.settings, "audio", "output", "format")
        return str(form.get("type") or "audio/pcm")

    def _cancel_response(self, event: Object) -> None:
        wanted = event.get("response_id")
        if self._answer is None or wanted not in (None, self._answer.id):
            message = "There is no answer under way that could be cancelled."
            raise ApiError(400, message, code="response_cancel_not_active")
        self._cut_short("client_cancelled")

    def _cut_short(self, reason: str) -> None:
        answer, work = self._answer, self._answering
        assert answer is not None and work is not None
        self._answer = self._answering = None
        self.drop(work)
        done = answer.done("cancelled", reason=reason)
        for index, item in enumerate(answer.items):
            if item["status"] == "incomplete":
                place = {"response_id": answer.id, "output_index": index, "item": item}
                self.emit({"type": "response.output_item.done", **place})
        self.emit(done)
