"""Sessions of agents: each input is a turn, answered at once, and told as events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import sse, tokens
from .call import Call, Object
from .chat import content_text
from .errors import ApiError
from .ids import fresh
from .llm import Ask, Turn, respond
from .places import require_parents
from .reply import Reply, as_json, as_nothing
from .shapes import fields, fit

_COLLECTION = "agents/sessions"
_EVENTS = "agent_events"
_SESSION = {"ref": "beta:AgentSession"}
_TURN = {"ref": "beta:Turn"}


def create(call: Call) -> Reply:
    """Open a session, and take a first turn if there is input."""
    body = call.body
    id = fresh("sess_")
    agent = _agent(call)
    session = fit(
        _SESSION,
        {
            **body,
            "id": id,
            "agent": agent,
            "created_at": call.now,
            "last_active_at": call.now,
            "metadata": body.get("metadata") or {},
            "vault_ids": body.get("vault_ids") or [],
            "environment": {**body["environment"], "id": fresh("env_")},
            "status": "idle",
            "usage": None,
        },
        call.now,
    )
    with call.store.transaction():
        call.store.put(_COLLECTION, id, session)
        events = [_remember(call, id, {"type": "agent.session.created", "session": session})]
        given = _messages(body.get("input"))
        if given:
            events += _turn(call, session, given)
    if call.streams():
        return call.events(sse.typed(iter(events)))
    return as_json(call.store.get(_COLLECTION, id))


def _agent(call: Call) -> Object:
    """The agent that is named, or the one described in the request itself."""
    if call.body.get("agent_id"):
        return call.find("agents", call.body["agent_id"], "agent", "agent_id")
    given = call.body.get("agent")
    if not given:
        raise ApiError(400, "Either 'agent_id' or 'agent' is needed.", param="agent_id")
    return {"model": "gpt-5.5", **given, "id": fresh("agent_")}


def _messages(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    return [content_text(message.get("content")) for message in given or ()]


def send(call: Call) -> Reply:
    """Input for a session: messages make a turn, anything else is taken note of."""
    session = require_parents(call) or {}
    with call.store.transaction():
        for event in call.body["events"]:
            if event.get("type") == "agent.session.input.message":
                _turn(call, session, _messages(event.get("input")))
    return as_nothing()


def stream(call: Call) -> Reply:
    """Everything that has happened in a session."""
    session = require_parents(call) or {}
    return call.events(sse.typed(call.store.items(f"{_EVENTS}/{session['id']}")))


def _remember(call: Call, session: str, event: Object) -> Object:
    known = {**event, "event_id": fresh("event_")}
    return call.store.put(f"{_EVENTS}/{session}", known["event_id"], known)


def _turn(call: Call, session: Object, given: list[str]) -> list[Object]:
    """One turn, kept with its items; gives its events."""
    place = f"{_COLLECTION}/{session['id']}"
    turn = fit(
        _TURN,
        {
            "id": fresh("turn_"),
            "agent_id": session["agent"]["id"],
            "session_id": session["id"],
            "created_at": call.now,
            "started_at": call.now,
            "completed_at": call.now,
            "status": "completed",
        },
        call.now,
    )
    asked = [_item(turn, "user", text) for text in given]
    known = [*call.store.items(f"{place}/items"), *asked]
    said = respond(Ask(turns=[Turn(i["role"], content_text(i["content"])) for i in known]))
    answer = _item(turn, "assistant", said.text or said.refusal or "")
    turn["usage"] = _usage(asked, answer)
    call.store.put(f"{place}/turns", turn["id"], turn)
    for item in (*asked, answer):
        call.store.put(f"{place}/items", item["id"], item)
        call.store.put(f"{place}/turns/{turn['id']}/items", item["id"], item)
    idle = {**session, "status": "idle", "last_active_at": call.now, "usage": turn["usage"]}
    call.store.put(_COLLECTION, session["id"], idle)
    told = _events(idle, turn, asked, answer)
    return [_remember(call, session["id"], event) for event in told]


def _item(turn: Object, role: str, text: str) -> Object:
    kind = "output_text" if role == "assistant" else "input_text"
    return {
        "id": fresh("msg_"),
        "type": "message",
        "role": role,
        "status": "completed",
        "turn_id": turn["id"],
        "content": [{"type": kind, "text": text}],
    }


def _usage(asked: list[Object], answer: Object) -> Object:
    before = sum(tokens.count(content_text(item["content"])) for item in asked)
    after = tokens.count(content_text(answer["content"]))
    details = fields(_TURN)["usage"]["type"]
    counts = {"input_tokens": before, "output_tokens": after, "total_tokens": before + after}
    usage: Object = fit(details, counts)
    return usage


def _events(session: Object, turn: Object, asked: list[Object], answer: Object) -> Iterator[Object]:
    where = {"session_id": session["id"], "turn_id": turn["id"]}
    begun = {**turn, "status": "in_progress", "completed_at": None, "usage": None}
    busy = {**session, "status": "in_progress"}
    prefix = "agent.session.turn"
    yield {"type": "agent.session.in_progress", "session": busy}
    yield {"type": f"{prefix}.created", "turn": {**begun, "status": "queued"}, **where}
    yield {"type": f"{prefix}.in_progress", "turn": begun, **where}
    for index, item in enumerate(asked):
        yield {"type": f"{prefix}.item.added", "item": item, "output_index": index, **where}
    place = {"output_index": len(asked), **where}
    text = content_text(answer["content"])
    early = {**answer, "status": "in_progress", "content": []}
    yield {"type": f"{prefix}.item.added", "item": early, **place}
    part = {"item_id": answer["id"], "content_index": 0, **place}
    empty, full = ({"type": "output_text", "text": value} for value in ("", text))
    yield {"type": f"{prefix}.content_part.added", "part": empty, **part}
    for token in tokens.split(text):
        yield {"type": f"{prefix}.output_text.delta", "delta": token, **part}
    yield {"type": f"{prefix}.output_text.done", "text": text, **part}
    yield {"type": f"{prefix}.content_part.done", "part": full, **part}
    yield {"type": f"{prefix}.item.done", "item": answer, **place}
    yield {"type": f"{prefix}.completed", "turn": turn, "usage": turn["usage"], **where}
    yield {"type": "agent.session.idle", "session": session}
