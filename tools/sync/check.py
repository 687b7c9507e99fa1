"""Checks the words about one operation: the closed vocabulary, and that each points at something.

Each word has a small check that yields what is wrong, without saying where: `check` adds that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import display, waiters
from .words import Section

Problems = Iterator[str]


@dataclass(frozen=True)
class Subject:
    """An operation's facts as far as words may point at them; all `operations`, and what the words
    say about waiting in each of them (`waiters`), for words that point at another one."""

    facts: Mapping[str, Any]
    shapes: Mapping[str, Mapping[str, Any]]
    prompt: str = ""
    operations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    waiters: Mapping[str, Any] = field(default_factory=dict)

    def parameter(self, name: str) -> Mapping[str, Any] | None:
        """The parameter of that name."""
        return next((p for p in self.facts["parameters"] if p["name"] == name), None)

    def names(self) -> set[str]:
        """Parameters and dotted fields."""
        found = {p["name"] for p in self.facts["parameters"]}
        return found | {
            ".".join(f["path"]) for p in self.facts["parameters"] for f in p.get("fields", ())
        }


def check(
    section: Section,
    facts: Mapping[str, Any],
    shapes: Mapping[str, Any],
    operations: Mapping[str, Mapping[str, Any]],
    waiting: Mapping[str, Any],
) -> list[tuple[str, str]]:
    """What is wrong with the words about one operation: the key, and the problem in words."""
    prompt = section.values.get("prompt")
    name = prompt.get("name", "") if isinstance(prompt, dict) else ""
    subject = Subject(facts, shapes, name, operations, waiting)
    return [
        (key, f"{section.place.at(key)}: {problem}")
        for key, value in section.values.items()
        for problem in CHECKS.get(key, _unknown)(value, subject)
    ]


def _unknown(value: Any, subject: Subject) -> Problems:
    yield "unknown key; see words/README.md for the vocabulary"


def _text(value: Any, subject: Subject) -> Problems:
    if not isinstance(value, str) or not value.strip():
        yield "must be a text"


def _texts(value: Any, subject: Subject) -> Problems:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        yield "must be a list of texts"


def _listed(value: Any, known: set[str], what: str) -> Problems:
    if not isinstance(value, list):
        yield "must be a list"
        return
    for name in value:
        if name not in known:
            yield f"no such {what}: {name}"


def _parameters(value: Any, subject: Subject) -> Problems:
    if not isinstance(value, dict):
        yield "must be a table"
        return
    known = subject.names()
    for name, text in value.items():
        if name not in known:
            yield f"no such parameter: {name}"
        if not isinstance(text, str) or not text.strip():
            yield f"{name} must be a text"


def _positional(value: Any, subject: Subject) -> Problems:
    names = {p["name"] for p in subject.facts["parameters"] if p["in"] != "path"}
    yield from _listed(value, names, "parameter outside the path")


def _main(value: Any, subject: Subject) -> Problems:
    yield from _listed(value, subject.names() | {subject.prompt}, "parameter")


def _groups(value: Any, subject: Subject) -> Problems:
    if not isinstance(value, dict):
        yield "must be a table of titles"
        return
    for names in value.values():
        yield from _listed(names, subject.names(), "parameter")


def _example(value: Any, subject: Subject) -> Problems:
    yield from _texts(value, subject)
    for line in value if isinstance(value, list) else ():
        if "oai " not in str(line):
            yield f"not a command line of oai: {line}"


def _columns(value: Any, subject: Subject) -> Problems:
    yield from _texts(value, subject)
    for column in value if isinstance(value, list) else ():
        yield from _answer_field(column, subject)


def _answer_field(path: Any, subject: Subject) -> Problems:
    shape = subject.facts["response"].get("shape")
    if shape is None:
        yield "the operation answers no object"
    elif not reaches(shape, str(path).split("."), subject.shapes):
        yield f"no such field in the answer: {path}"


def reaches(shape: Any, path: list[str], shapes: Mapping[str, Any]) -> bool:
    """Whether a dotted path leads to a field of some object that the type admits."""
    if not path:
        return True
    return any(_member_reaches(m, path, shapes) for m in display.members(shape))


def _member_reaches(shape: Any, path: list[str], shapes: Mapping[str, Any]) -> bool:
    if not isinstance(shape, dict):
        return bool(shape == "any")
    if "map" in shape:
        return True
    if "array" in shape:
        return path[0].lstrip("-").isdigit() and reaches(shape["array"], path[1:], shapes)
    if "ref" not in shape:
        return False
    file, _, name = shape["ref"].partition(":")
    target = shapes[file][name]
    field = target["object"].get(path[0])
    if field is None:
        return "extra" in target
    return reaches(field["type"], path[1:], shapes)


def _places(value: Any, subject: Subject) -> Problems:
    yield from _text(value, subject)
    for name in re.findall(r"\{([^}]*)\}", str(value)):
        if subject.parameter(name) is None:
            yield f"no such parameter: {name}"


def _download(value: Any, subject: Subject) -> Problems:
    yield from _places(value, subject)
    if subject.facts["response"]["kind"] != "binary":
        yield "the answer is not binary"


def _prompt(value: Any, subject: Subject) -> Problems:
    if not isinstance(value, dict) or set(value) != {"name", "into"}:
        yield "must have `name` and `into`"
    elif subject.parameter(value["into"]) is None:
        yield f"no such parameter: {value['into']}"


def _stdin(value: Any, subject: Subject) -> Problems:
    if value != subject.prompt and subject.parameter(value) is None:
        yield f"no such parameter or prompt: {value}"


def _live(value: Any, subject: Subject) -> Problems:
    yield from _text(value, subject)
    kinds = ("json", "json_or_text")
    if "stream" not in subject.facts and subject.facts["response"]["kind"] not in kinds:
        yield "the operation answers nothing that holds text"


def _defaults(value: Any, subject: Subject) -> Problems:
    if not isinstance(value, dict):
        yield "must be a table"
        return
    yield from _listed(list(value), subject.names(), "parameter")
    for name, default in value.items():
        parameter = subject.parameter(name) or {}
        if parameter.get("closed") and isinstance(default, str):
            yield from _listed([default], set(parameter["enum"]), f"value of {name}")


def _unless(value: Any, subject: Subject) -> Problems:
    if not isinstance(value, dict):
        yield "must be a table of parameters, each with those that make its default void"
        return
    for names in ([*value], *value.values()):
        yield from _listed(names, subject.names(), "parameter")


def _upload(value: Any, subject: Subject) -> Problems:
    if not isinstance(value, dict):
        yield "must be a table of parameters and purposes"
        return
    known = {p["name"] for p in subject.facts["parameters"] if "string" in p["type"]}
    yield from _listed(list(value), known, "parameter that takes a file's ID")


def _reattach(value: Any, subject: Subject) -> Problems:
    yield from _listed([value], subject.names(), "parameter")
    if "client" not in subject.facts:
        yield "the operation opens no session"


CHECKS: dict[str, Callable[[Any, Subject], Problems]] = {
    "help": _text,
    "parameters": _parameters,
    "positional": _positional,
    "main": _main,
    "groups": _groups,
    "example": _example,
    "columns": _columns,
    "title": _answer_field,
    "confirm": _places,
    "download": _download,
    "prompt": _prompt,
    "stdin": _stdin,
    "live": _live,
    "defaults": _defaults,
    "unless": _unless,
    "upload": _upload,
    "wait": waiters.check,
    "reattach": _reattach,
    "note": _text,
}
