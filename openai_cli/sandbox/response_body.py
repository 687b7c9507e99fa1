"""What a response consists of: its settings, its output, and what it cost."""

from __future__ import annotations

from typing import Any

from . import tokens
from .call import Call, Object
from .ids import fresh
from .items import pack
from .llm import Ask, Said, Tool, Turn, respond, topic

# Parameters that a response repeats as they came.
_SAME = (
    *("instructions", "max_output_tokens", "max_tool_calls", "previous_response_id", "prompt"),
    *("prompt_cache_key", "safety_identifier", "user"),
)


def conversation_id(body: Object) -> str:
    """The id of the conversation that a request belongs to; empty if it belongs to none."""
    given = body.get("conversation") or ""
    return given if isinstance(given, str) else str(given.get("id"))


def answer(call: Call, known: list[Turn]) -> Object:
    """The finished response to what has been said."""
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
    response = {**_echo(call), "output": output, "usage": usage(known, said, thought)}
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
    if conversation_id(body):
        settings["conversation"] = {"id": conversation_id(body)}
    return settings


def _or(value: Any, default: float) -> Any:
    return default if value is None else value


def _echoed_tools(call: Call) -> Any:
    given = call.body.get("tools")
    if not given:
        return []
    from .shapes import fields, fit

    return fit(fields(call.operation.response.shape)["tools"]["type"], given)


def usage(known: list[Turn], said: Said, thought: int) -> Object:
    """What it would have cost, in tokens."""
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
