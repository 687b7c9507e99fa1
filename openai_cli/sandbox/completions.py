"""Legacy completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import sse, tokens
from .call import Call, Object
from .chat import usage
from .ids import fresh
from .llm import Ask, Said, Turn, respond
from .reply import Reply, as_json

_USUAL_LIMIT = 16


def create(call: Call) -> Reply:
    """Go on from each prompt."""
    body = call.body
    prompts = _prompts(body["prompt"])
    said = [_choice(body, prompt, take) for prompt in prompts for take in range(body.get("n") or 1)]
    completion = {
        "id": fresh("cmpl-"),
        "object": "text_completion",
        "created": call.now,
        "model": body["model"],
        "choices": [_as_choice(body, index, one) for index, one in enumerate(said)],
        "usage": usage(sum(tokens.count(prompt) for prompt in prompts), said),
    }
    if call.streams():
        return call.events(sse.plain(_chunks(body, completion)))
    return as_json(completion)


def _prompts(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    if all(isinstance(item, int) for item in given):
        return [_spelled(given)]
    return [item if isinstance(item, str) else _spelled(item) for item in given]


def _spelled(numbers: list[int]) -> str:
    return " ".join(map(str, numbers))


def _choice(body: Object, prompt: str, take: int) -> Said:
    stop = body.get("stop") or ()
    limit = body.get("max_tokens")
    said = respond(
        Ask(
            turns=[Turn("user", prompt)],
            limit=_USUAL_LIMIT if limit is None else limit,
            stop=[stop] if isinstance(stop, str) else stop,
            take=take,
        )
    )
    text = said.text or said.refusal or ""
    return Said(f"{prompt}{text}" if body.get("echo") else text, finish=said.finish)


def _as_choice(body: Object, index: int, said: Said) -> Object:
    logprobs = None
    if body.get("logprobs") is not None:
        pieces = tokens.split(said.text)
        logprobs = {
            "tokens": pieces,
            "token_logprobs": [-0.01] * len(pieces),
            "top_logprobs": [{piece: -0.01} for piece in pieces],
            "text_offset": [len("".join(pieces[:n])) for n in range(len(pieces))],
        }
    return {"text": said.text, "index": index, "logprobs": logprobs, "finish_reason": said.finish}


def _chunks(body: Object, completion: Object) -> Iterator[Object]:
    head = {name: completion[name] for name in ("id", "object", "created", "model")}
    for choice in completion["choices"]:
        for token in tokens.split(choice["text"]):
            part = {"text": token, "index": choice["index"], "logprobs": None}
            yield {**head, "choices": [{**part, "finish_reason": None}]}
        yield {**head, "choices": [{**choice, "text": "", "logprobs": None}]}
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": completion["usage"]}
