"""Moderations: a few plain words decide."""

from __future__ import annotations

import re
from typing import Any

from .call import Call, Object
from .ids import fresh
from .reply import Reply, as_json

_WORDS = {
    "harassment": ("idiot", "stupid", "loser"),
    "harassment/threatening": ("i will find you", "watch your back"),
    "hate": ("hate those people", "subhuman"),
    "hate/threatening": ("wipe them out",),
    "illicit": ("steal", "counterfeit", "launder"),
    "illicit/violent": ("bomb", "explosive"),
    "self-harm": ("hurt myself", "self-harm"),
    "self-harm/intent": ("want to hurt myself",),
    "self-harm/instructions": ("how to hurt myself",),
    "sexual": ("porn", "explicit sex"),
    "sexual/minors": (),
    "violence": ("kill", "murder", "attack", "shoot"),
    "violence/graphic": ("gore", "dismember"),
}


def create(call: Call) -> Reply:
    """A verdict on each input; several parts of one message are judged together."""
    given = call.body["input"]
    parts = isinstance(given, list) and any(isinstance(item, dict) for item in given)
    texts = [given] if isinstance(given, str) or parts else given
    model = call.body.get("model") or "omni-moderation-latest"
    results = [_verdict(text) for text in texts]
    return as_json({"id": fresh("modr-"), "model": model, "results": results})


def _verdict(given: Any) -> Object:
    items = given if isinstance(given, list) else [{"type": "text", "text": given}]
    text = " ".join(str(item.get("text", "")) for item in items).lower()
    kinds = sorted({"image" if item.get("type") == "image_url" else "text" for item in items})
    scores = {name: _score(text, words) for name, words in _WORDS.items()}
    categories = {name: score > 0.5 for name, score in scores.items()}
    return {
        "flagged": any(categories.values()),
        "categories": categories,
        "category_scores": scores,
        "category_applied_input_types": {
            name: kinds if flagged else [] for name, flagged in categories.items()
        },
    }


def _score(text: str, words: tuple[str, ...]) -> float:
    hits = sum(bool(re.search(rf"\b{re.escape(word)}", text)) for word in words)
    return round(1 - 0.08 / hits, 4) if hits else 0.0004
