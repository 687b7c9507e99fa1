"""What the sandbox's models say: short, friendly, the same every time, and about the prompt.

A few requests are understood, so that demonstrations and tests can ask for what they need:
`say …` and `repeat …`, sums, counting, `write N words`, a name told earlier in the conversation,
`what did I say`, an answer in JSON, `write a test` or another piece of code, and `refuse to
answer`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

_WORDS = (
    *("calm", "rivers", "carry", "small", "boats", "past", "green", "hills", "while", "morning"),
    *("light", "warms", "the", "quiet", "town", "and", "birds", "sing", "over", "gardens"),
)

_REFUSAL = "Sorry, that is something I will not help with."


def answer(prompt: str, earlier: Sequence[str] = ()) -> str:
    """The answer to a prompt; `earlier` are the user's previous messages, oldest first."""
    text = " ".join(prompt.split())
    for skill in _SKILLS:
        found = skill(text, earlier)
        if found is not None:
            return found
    if not text:
        return "Hello from the sandbox! Ask me anything."
    return f'Here is the sandbox\'s answer to "{shorten(text)}": it works just as you hoped.'


def refusal(prompt: str) -> str | None:
    """What the model says when asked to refuse, else None."""
    return _REFUSAL if "refuse to answer" in prompt.lower() else None


def shorten(text: str, limit: int = 160) -> str:
    """The start of a text, whole words only."""
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0] + "…"


def _say(text: str, _: Sequence[str]) -> str | None:
    found = re.match(r"(?:please )?(?:just )?(?:say|repeat|echo)[: ]+(.+)", text, re.I)
    return found[1].strip("\"'") if found else None


def _sum(text: str, _: Sequence[str]) -> str | None:
    found = re.search(r"(-?\d{1,12}) ?([-+*x×]) ?(\d{1,12})\b", text)
    if not found:
        return None
    first, sign, second = int(found[1]), found[2], int(found[3])
    result = {"+": first + second, "-": first - second}.get(sign, first * second)
    return f"{first} {sign} {second} = {result}."


def _count(text: str, _: Sequence[str]) -> str | None:
    found = re.search(r"count (?:up )?to (\d{1,5})\b", text, re.I)
    return ", ".join(str(n) for n in range(1, int(found[1]) + 1)) if found else None


def _length(text: str, _: Sequence[str]) -> str | None:
    found = re.search(r"\b(\d{1,6}) words\b", text, re.I)
    if not found:
        return None
    return " ".join(_WORDS[n % len(_WORDS)] for n in range(int(found[1])))


def _name(text: str, earlier: Sequence[str]) -> str | None:
    if not re.search(r"\bmy name\b.*\?|who am i", text, re.I):
        return None
    for message in reversed(earlier):
        told = re.search(r"\b(?:my name is|i am called|call me) (\w+)", message, re.I)
        if told:
            return f"Your name is {told[1]}."
    return "You have not told me your name yet."


def _recall(text: str, earlier: Sequence[str]) -> str | None:
    if not re.search(r"what did i (?:just )?(?:say|ask)", text, re.I):
        return None
    return f'You said: "{shorten(earlier[-1])}"' if earlier else "You had not said anything before."


def _json(text: str, _: Sequence[str]) -> str | None:
    if not re.search(r"\bjson\b", text, re.I):
        return None
    return json.dumps({"answer": f"This is about: {shorten(text)}", "ok": True}, ensure_ascii=False)


def _code(text: str, _: Sequence[str]) -> str | None:
    wanted = r"\bwrite (?:me )?an? (?:\w+ )?(?:test|script|function|program|command)\b"
    if not re.search(wanted, text, re.I):
        return None
    if re.search(r"\b(?:shell|command|script)\b", text, re.I):
        return "This does it:\n\n```sh\ndu -a . | sort -rn | head\n```\n"
    return "This does it:\n\n```python\ndef test_it():\n    assert 1 + 1 == 2\n```\n"


_SKILLS: tuple[Callable[[str, Sequence[str]], str | None], ...] = (
    _say,
    _name,
    _recall,
    _count,
    _length,
    _json,
    _code,
    _sum,
)
