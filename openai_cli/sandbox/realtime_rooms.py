"""Which session a handshake leads to: a new one, or one that others are connected to already."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..catalog import load
from .errors import ApiError, missing, no_model, not_found
from .places import require_parents
from .realtime_link import Link, Session
from .realtime_settings import conversation, transcription
from .router import Router

if TYPE_CHECKING:
    from .call import Call, Object
    from .incoming import Query
    from .realtime_live import LiveSession
    from .reply import Reply

PACE = "x-sandbox-pace"
"""A header that asks for speech in time: 1 as fast as it sounds, 2 twice as fast."""
_CALLS = "realtime/calls"
_LIVE = "live/sessions"


class Rooms:
    """The sessions of one sandbox. `call` makes the context of an operation, `ask` sends the
    sandbox a request, `delay` are the seconds between two events of a stream."""

    def __init__(self, call: Callable[..., Call], ask: Callable[..., Reply], delay: float) -> None:
        self._call = call
        self._ask = ask
        self._delay = delay
        self._lock = threading.Lock()
        self._open: dict[str, Session] = {}

    @cached_property
    def _router(self) -> Router:
        # Two connects share a path; the sandbox tells them apart by what they send.
        return Router(("GET", facts["path"], name) for name, facts in load.sockets().items())

    def connect(self, path: str, query: Query, headers: Mapping[str, str]) -> Link:
        """A client's end of a session. Raises ApiError for a refusal."""
        match = self._router.match("GET", path, query)
        given = {name: values[-1] for name, values in query.items()}
        makers: dict[str, Callable[..., Link]] = {
            "realtime": self._talk,
            "realtime/translations": self._translation,
            "responses": self._responses,
            "live/sessions": self._live,
            "live/sessions/attach": self._attached,
            "live/sessions/fork": self._forked,
        }
        parts = [part for part in path.strip("/").split("/") if part not in match.ids.values()]
        return makers["/".join(parts)](given, headers, match.ids)

    # -- realtime -----------------------------------------------------------------------------

    def _talk(self, query: Object, headers: Mapping[str, str], ids: Any) -> Link:
        from .realtime_talk import TalkSession

        first = "realtime=v1" in headers.get("openai-beta", "")
        if query.get("call_id"):
            return Link(self._phone_call(query["call_id"], headers))
        if query.get("intent") == "transcription":
            settings = transcription()
        else:
            settings = conversation(_model(query))
        session = TalkSession(settings, self._delay, _pace(headers))
        return _first(session) if first else Link(session)

    def _phone_call(self, id: str, headers: Mapping[str, str]) -> Session:
        from .realtime_caller import CallSession

        call = self._call("realtime.calls.hangup", {"call_id": id}, headers)
        found = require_parents(call) or {}
        if found["status"] == "ringing":
            raise ApiError(400, "The call has not been accepted.", code="call_not_active")
        if found["status"] != "active":
            raise not_found("call under way", id, "call_id")

        def active() -> bool:
            return (call.store.get(_CALLS, id) or {}).get("status") == "active"

        def hang_up() -> None:
            call.store.put(_CALLS, id, {**found, "status": "ended"})

        return self._entered(id, lambda: CallSession(active, hang_up, self._delay, _pace(headers)))

    def _translation(self, query: Object, headers: Mapping[str, str], ids: Any) -> Link:
        from .realtime_translate import TranslationSession

        return Link(TranslationSession(_model(query), self._delay, _pace(headers)))

    def _responses(self, query: Object, headers: Mapping[str, str], ids: Any) -> Link:
        from .realtime_responses import ResponsesSession

        path = "/v1/responses?beta=true" if query.get("beta") == "true" else "/v1/responses"
        return Link(ResponsesSession(self._ask, path, headers, self._delay))

    # -- live ---------------------------------------------------------------------------------

    def _live(self, query: Object, headers: Mapping[str, str], ids: Any) -> Link:
        return Link(self._live_session(headers))

    def _forked(self, query: Object, headers: Mapping[str, str], ids: dict[str, str]) -> Link:
        found = self._stored(ids, headers)
        return Link(self._live_session(headers, settings=found.get("settings") or {}, fork=True))

    def _attached(self, query: Object, headers: Mapping[str, str], ids: dict[str, str]) -> Link:
        found = self._stored(ids, headers)
        if found["status"] in ("ended", "rejected"):
            raise not_found("session under way", found["id"], "session_id")

        def make() -> Session:
            session = self._live_session(headers, settings=found.get("settings") or {})
            session.id = found["id"]
            return session

        return Link(self._entered(found["id"], make))

    def _stored(self, ids: dict[str, str], headers: Mapping[str, str]) -> Object:
        call = self._call("live.sessions.hangup", ids, headers)
        return require_parents(call) or {}

    def _live_session(self, headers: Mapping[str, str], **more: Any) -> LiveSession:
        from .realtime_live import LiveSession

        store = self._call("live.create", {}, headers).store

        def keep(state: Object) -> None:
            store.put(_LIVE, state["id"], state)
            with self._lock:
                self._open[state["id"]] = session

        session = LiveSession(self._ask, keep, delay=self._delay, pace=_pace(headers), **more)
        return session

    def _entered(self, id: str, make: Callable[[], Session]) -> Session:
        """The session of that id that is under way, or a new one."""
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if not one.over}
            if id not in self._open:
                self._open[id] = make()
            return self._open[id]


def _model(query: Object) -> str:
    model = query.get("model") or query.get("deployment")
    if not model:
        raise missing("model")
    if str(model).startswith("no-such"):
        raise no_model(model)
    return str(model)


def _pace(headers: Mapping[str, str]) -> float:
    try:
        return max(float(headers.get(PACE, 0)), 0.0)
    except ValueError:
        return 0.0


def _first(session: Session) -> Link:
    """A link that speaks the first form of the API."""
    from . import realtime_first as form

    return FirstLink(session, form.outgoing)


class FirstLink(Link):
    """A link whose client speaks the first form of the Realtime API."""

    def put(self, text: str) -> None:
        """Send an event, under the names it has now."""
        from .realtime_first import incoming

        with suppress(ValueError):  # the session says what is wrong with it
            text = json.dumps(incoming(json.loads(text)))
        super().put(text)
