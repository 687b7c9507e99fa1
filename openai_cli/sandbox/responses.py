"""Responses: answered, streamed, kept, continued, and worked on in the background."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from . import sse, tokens
from .call import Call, Object
from .errors import ApiError, invalid, missing, not_found
from .ids import fresh
from .items import from_input, pack, turns, unpack
from .llm import Ask, Said, Tool, Turn, respond, topic
from .paging import page, span
from .reply import Reply, as_json, as_nothing

_COLLECTION = "responses"
_CONTEXT = "response_contexts"
_PENDING = "pending_responses"
# Parameters that a response repeats as they came.
_SAME = (
    *("instructions", "max_output_tokens", "max_tool_calls", "previous_response_id", "prompt"),
    *("prompt_cache_key", "safety_identifier", "user"),
)


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
    final = _answer(call, [*known, *turns(given)])
    if _conversation(body):
        _extend(call, _conversation(body), [*given, *final["output"]])
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


def _conversation(body: Object) -> str:
    given = body.get("conversation") or ""
    return given if isinstance(given, str) else str(given.get("id"))


def _context(call: Call) -> list[Turn]:
    """What was said before this request."""
    found = []
    previous, conversation = call.body.get("previous_response_id"), _conversation(call.body)
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


def _answer(call: Call, known: list[Turn]) -> Object:
    from .builtin_tools import run

    body = call.body
    form = (body.get("text") or {}).get("format") or {}
    ask = Ask(
        turns=known,
        tools=_tools(body),
        choice=_choice(body.get("tool_choice")),
        parallel=body.get("parallel_tool_calls") is not False,
        schema=form.get("schema") if form.get("type") == "json_schema" else None,
        json=form.get("type") == "json_object",
        limit=body.get("max_output_tokens"),
    )
    said = respond(ask)
    before, citations = run(call, ask, said)
    output = [*_reasoning(body, ask), *before, *_output(said, citations)]
    thought = sum(tokens.count(item.get("summary")) for item in output)
    response = {**_echo(call), "output": output, "usage": _usage(known, said, thought)}
    if said.finish == "length":
        reason = {"reason": "max_output_tokens"}
        return {**response, "status": "incomplete", "incomplete_details": reason}
    return {**response, "status": "completed", "completed_at": call.now}


def _tools(body: Object) -> list[Tool]:
    return [
        Tool(tool["name"], tool.get("parameters"), custom=tool["type"] == "custom")
        for tool in body.get("tools") or ()
        if tool.get("type") in ("function", "custom")
    ]


def _choice(given: Any) -> str:
    if isinstance(given, dict):
        return str(given.get("name") or given.get("mode") or "auto")
    return given or "auto"


def _echo(call: Call) -> Object:
    """The fields of a response that say what was asked for."""
    body = call.body
    settings: Object = {
        "id": fresh("resp_"),
        "object": "response",
        "created_at": call.now,
        "status": "in_progress",
        "background": bool(body.get("background")),
        "error": None,
        "incomplete_details": None,
        "model": body.get("model") or "gpt-5.5",
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
        "reasoning": {"effort": None, "summary": None, **(body.get("reasoning") or {})},
        "service_tier": "default",
        "store": body.get("store") is not False,
        "temperature": _or(body.get("temperature"), 1.0),
        "text": {"format": {"type": "text"}, "verbosity": "medium", **(body.get("text") or {})},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": _echoed_tools(call),
        "top_logprobs": body.get("top_logprobs") or 0,
        "top_p": _or(body.get("top_p"), 1.0),
        "truncation": body.get("truncation") or "disabled",
        "usage": None,
        "metadata": body.get("metadata") or {},
    }
    settings |= {name: body.get(name) for name in _SAME}
    if _conversation(body):
        settings["conversation"] = {"id": _conversation(body)}
    return settings


def _or(value: Any, default: float) -> Any:
    return default if value is None else value


def _echoed_tools(call: Call) -> Any:
    given = call.body.get("tools")
    if not given:
        return []
    from .shapes import fields, fit

    return fit(fields(call.operation.response.shape)["tools"]["type"], given)


def _usage(known: list[Turn], said: Said, thought: int) -> Object:
    asked = sum(tokens.count(turn.text) + 3 for turn in known)
    answered = said.size + thought
    return {
        "input_tokens": asked,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": answered,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": asked + answered,
    }


def _reasoning(body: Object, ask: Ask) -> list[Object]:
    settings = body.get("reasoning") or {}
    sealed = "reasoning.encrypted_content" in (body.get("include") or ())
    if not settings.get("summary") and not sealed:
        return []
    text = f"This is about {topic(ask.prompt) or 'nothing yet'}; a short answer will do."
    summary = [{"type": "summary_text", "text": text}] if settings.get("summary") else []
    item: Object = {"id": fresh("rs_"), "type": "reasoning", "summary": summary}
    return [{**item, "encrypted_content": pack([])} if sealed else item]


def _output(said: Said, citations: list[Object]) -> list[Object]:
    if said.calls:
        return [_tool_call(call.name, call.arguments, call.custom) for call in said.calls]
    part: Object = {"type": "output_text", "annotations": citations, "logprobs": []}
    part["text"] = said.text
    if said.refusal:
        part = {"type": "refusal", "refusal": said.refusal}
    status = "incomplete" if said.finish == "length" else "completed"
    message = {"id": fresh("msg_"), "type": "message", "role": "assistant", "status": status}
    return [{**message, "content": [part]}]


def _tool_call(name: str, arguments: str, custom: bool) -> Object:
    same = {"call_id": fresh("call_"), "name": name, "status": "completed"}
    if custom:
        return {"id": fresh("ctc_"), "type": "custom_tool_call", "input": arguments, **same}
    return {"id": fresh("fc_"), "type": "function_call", "arguments": arguments, **same}


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
    total = _usage(known, Said(), 0)["input_tokens"] + tokens.count(call.body.get("tools"))
    return as_json({"object": "response.input_tokens", "input_tokens": total})


def compact(call: Call) -> Reply:
    """A conversation in one sealed item that later requests can begin with."""
    given = from_input(call.body.get("input"))
    known = [*_context(call), *turns(given)]
    sealed = {"id": fresh("cmp_"), "type": "compaction", "encrypted_content": pack(known)}
    asked = [item for item in given if item["type"] == "message" and item["role"] == "user"]
    usage = _usage(known, Said(sealed["encrypted_content"][:60]), 0)
    value = {"id": fresh("resp_"), "created_at": call.now, "output": [*asked, sealed]}
    return as_json(call.fitted({**value, "object": "response.compaction", "usage": usage}))
