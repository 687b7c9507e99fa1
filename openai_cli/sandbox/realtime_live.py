"""A live session: sound both ways all the time, and longer tasks handed to another model."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from . import realtime_voice as voice
from . import tokens
from .call import Object
from .errors import ApiError, not_found
from .ids import fresh
from .llm import Ask, Turn, respond
from .realtime_decisions import decide
from .realtime_hearing import Hearing, Stopped
from .realtime_link import Link, Session, Work
from .realtime_settings import part, required
from .reply import Reply

_APPENDED = ("instructions", "thinking", "commentary")


class LiveSession(Session):
    """`ask` sends the sandbox a request, `keep` notes the session's state under its id. With
    `settings` the session has begun already, or (`fork`) begins with what another one had."""

    def __init__(
        self,
        ask: Callable[..., Reply],
        keep: Callable[[Object], None],
        *,
        settings: Object | None = None,
        fork: bool = False,
        delay: float = 0.0,
        pace: float = 0.0,
    ) -> None:
        super().__init__(delay)
        self.id = fresh("live_")
        self._ask = ask
        self._keep = keep
        self._pace = pace
        self._settings: Object = dict(settings or {})
        self.begun = settings is not None and not fork
        self._fork = fork
        self._hearing = Hearing()
        self._hearing.detection = {"silence_duration_ms": 300}
        self._turns: list[Turn] = []
        self._muted = False
        self._items: list[Object] = []
        self._stored: dict[str, Object] = {}
        self.events = self._understood()

    def _understood(self) -> dict[str, Callable[[Object], None]]:
        known: dict[str, Callable[[Object], None]] = {
            "session.update": self._update,
            "session.input_audio.append": self._append,
            "session.input_audio.mute": lambda event: self._mute(event, True),
            "session.input_audio.unmute": lambda event: self._mute(event, False),
            "session.output_audio.fixture.play": self._play,
            "transport.dtmf.send": self._dtmf,
            "decision.create": self._decide,
            "decision.item.create": self._create_item,
            "decision.item.delete": self._delete_item,
            "response.item.create": self._add_input,
            "response.create": self._delegate,
            "session.close": self._close,
        }
        known |= {f"session.{what}.append": self._appended for what in _APPENDED}
        guarded = {kind: self._once_begun(act) for kind, act in known.items()}
        return {"session.start": self._start, **guarded}

    def _once_begun(self, act: Callable[[Object], None]) -> Callable[[Object], None]:
        def checked(event: Object) -> None:
            if not self.begun:
                message = "The first event has to be 'session.start'."
                raise ApiError(400, message, code="session_not_started")
            act(event)

        return checked

    def joined(self, link: Link) -> None:
        """Who attaches to a session under way is told about it."""
        if self.begun:
            self.emit({"type": "session.started", "session": self._told()}, link)

    def numbered(self, kind: str) -> bool:
        """All but sound."""
        return kind != "session.output_audio.delta"

    def refusal(self, error: ApiError, event: Object) -> Object:
        """An error event of this family."""
        told: Object = {"type": error.type, "code": error.code or "invalid_event"}
        told |= {"message": error.message, "param": error.param}
        about = self._about(event)
        return {"type": "error", "error": {**told, **about}, **about}

    # -- the session --------------------------------------------------------------------------

    def _about(self, event: Object) -> Object:
        """Which client event an event is the answer to."""
        return {"client_event_id": event["event_id"]} if event.get("event_id") else {}

    def _told(self) -> Object:
        known = {"id": self.id, "status": "active", "expires_at": self.expires_at}
        return {"model": "gpt-live-1", **self._settings, **known}

    @property
    def _now(self) -> int:
        return int((time.monotonic() - self.started) * 1000)

    @property
    def _usage(self) -> Object:
        return {"seconds": round(time.monotonic() - self.started, 3)}

    def _start(self, event: Object) -> None:
        if self.begun:
            raise ApiError(400, "The session has begun.", code="session_already_started")
        given = required(event, "session")
        if not self._fork and not given.get("model"):
            raise ApiError(400, "A session needs 'model'.", param="session.model", code="missing")
        self._settings = {**self._settings, **given}
        self._settings.pop("input", None)
        told = self._settings.get("instructions")
        self._turns = [Turn("system", told)] if told else []
        self.begun = True
        self._keep({"id": self.id, "status": "active", "settings": self._settings})
        self.emit({"type": "session.started", "session": self._told(), **self._about(event)})

    def _update(self, event: Object) -> None:
        self._settings = {**self._settings, **required(event, "session")}
        self.emit({"type": "session.updated", "session": self._told(), **self._about(event)})

    def _close(self, event: Object) -> None:
        self.do(self._closed(self._about(event)))

    def _closed(self, about: Object) -> Work:
        known = {"reason": "close_requested", "session": self._told(), "usage": self._usage}
        yield {"type": "session.closed", **known, **about}
        self._keep({"id": self.id, "status": "ended", "settings": self._settings})
        self.end(1000, "")

    # -- sound --------------------------------------------------------------------------------

    def _mute(self, event: Object, muted: bool) -> None:
        self._muted = muted
        kind = "muted" if muted else "unmuted"
        self.emit({"type": f"session.input_audio.{kind}", **self._about(event)})

    def _append(self, event: Object) -> None:
        sound = voice.decoded(event.get("audio"), self._form)
        if self._muted:
            return
        for happened in self._hearing.add(sound):
            if isinstance(happened, Stopped):
                words = voice.heard(happened.sound)
                length = len(happened.sound) // 2 * 1000 // voice.RATE
                self.do(self._answered(words, max(happened.at - length, 0), happened.at))

    @property
    def _form(self) -> str:
        return str(part(self._settings, "audio", "format").get("type") or "audio/pcm")

    def _answered(self, words: str, start: int, end: int) -> Work:
        span = {"start_ms": start, "end_ms": end}
        for token in tokens.split(words):
            yield {"type": "session.input_transcript.delta", "delta": token, **span}
        self._turns.append(Turn("user", words))
        said = respond(Ask(turns=self._turns))
        text = said.refusal or said.text
        self._turns.append(Turn("assistant", text))
        yield from self._spoken(text)
        yield {"type": "session.usage.updated", "usage": self._usage}

    def _spoken(self, text: str) -> Work:
        now = self._now
        sound, size = voice.spoken(text), voice.PIECE * 2
        length = len(sound) // 2 * 1000 // voice.RATE
        for token in tokens.split(text):
            span = {"start_ms": now, "end_ms": now + length}
            yield {"type": "session.output_transcript.delta", "delta": token, **span}
        yield from self._sounded(sound, size, now)

    def _sounded(self, sound: bytes, size: int, now: int) -> Work:
        for start in range(0, len(sound), size):
            piece = sound[start : start + size]
            begun = now + start // 2 * 1000 // voice.RATE
            span = {"start_ms": begun, "end_ms": begun + len(piece) // 2 * 1000 // voice.RATE}
            delta = voice.encoded(piece, self._form)
            yield {"type": "session.output_audio.delta", "delta": delta, **span}
            if self._pace:
                yield len(piece) / 2 / voice.RATE / self._pace

    def _play(self, event: Object) -> None:
        sound = voice.decoded(event.get("audio"), self._form)
        self.do(self._played(sound, self._about(event)))

    def _played(self, sound: bytes, about: Object) -> Work:
        yield {"type": "session.output_audio.fixture.playing", **about}
        yield from self._sounded(sound, voice.PIECE * 2, self._now)
        yield {"type": "session.output_audio.fixture.played", **about}

    def _dtmf(self, event: Object) -> None:
        self.emit({"type": "transport.dtmf.sent", "event": str(event.get("event", ""))})

    # -- what is told beside the talk ---------------------------------------------------------

    def _appended(self, event: Object) -> None:
        what, content = event["type"].split(".")[1], event.get("content")
        if not isinstance(content, str):
            raise ApiError(400, "'content' has to be a text.", param="content", code="invalid_type")
        span = {"start_ms": self._now, "end_ms": self._now}
        self.emit({"type": f"session.{what}.appended", **span, **self._about(event)})
        if what == "commentary":
            self.do(self._spoken(content))
        else:
            self._turns.append(Turn("system", content))

    # -- tasks for other models ---------------------------------------------------------------

    def _add_input(self, event: Object) -> None:
        self._items.append(required(event, "item"))

    def _delegate(self, event: Object) -> None:
        given = {**part(self._settings, "delegation", "responses"), **(event.get("response") or {})}
        body = {"model": "gpt-5.5", "input": self._items, **given, "stream": True}
        if not body["input"]:
            body["input"] = [{"role": t.role, "content": t.text} for t in self._turns if t.text]
        self._items = []
        self.do(self._delegated(body, self._about(event)))

    def _delegated(self, body: Object, about: Object) -> Work:
        id = fresh("deleg_")
        delegation = {"id": id, "type": "delegation", "target": "responses"}
        created = {"type": "session.delegation.created", "delegation": delegation}
        yield {**created, "offset_ms": self._now, **about}
        reply = self._ask("POST", "/v1/responses", _KEY, [json.dumps(body).encode()])
        for chunk in reply.body:
            for line in chunk.decode().splitlines():
                if line.startswith("data: {"):
                    event = json.loads(line[6:])
                    yield {"type": "response.event", "event": event, "delegation_id": id, **about}

    def _create_item(self, event: Object) -> None:
        item = {"id": fresh("item_"), **required(event, "item")}
        self._stored[item["id"]] = item
        self.emit({"type": "decision.item.created", "item": item, **self._about(event)})

    def _delete_item(self, event: Object) -> None:
        id = str(event.get("item_id"))
        if self._stored.pop(id, None) is None:
            raise not_found("item", id, "item_id")
        self.emit({"type": "decision.item.deleted", "item_id": id, **self._about(event)})

    def _decide(self, event: Object) -> None:
        decision = decide(part(self._settings, "delegation", "decisions"))
        made = {"type": "decision.completed", "decision": decision}
        about = {"source_event_id": event["event_id"]} if event.get("event_id") else {}
        self.emit({"type": "decision.event", "event": made, **about})


_KEY = {"authorization": "Bearer sk-sandbox"}
