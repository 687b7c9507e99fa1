"""Finding commands and options by words: the ranking behind `oai help search`.

The index (`openai_cli/help/search.json`, made by `python -m tools.man`) says for every word in
which entries (commands, groups, topics) and options it occurs, with a weight: names weigh more than
sentences. A query's words are looked up, also by their beginnings and by words that mean the same;
what matches more of the query, with rarer words, and says little else comes first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..catalog.record import Record

JOINT = "_"
"""What joins the words of a name that the index holds whole."""
NAME, VALUE, HELP = 8, 4, 3
"""What an occurrence weighs: in a name, in a known value, in a sentence."""
STOP = """
a all an and are as at be by can do does for from has have how i in into is it its me my
no not of on one or so that the their them this to want was what when which who will with
you your
"""
STOP_WORDS = frozenset(STOP.split())
"""What says nothing about what is looked for."""
SAME = {
    "add": ("create",),
    "change": ("update",),
    "clear": ("delete",),
    "create": ("generate",),
    "download": ("content",),
    "drop": ("delete",),
    "edit": ("update",),
    "embed": ("embedding",),
    "erase": ("delete",),
    "fetch": ("retrieve",),
    "finetune": ("fine", "tuning"),
    "generate": ("create",),
    "get": ("retrieve",),
    "kill": ("cancel",),
    "login": ("key",),
    "ls": ("list",),
    "make": ("create",),
    "modify": ("update",),
    "new": ("create",),
    "picture": ("image",),
    "photo": ("image",),
    "read": ("retrieve",),
    "remove": ("delete",),
    "rm": ("delete",),
    "show": ("retrieve", "list"),
    "speak": ("speech",),
    "start": ("create",),
    "stop": ("cancel",),
    "structured": ("schema",),
    "tts": ("speech",),
    "tune": ("tuning",),
    "upload": ("create",),
    "vectorstore": ("vector", "store"),
}
"""What people say, and what the API calls it."""
ROOT = 3
"""Letters at the beginning that related words share."""
ALIKE, BEGINS, BEGINS_TOO, RELATED, TYPED = 0.9, 0.8, 0.4, 0.6, 0.5
ELSEWHERE = 0.7
"""How much a word counts for an option that stands in its command's name instead."""
OPTION, GROUP, OLD = 0.9, 0.95, 0.6
SAME_OPTION = 5
"""An option that many commands have is listed this often at most."""
LEAST = 0.25
"""What scores less than this part of the best is left out."""


class Hit(Record):
    """One thing found. `option` is empty unless it is an option."""

    kind: str
    command: str
    option: str
    operation: str
    help: str
    score: float


def words_of(text: str) -> list[str]:
    """The words of a text as the index has them: lower case, without the plural's ending."""
    return [stem(word) for word in re.findall(r"[a-z0-9]+", text.lower())]


def names_of(text: str) -> list[str]:
    """Names of several words in a text, whole: `max_completion_tokens`, however it is joined."""
    found = re.findall(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)+", text.lower())
    return [re.sub(r"[._-]+", JOINT, name) for name in found]


def stem(word: str) -> str:
    """A word without the ending of the plural."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


class Term:
    """One word of the query: what it weighs in each entry and each option."""

    def __init__(self, word: str, index: dict[str, Any]) -> None:
        self.entries: dict[int, float] = {}
        self.options: dict[int, float] = {}
        known = index["words"]
        for found, factor in _alternatives(word, known):
            halves = known[found].split("|")
            for weights, half in zip((self.entries, self.options), halves, strict=True):
                for place, weight in _places(half):
                    weights[place] = max(weight * factor, weights.get(place, 0.0))
        total = len(index["entries"])
        self.rarity = math.log(1 + total / (len(self.entries) or len(self.options) or 1))


def _places(text: str) -> Iterator[tuple[int, int]]:
    """`"3 8 5 2"` as places with their weights."""
    numbers = map(int, text.split())
    return zip(numbers, numbers, strict=True)


def _alternatives(word: str, known: Iterable[str]) -> list[tuple[str, float]]:
    """The index's words that the query's word may mean, each with how likely it is meant."""
    found = {word: 1.0} if word in known else {}
    if JOINT in word:
        return list(found.items())
    found |= {stem(same): ALIKE for same in SAME.get(word, ()) if stem(same) in known}
    begins = BEGINS_TOO if found else BEGINS
    for other in [other for other in known if other[:ROOT] == word[:ROOT] and JOINT not in other]:
        if other not in found and other.startswith(word):
            found[other] = begins
        elif other not in found and _related(word, other):
            found[other] = begins * RELATED
    if not found:
        from difflib import get_close_matches

        found = dict.fromkeys(get_close_matches(word, known, 1, 0.75), TYPED)
    return list(found.items())


def _related(word: str, other: str) -> bool:
    """Whether two words begin alike for the most part: `transcribe`, `transcription`."""
    shorter = min(len(word), len(other))
    shared = next((at for at in range(shorter) if word[at] != other[at]), shorter)
    return shared >= max(5, 0.6 * max(len(word), len(other)))


def find(index: dict[str, Any], query: str) -> list[Hit]:
    """What the words find, best first."""
    words = words_of(query)
    words = [word for word in words if word not in STOP_WORDS] or words
    words += [name for name in names_of(query) if name in index["words"]]
    terms = [Term(word, index) for word in dict.fromkeys(words)]
    hits = [*_entries(index, terms, set(words)), *_options(index, terms, set(words))]
    hits.sort(key=lambda hit: -hit.score)
    return list(_pruned(hits))


def _pruned(hits: list[Hit]) -> Iterator[Hit]:
    seen: dict[str, int] = {}
    for hit in hits:
        seen[hit.option] = seen.get(hit.option, 0) + 1
        often = hit.option and seen[hit.option] > SAME_OPTION
        if not often and hit.score >= LEAST * hits[0].score:
            yield hit


def _entries(index: dict[str, Any], terms: list[Term], words: set[str]) -> Iterator[Hit]:
    for number in {number for term in terms for number in term.entries}:
        weights = [term.entries.get(number, 0.0) for term in terms]
        score = _score(weights, terms)
        yield _hit(index["entries"][number], score, words)


def _options(index: dict[str, Any], terms: list[Term], words: set[str]) -> Iterator[Hit]:
    """Options whose name or known values match, not only their sentence; their command's words
    count too, though less."""
    for number in {number for term in terms for number in term.options}:
        own = [term.options.get(number, 0.0) for term in terms]
        if max(own) <= HELP:
            continue
        flag, help, places = index["options"][number]
        for place in places:
            weights = [
                max(weight, ELSEWHERE * term.entries.get(place, 0.0))
                for weight, term in zip(own, terms, strict=True)
            ]
            score = _score(weights, terms) * OPTION
            yield _hit(index["entries"][place], score, words, flag, help)


def _score(weights: list[float], terms: list[Term]) -> float:
    """Rare words count more, and what matches only a part of the query counts much less."""
    total = sum(term.rarity for term in terms)
    met = sum(term.rarity for term, weight in zip(terms, weights, strict=True) if weight)
    score = sum(term.rarity * weight for term, weight in zip(terms, weights, strict=True))
    return score * (met / total) ** 2 if total else 0.0


def _hit(entry: list[Any], score: float, words: set[str], flag: str = "", help: str = "") -> Hit:
    kind, command, operation, sentence, old = entry
    extra = len(set(words_of(command + " " + flag)) - words)
    score /= 1 + 0.08 * extra
    if old:
        score *= OLD
    if flag:
        return Hit("option", command, flag, operation, help, score)
    return Hit(kind, command, "", operation, sentence, score * (GROUP if kind == "group" else 1))
