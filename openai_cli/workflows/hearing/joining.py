"""Transcripts of the pieces of a recording become the transcript of the recording. Pure."""

from __future__ import annotations

import unicodedata
from typing import Any

from ...core.live.base import records

TAIL = 800
"""Characters of what was said last that the next piece is told: less than whisper's 224 tokens."""
FRAME = 100
"""A segment's `seek` counts hundredths of a second."""


def joined(first: str, second: str) -> str:
    """Two texts with one space between, or none where the script writes none."""
    first, second = first.rstrip(), second.lstrip()
    return first + gap(first, second) + second


def gap(first: str, second: str) -> str:
    """What belongs between two texts."""
    if not first or not second:
        return ""
    return "" if _unspaced(first[-1]) and _unspaced(second[0]) else " "


def _unspaced(char: str) -> bool:
    name = unicodedata.name(char, "")
    scripts = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "FULLWIDTH", "THAI", "LAO", "KHMER")
    return name.startswith(scripts)


def tail(text: str) -> str:
    """The end of a text, from the beginning of a word."""
    text = text.strip()
    if len(text) <= TAIL:
        return text
    end = text[-TAIL:]
    return end[end.find(" ") + 1 :] if " " in end else end


def shifted(document: dict[str, Any], seconds: float, number: int) -> dict[str, Any]:
    """The answer about a piece that begins so late, with the times of the whole; `number` is the
    piece's, from 0."""
    made = dict(document)
    for name in ("segments", "words"):
        if isinstance(document.get(name), list):
            made[name] = [moved(part, seconds, number) for part in records(document[name])]
    return made


def moved(part: dict[str, Any], seconds: float, number: int) -> dict[str, Any]:
    """A segment or a word, so many seconds later; a named segment keeps a name of its own."""
    made = dict(part)
    for name in ("start", "end"):
        if isinstance(part.get(name), int | float):
            made[name] = round(part[name] + seconds, 3)
    if isinstance(part.get("seek"), int):
        made["seek"] = part["seek"] + round(seconds * FRAME)
    if number and isinstance(part.get("id"), str):
        made["id"] = f"{part['id']}_{number + 1}"
    return made


def merged(whole: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """An answer and the shifted one about the next piece, as one."""
    made = {**more, **whole}
    made["text"] = joined(str(whole.get("text") or ""), str(more.get("text") or ""))
    for name in ("segments", "words", "logprobs"):
        if isinstance(more.get(name), list):
            made[name] = [*(whole.get(name) or ()), *more[name]]
    if "segments" in made:
        made["segments"] = _numbered(made["segments"])
    if isinstance(more.get("languages"), list):
        found = [*(whole.get("languages") or ()), *more["languages"]]
        made["languages"] = [item for at, item in enumerate(found) if item not in found[:at]]
    if isinstance(more.get("duration"), int | float):
        made["duration"] = round((whole.get("duration") or 0) + more["duration"], 3)
    if isinstance(more.get("usage"), dict):
        made["usage"] = added(whole.get("usage"), more["usage"])
    return made


def _numbered(segments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Segments whose numbers go on."""
    return [
        {**segment, "id": at} if isinstance(segment.get("id"), int) else segment
        for at, segment in enumerate(segments)
    ]


def added(one: Any, other: Any) -> Any:
    """Two counts of use: numbers are added, what lies deeper likewise."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: added(one.get(name), other.get(name)) for name in {**one, **other}}
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one + other
    return other if one is None else one
