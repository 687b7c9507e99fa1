"""Chat completions: answered, streamed, and kept when `store` is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from . import sse, tokens
from .call import Call, Object
from .errors import invalid
from .ids import fresh
from .llm import Ask, Said, Tool, ToolCall, Turn, respond
from .reply import Reply, as_json

_COLLECTION = "chat/completions"
_FINGERPRINT = "fp_sandbox"


def create(call: Call) -> Reply:
    """Answer a conversation."""
    body = call.body
    if not body["messages"]:
        raise invalid("messages", "'messages' has to hold at least one message.", "empty_array")
    ask = _ask(body)
    said = [_choice(ask, take) for take in range(body.get("n") or 1)]
    completion = {
        "id": fresh("chatcmpl-"),
        "object": "chat.completion",
        "created": call.now,
        "model": body["model"],
        "choices": [_as_choice(body, n, one) for n, one in enumerate(said)],
        "usage": usage(sum(tokens.count(t.text) + 3 for t in ask.turns), said),
        "service_tier": "default",
        "system_fingerprint": _FINGERPRINT,
    }
    if body.get("store"):
        _keep(call, completion)
    if call.streams():
        return call.events(sse.plain(_chunks(body, completion)))
    return as_json(completion)


def _choice(ask: Ask, take: int) -> Said:
    ask.take = take
    return respond(ask)


def _ask(body: Object) -> Ask:
    form = body.get("response_format") or {}
    schema = form.get("json_schema") or {}
    stop = body.get("stop") or ()
    return Ask(
        turns=[_turn(message) for message in body["messages"]],
        tools=_tools(body),
        choice=_tool_choice(body.get("tool_choice", body.get("function_call", "auto"))),
        parallel=body.get("parallel_tool_calls") is not False,
        schema=schema.get("schema") if form.get("type") == "json_schema" else None,
        json=form.get("type") == "json_object",
        limit=body.get("max_completion_tokens", body.get("max_tokens")),
        stop=[stop] if isinstance(stop, str) else stop,
    )


def _turn(message: Object) -> Turn:
    role = str(message.get("role", "user"))
    role = {"function": "tool", "developer": "system"}.get(role, role)
    return Turn(role, content_text(message.get("content")))


def content_text(content: Any) -> str:
    """The text of a message, with a word on what else it holds."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    texts = [part.get("text") or "" for part in content if isinstance(part, dict)]
    kinds = [str(part.get("type")) for part in content if isinstance(part, dict)]
    for word in ("image", "audio", "file"):
        number = sum(word in kind for kind in kinds)
        if number:
            texts.append(f"(with {number} {word}{'s' if number > 1 else ''})")
    return "\n".join(text for text in texts if text)


def _tools(body: Object) -> list[Tool]:
    found = [Tool(f["name"], f.get("parameters")) for f in body.get("functions") or ()]
    for tool in body.get("tools") or ():
        if tool.get("type") == "custom":
            found.append(Tool(tool["custom"]["name"], custom=True))
        elif "function" in tool:
            found.append(Tool(tool["function"]["name"], tool["function"].get("parameters")))
    return found


def _tool_choice(choice: Any) -> str:
    if isinstance(choice, str):
        return choice
    if not isinstance(choice, dict):
        return "auto"
    inner = choice.get("function") or choice.get("custom") or choice
    return str(inner.get("name") or inner.get("mode") or "auto")


def usage(prompt: int, said: list[Said]) -> Object:
    """What it would have cost, in tokens."""
    answered = sum(one.size for one in said)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": answered,
        "total_tokens": prompt + answered,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _as_choice(body: Object, index: int, said: Said) -> Object:
    message: Object = {
        "role": "assistant",
        "content": None if said.calls or said.refusal else said.text,
        "refusal": said.refusal,
        "annotations": [],
    }
    finish = said.finish
    if said.calls and body.get("functions"):
        call = said.calls[0]
        message["function_call"] = {"name": call.name, "arguments": call.arguments}
        finish = "function_call"
    elif said.calls:
        message["tool_calls"] = [_tool_call(call) for call in said.calls]
    if "audio" in (body.get("modalities") or ()) and said.text:
        message |= {"content": None, "audio": _audio(said.text)}
    logprobs = _logprobs(body, said.text) if body.get("logprobs") else None
    return {"index": index, "message": message, "logprobs": logprobs, "finish_reason": finish}


def _tool_call(call: ToolCall) -> Object:
    if call.custom:
        inner = {"name": call.name, "input": call.arguments}
        return {"id": fresh("call_"), "type": "custom", "custom": inner}
    inner = {"name": call.name, "arguments": call.arguments}
    return {"id": fresh("call_"), "type": "function", "function": inner}


def _audio(text: str) -> Object:
    import base64

    from .media import wav

    data = base64.b64encode(wav()).decode()
    return {"id": fresh("audio_"), "data": data, "expires_at": 4102444800, "transcript": text}


def _logprobs(body: Object, text: str) -> Object:
    top = body.get("top_logprobs") or 0
    return {"content": [_logprob(token, top) for token in tokens.split(text)], "refusal": None}


def _logprob(token: str, top: int) -> Object:
    one = {"token": token, "logprob": -0.01, "bytes": list(token.encode())}
    return {**one, "top_logprobs": [one] if top else []}


def _chunks(body: Object, completion: Object) -> Iterator[Object]:
    asked = (body.get("stream_options") or {}).get("include_usage")
    same = ("id", "created", "model", "service_tier", "system_fingerprint")
    head = {**{name: completion[name] for name in same}, "object": "chat.completion.chunk"}
    if asked:
        head["usage"] = None
    for choice in completion["choices"]:
        for delta in _deltas(choice["message"]):
            logprobs = None
            if choice["logprobs"] and delta.get("content"):
                logprobs = _logprobs(body, delta["content"])
            yield {**head, "choices": [_delta(choice["index"], delta, logprobs=logprobs)]}
        yield {**head, "choices": [_delta(choice["index"], {}, choice["finish_reason"])]}
    if asked:
        yield {**head, "choices": [], "usage": completion["usage"]}


def _delta(
    index: int, delta: Object, finish: str | None = None, logprobs: Object | None = None
) -> Object:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}


def _deltas(message: Object) -> Iterator[Object]:
    yield {"role": "assistant", "content": "" if message["content"] is not None else None}
    for field in ("content", "refusal"):
        for token in tokens.split(message[field] or ""):
            yield {field: token}
    for index, call in enumerate(message.get("tool_calls", ())):
        yield from _tool_deltas(index, call)
    if "function_call" in message:
        yield {"function_call": message["function_call"]}
    if "audio" in message:
        audio = message["audio"]
        yield {"audio": {"id": audio["id"], "transcript": audio["transcript"]}}
        yield {"audio": {"data": audio["data"]}}
        yield {"audio": {"expires_at": audio["expires_at"]}}


def _tool_deltas(index: int, call: Object) -> Iterator[Object]:
    kind = call["type"]
    text = "arguments" if kind == "function" else "input"
    start = {**call, "index": index, kind: {**call[kind], text: ""}}
    yield {"tool_calls": [start]}
    for token in tokens.split(call[kind][text]):
        yield {"tool_calls": [{"index": index, kind: {text: token}}]}


def _keep(call: Call, completion: Object) -> None:
    id = completion["id"]
    call.store.put(_COLLECTION, id, {**completion, "metadata": call.body.get("metadata")})
    for number, message in enumerate(call.body["messages"]):
        kept = {"id": f"{id}-{number}", "role": "user", **message, "refusal": None}
        if isinstance(kept.get("content"), list):
            kept |= {"content_parts": kept["content"], "content": content_text(kept["content"])}
        call.store.put(f"{_COLLECTION}/{id}/messages", kept["id"], json.loads(json.dumps(kept)))
