"""The word `wait`: what an operation starts, and how its end is recognised.

It is written in two halves. The operation that retrieves the object says how to read it (`what`,
`field`, `success` …); each operation that starts one says where to look (`retrieve`, `id` …). The
catalog gets both halves together, on both sides: see `whole`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import display

if TYPE_CHECKING:
    from .check import Subject

READING = {
    "what", "field", "success", "failure", "action", "progress", "reason", "next", "cancel",
    "download",
}  # fmt: skip
STARTING = {"retrieve", "id", "object", "when"}
NEEDED = ("what", "success")
LISTS = ("success", "failure", "action", "reason")
Problems = Iterator[str]
Facts = Mapping[str, Any]


def whole(name: str, word: Mapping[str, Any], waiters: Mapping[str, Any]) -> dict[str, Any]:
    """Both halves of an operation's waiter; one that retrieves waits for what it was asked for."""
    if "retrieve" in word:
        return {**waiters.get(word["retrieve"], {}), **word}
    return {"retrieve": name, **word}


def path_names(facts: Facts) -> list[str]:
    """The path parameters of an operation, in order."""
    return [p["name"] for p in facts["parameters"] if p["in"] == "path"]


def check(value: Any, subject: Subject) -> Problems:
    """What is wrong with one half."""
    if not isinstance(value, dict):
        yield "must be a table"
        return
    starts = "retrieve" in value
    for key in value.keys() - (STARTING if starts else READING):
        yield f"unknown key {key}; see words/README.md"
    for key in LISTS:
        given = value.get(key, [])
        if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
            yield f"{key} must be a list of texts"
            return
    yield from _starting(value, subject) if starts else _reading(value, subject)


# -- the half of the operation that retrieves -------------------------------------------------


def _reading(value: Mapping[str, Any], subject: Subject) -> Problems:
    for key in NEEDED:
        if not value.get(key):
            yield f"must have `{key}`"
    if subject.facts["method"] != "GET":
        yield "looking must not change anything, so the operation has to be a GET"
    for path in (value.get("progress", ""), *value.get("reason", ())):
        if path and not _leads(subject, path):
            yield f"no such field in the answer: {path}"
    yield from _statuses(value, subject)
    yield from _following(value, subject)


def _statuses(value: Mapping[str, Any], subject: Subject) -> Problems:
    field = value.get("field", "status")
    types = list(_types(subject.facts["response"].get("shape"), field.split("."), subject.shapes))
    if not types:
        yield f"no such field in the answer: {field}"
        return
    known, closed = display.suggestions({"union": types})
    listed = [s for key in ("success", "failure", "action") for s in value.get(key, ())]
    for status in dict.fromkeys(listed):
        if closed and status not in known:
            yield f"{field} is never {status}"
        if listed.count(status) > 1:
            yield f"{status} stands in more than one list"


def _following(value: Mapping[str, Any], subject: Subject) -> Problems:
    """The operations that go on from here take no other path parameters."""
    for key in ("next", "cancel", "download"):
        name = value.get(key)
        if name is None:
            continue
        facts = subject.operations.get(name)
        if facts is None:
            yield f"{key}: no such operation: {name}"
        elif not set(path_names(facts)) <= set(path_names(subject.facts)):
            yield f"{key}: {name} takes other path parameters"
        elif key == "download" and facts["response"]["kind"] != "binary":
            yield f"{key}: {name} gives no file"
    if value.get("action") and "next" not in value:
        yield "`action` wants `next`, the operation that goes on"


# -- the half of an operation that starts -----------------------------------------------------


def _starting(value: Mapping[str, Any], subject: Subject) -> Problems:
    retrieve = value["retrieve"]
    facts = subject.operations.get(retrieve)
    if facts is None:
        yield f"no such operation: {retrieve}"
        return
    if "retrieve" in subject.waiters.get(retrieve, {"retrieve": ""}):
        yield f"{retrieve} has no words of its own that say how to read its answer"
        return
    places = value.get("id")
    if not isinstance(places, dict) or list(places) != path_names(facts):
        yield f"id must give {', '.join(path_names(facts))}, in this order"
        return
    for place in (*places.values(), value.get("object", "")):
        if place and subject.parameter(place) is None and not _leads(subject, place):
            yield f"no such parameter, and no such field in the answer: {place}"
    when = value.get("when")
    if when is not None and (subject.parameter(when) or {}).get("type") != "boolean":
        yield f"when: no such switch: {when}"


# -- fields of answers ------------------------------------------------------------------------


def _leads(subject: Subject, path: str) -> bool:
    shape = subject.facts["response"].get("shape")
    return any(_types(shape, path.split("."), subject.shapes))


def _types(shape: Any, path: list[str], shapes: Mapping[str, Any]) -> Iterator[Any]:
    """The types at the end of a dotted path, in every member of the unions on the way."""
    if not path:
        yield shape
        return
    for member in display.members(shape) if shape is not None else ():
        if not isinstance(member, dict):
            continue
        if "array" in member and path[0].isdigit():
            yield from _types(member["array"], path[1:], shapes)
        if "ref" in member:
            file, _, name = member["ref"].partition(":")
            field = shapes[file][name]["object"].get(path[0])
            if field is not None:
                yield from _types(field["type"], path[1:], shapes)
