"""Decisions that a live session asks for: the first thing that each question admits."""

from __future__ import annotations

from .call import Object


def decide(config: Object) -> Object:
    """The answers to the questions of a session's settings."""
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    details: Object = {
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    answers = [_answer(question) for question in config.get("questions") or ()]
    model = config.get("model") or "gpt-live-1"
    return {"model": model, "answers": answers, "usage": {**usage, **details}}


def _answer(question: Object) -> Object:
    known = {"type": question["type"], "name": question.get("name")}
    match question["type"]:
        case "choice":
            values = [choice["value"] for choice in question["choices"]]
            found = _shares([{"value": value} for value in values])
            return {**known, "choice": values[0], "confidence": 0.9, "probabilities": found}
        case "score":
            levels = question["levels"]
            found = _shares(
                [{"label": level["label"], "value": n} for n, level in enumerate(levels)]
            )
            return {**known, "score": 0.0, "confidence": 0.9, "probabilities": found}
    return {**known, "probability": 0.9}


def _shares(options: list[Object]) -> list[Object]:
    """Nearly all of the probability for the first."""
    rest = 0.1 / (len(options) - 1) if len(options) > 1 else 0.0
    first = 0.9 if rest else 1.0
    return [{**option, "probability": rest if n else first} for n, option in enumerate(options)]
