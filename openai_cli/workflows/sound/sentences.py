"""Long texts cut into pieces that can be spoken one after the other. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])[」』”’）]*\s*|\n\s*")
_CLAUSE = re.compile(r"(?<=[,;:—–])\s+|(?<=[，；：、])")
_WORD = re.compile(r"\s+")
PLACES = (_PARAGRAPH, _SENTENCE, _CLAUSE, _WORD)
"""Where to cut, the best first."""


def pieces(text: str, limit: int) -> list[str]:
    """`text` in pieces of at most `limit` characters, each as long as it may be, cut behind a
    paragraph, else a sentence, a clause, a word, or in the middle of one.

    Together they say what the text says: only white space at the cuts is left out. A text within
    the limit stays as it is.
    """
    if len(text) <= limit:
        return [text]
    return list(_cut(text, limit))


def _cut(text: str, limit: int) -> Iterator[str]:
    text = text.strip()
    while len(text) > limit:
        end, after = _place(text, limit)
        yield text[:end]
        text = text[after:].lstrip()
    if text:
        yield text


def _place(text: str, limit: int) -> tuple[int, int]:
    """Where the first piece ends and where the next begins."""
    for pattern in PLACES:
        best: tuple[int, int] | None = None
        # A cut that leaves less than half a piece makes more pieces than it is worth.
        for match in pattern.finditer(text, 0, min(len(text), limit * 2)):
            closing = len(match.group()) - len(match.group().lstrip("\"'”’»)]」』）"))
            end = match.start() + closing
            if end > limit:
                break
            if end >= (limit // 2 if pattern is not _WORD else 1):
                best = (end, match.end())
        if best:
            return best
    return limit, limit
