"""The index of `oai help search`: which words occur in which commands and options.

`{"entries": [[kind, command, operation, help, old]], "options": [[flag, help, [entry, …]]],
"words": {word: "entry weight …|option weight …"}}`, numbers being places in the two
lists. All places of a word are one text, because most are never looked at.
"""

from __future__ import annotations

import json
from typing import Any

from openai_cli.catalog.model import Field, Operation, Parameter
from openai_cli.engine import globals as global_options
from openai_cli.engine.parameters import positional
from openai_cli.workflows.finding import HELP, NAME, STOP_WORDS, VALUE, names_of, words_of

from .topics import Topic
from .walk import Found


def index(root: Found, topics: list[Topic]) -> str:
    """The index as JSON, a line for each entry, option and word."""
    made = _Index()
    for found in root.everything():
        made.command(found)
    for topic in topics:
        if topic.section > 1:
            made.topic(topic)
    return made.json()


class _Index:
    def __init__(self) -> None:
        self._entries: list[list[Any]] = []
        self._options: dict[tuple[str, str], tuple[int, list[int]]] = {}
        self._words: dict[str, tuple[dict[int, int], dict[int, int]]] = {}

    def command(self, found: Found) -> None:
        """A command or group with its options."""
        operation = found.operation
        known = isinstance(operation, Operation)
        number = self._entry(
            "group" if found.group else "command",
            found.name,
            operation.name if known and found.path == operation.command else "",
            " ".join(found.help.split()),
            found.deprecated,
        )
        if known:
            self._note(0, number, NAME, operation.name)
            self._note(0, number, HELP, operation.words.note + " " + operation.path)
            names = [what.name for what in positional(operation)]
            self._note(0, number, VALUE, " ".join(names))
        options = found.options() if found.path else list(global_options.options())
        for option in options:
            self._option(number, option)

    def topic(self, topic: Topic) -> None:
        """A topic; the terms it explains are found too."""
        number = self._entry("topic", f"oai help {topic.name}", "", topic.summary, False)
        self._note(0, number, VALUE, " ".join(sorted(topic.terms())))

    def _entry(self, kind: str, command: str, operation: str, help: str, old: bool) -> int:
        number = len(self._entries)
        self._entries.append([kind, command, operation, help, int(old)])
        self._note(0, number, NAME, command.removeprefix("oai "))
        self._note(0, number, HELP, help)
        return number

    def _option(self, place: int, option: Any) -> None:
        flag = max(option.opts, key=len)
        help = " ".join(str(option.help or "").split())
        number, places = self._options.setdefault((flag, help), (len(self._options), []))
        places.append(place)
        self._note(1, number, NAME, flag)
        self._note(1, number, HELP, help)
        bound = getattr(option, "bound", None)
        if isinstance(bound, Parameter | Field):
            self._note(1, number, VALUE, " ".join(bound.enum))

    def _note(self, kind: int, number: int, weight: int, text: str) -> None:
        whole = names_of(text) if weight > HELP else []
        words = words_of(text) if weight > HELP else set(words_of(text)) - STOP_WORDS
        for word in [*words, *whole]:
            postings = self._words.setdefault(word, ({}, {}))[kind]
            postings[number] = max(weight, postings.get(number, 0))

    def json(self) -> str:
        """The whole index."""
        options = [[flag, help, places] for (flag, help), (_, places) in self._options.items()]
        words = {word: "|".join(map(_flat, self._words[word])) for word in sorted(self._words)}
        parts = [
            f'"entries": {_list(self._entries)}',
            f'"options": {_list(options)}',
            '"words": {\n' + ",\n".join(f"{_json(w)}:{_json(p)}" for w, p in words.items()) + "\n}",
        ]
        return "{\n" + ",\n".join(parts) + "\n}\n"


def _flat(places: dict[int, int]) -> str:
    return " ".join(f"{number} {weight}" for number, weight in sorted(places.items()))


def _list(values: list[Any]) -> str:
    return "[\n" + ",\n".join(map(_json, values)) + "\n]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
