"""Responses: answered, streamed, kept, continued, and worked on in the background."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from . import sse, tokens
from .call import Call, Object
from .errors import ApiError, invalid, missing, not_found
from .ids import fresh
from .items import from_input, pack, turns, unpack
from .llm import Said, Turn
from .paging import page, span
from .reply import Reply, as_json, as_nothing
from .response_body import answer, conversation_id, usage

_COLLECTION = "responses"
_CONTEXT = "response_contexts"
_PENDING = "pending_responses"


def create(call: Call) -> Reply:
    """Answer an input."""
    body = call.body
    if not body.get("model") and not body.get("prompt"):
        raise missing("model")
    if body.get("input") is None and not any(
        body.get(name) for name in ("prompt", "previous_response_id", "conversation")
    ):
        raise missing("input")
    given = from_input(body.get("input"), _store_if_referring(call))
    known = _context(call)
    final = answer(call, [*known, *turns(given)])
    if conversation_id(body):
        _extend(call, conversation_id(body), [*given, *final["output"]])
    kept = body.get("store") is not False
    if kept:
        _keep(call, final, given, [*known, *turns(given), *turns(final["output"])])
    if not body.get("background"):
        if call.streams():
            return call.events(sse.typed(_events(final)))
        return _send(call, final)
    waiting = _waiting(final)
    if kept:
        call.store.put(_PENDING, final["id"], final)
        call.store.put(_COLLECTION, final["id"], waiting)
    if call.streams():
        return call.events(_finishing(call, sse.typed(_events(final)), final["id"]))
    return _send(call, waiting)


def _send(call: Call, response: Object) -> Reply:
    # The shape of stable responses is built here in full; beta ones have fields of their own.
    return as_json(call.fitted(response) if call.operation.name.startswith("beta.") else response)


def _events(final: Object) -> Iterable[Object]:
    from .response_events import events

    return events(final)


def _store_if_referring(call: Call) -> Any:
    given = call.body.get("input")
    refers = isinstance(given, list) and any(i.get("type") == "item_reference" for i in given)
    return call.store if refers else None


def _context(call: Call) -> list[Turn]:
    """What was said before this request."""
    found = []
    previous, conversation = call.body.get("previous_response_id"), conversation_id(call.body)
    if previous and conversation:
        message = "'previous_response_id' and 'conversation' exclude each other."
        raise invalid("previous_response_id", message)
    if conversation:
        call.find("conversations", conversation, "conversation", "conversation")
        found = turns(call.store.items(f"conversations/{conversation}/items"))
    if previous:
        context = call.store.get(_CONTEXT, previous)
        if context is None:
            message = f"No response found with id '{previous}'."
            raise invalid("previous_response_id", message, "previous_response_not_found")
        found = unpack(context["turns"])
    instructions = call.body.get("instructions")
    return [Turn("system", instructions), *found] if isinstance(instructions, str) else found


def _keep(call: Call, final: Object, given: list[Object], context: list[Turn]) -> None:
    id = final["id"]
    with call.store.transaction():
        call.store.put(_COLLECTION, id, final)
        call.store.put(_CONTEXT, id, {"turns": pack(context)})
        for item in given:
            call.store.put(f"{_COLLECTION}/{id}/input_items", item["id"], item)


def _extend(call: Call, conversation: str, items: list[Object]) -> None:
    with call.store.transaction():
        for item in items:
            call.store.put(f"conversations/{conversation}/items", item["id"], item)


def _waiting(final: Object) -> Object:
    empty: Object = {"status": "queued", "output": [], "usage": None, "incomplete_details": None}
    return {**{k: v for k, v in final.items() if k != "completed_at"}, **empty}


def _finishing(call: Call, chunks: Iterable[bytes], id: str) -> Iterator[bytes]:
    """Pass a stream on; who reads it to the end has seen the work done."""
    yield from chunks
    _finish(call, id)


def _finish(call: Call, id: str) -> Object | None:
    with call.store.transaction():
        final = call.store.get(_PENDING, id)
        if final is not None:
            call.store.put(_COLLECTION, id, final)
            call.store.delete(_PENDING, id)
    return final


def retrieve(call: Call) -> Reply:
    """One response; looking at one in the background carries it a step further."""
    id = call.ids["response_id"]
    with call.store.transaction():
        found = call.find(_COLLECTION, id, "response")
        if call.streams():
            final = call.store.get(_PENDING, id) or found
            after = call.query.get("starting_after", -1)
            left = (event for event in _events(final) if event["sequence_number"] > after)
            return call.events(_finishing(call, sse.typed(left), id))
        if found["status"] == "in_progress":
            found = _finish(call, id) or found
        elif found["status"] == "queued":
            found = call.store.put(_COLLECTION, id, {**found, "status": "in_progress"})
    return _send(call, found)


def cancel(call: Call) -> Reply:
    """Stop work in the background."""
    id = call.ids["response_id"]
    with call.store.transaction():
        found = call.find(_COLLECTION, id, "response")
        if not found["background"]:
            raise ApiError(400, "Only responses made in the background can be cancelled.")
        if call.store.delete(_PENDING, id):
            found = call.store.put(_COLLECTION, id, {**found, "status": "cancelled"})
    return _send(call, found)


def delete(call: Call) -> Reply:
    """Forget a response and what it was asked."""
    id = call.ids["response_id"]
    if not call.store.delete(_COLLECTION, id):
        raise not_found("response", id)
    for collection in (_PENDING, _CONTEXT):
        call.store.delete(collection, id)
    return as_nothing()


def input_items(call: Call) -> Reply:
    """What a response was asked."""
    id = call.ids["response_id"]
    call.find(_COLLECTION, id, "response")
    return as_json(page(call, f"{_COLLECTION}/{id}/input_items", span(call)))


def count(call: Call) -> Reply:
    """The tokens an input would cost."""
    known = [*_context(call), *turns(from_input(call.body.get("input")))]
    total = usage(known, Said(), 0)["input_tokens"] + tokens.count(call.body.get("tools"))
    return as_json({"object": "response.input_tokens", "input_tokens": total})


def compact(call: Call) -> Reply:
    """A conversation in one sealed item that later requests can begin with."""
    given = from_input(call.body.get("input"))
    known = [*_context(call), *turns(given)]
    sealed = {"id": fresh("cmp_"), "type": "compaction", "encrypted_content": pack(known)}
    asked = [item for item in given if item["type"] == "message" and item["role"] == "user"]
    cost = usage(known, Said(sealed["encrypted_content"][:60]), 0)
    value = {"id": fresh("resp_"), "created_at": call.now, "output": [*asked, sealed]}
    return as_json(call.fitted({**value, "object": "response.compaction", "usage": cost}))
