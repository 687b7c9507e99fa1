"""The HTTP side of calls and live sessions: offers are answered, calls taken up and ended."""

from __future__ import annotations

from .call import Call
from .errors import ApiError
from .ids import fresh
from .places import require_parents
from .reply import Reply, as_bytes, as_json, as_nothing

_CALLS = "realtime/calls"
_LIVE = "live/sessions"
_ANSWER = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=sandbox\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"
)


def create_call(call: Call) -> Reply:
    """Answer an offer; the new call's id is in the Location header."""
    id = fresh("rtc_")
    call.store.put(_CALLS, id, {"id": id, "status": "active"})
    headers = [("location", f"/v1/{_CALLS}/{id}")]
    return as_bytes(_ANSWER.encode(), "application/sdp", 201, headers)


def create_live(call: Call) -> Reply:
    """Answer an offer with a session."""
    return _session(call)


def fork(call: Call) -> Reply:
    """A second session that goes on from the first."""
    require_parents(call)
    return _session(call)


def _session(call: Call) -> Reply:
    id = fresh("live_")
    call.store.put(_LIVE, id, {"id": id, "status": "active"})
    session = {**(call.body.get("session") or {}), "id": id}
    transport = {"type": "webrtc", "sdp": _ANSWER}
    return as_json(call.fitted({"session": session, "transport": transport}))


_STATES = {"accept": "active", "reject": "rejected", "hangup": "ended", "refer": "transferred"}


def act(call: Call) -> Reply:
    """Take a call up, turn it down, pass it on, or end it."""
    found = require_parents(call) or {}
    *place, _, verb = call.operation.path.strip("/").split("/")
    if found["status"] in ("ended", "rejected"):
        raise ApiError(400, f"The call has been {found['status']}.", code="call_not_active")
    call.store.put("/".join(place), found["id"], {**found, "status": _STATES[verb]})
    return as_nothing()
