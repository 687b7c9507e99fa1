r"""`--set` assignments: HTTPie's operators on a path into the request.

    name=text            literal text            n:=JSON            a JSON value
    name=@file           the file's text         n:=@file.json      the file's JSON (or YAML)

A path is names joined by dots, with `[0]` for an index and `[]` to append: `input[0].content=hi`.
A backslash takes the next character literally: `metadata.a\.b=x`, `text=\@joe` is not needed inside
the value, except to send a leading `@`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .errors import UsageError

Step = str | int | None
"""A key, an index, or None to append."""

_OPERATOR = re.compile(r"(?<!\\)(:?=)")
_TOKEN = re.compile(r"\[(-?\d*)\]|((?:\\.|[^.\[\\])+)|(\.)")
MAX_INDEX = 10_000


def parse(
    text: str, read_text: Callable[[str], str], load: Callable[[str], Any]
) -> tuple[list[Step], Any]:
    """One assignment as path and value. `read_text(file)` gives a file's text, `load(text)` decodes
    JSON where the text may be `@file`. Raises UsageError."""
    match = _OPERATOR.search(text)
    if match is None or not match.start():
        raise UsageError(
            f"--set wants path=text or path:=JSON, not {text!r}",
            "for example --set temperature:=0.2 --set metadata.team=search",
        )
    steps = parse_path(text[: match.start()])
    value = text[match.end() :]
    if match.group() == ":=":
        try:
            return steps, load(value)
        except ValueError as error:
            raise UsageError(f"--set {text[: match.start()]}: {error}") from None
    if value.startswith("@"):
        return steps, read_text(value[1:])
    return steps, value[1:] if value.startswith("\\@") else value


def parse_path(text: str) -> list[Step]:
    """`a.b[0]` as `["a", "b", 0]`. Raises UsageError for what is no path."""
    steps: list[Step] = []
    at, wants_name = 0, True
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or (match.group(3) and wants_name):
            raise UsageError(f"not a path: {text!r}", "write names, dots and [0]: a.b[0].c")
        if match.group(3):
            wants_name = True
        elif match.group(2) is not None:
            if not wants_name:
                raise UsageError(f"not a path: {text!r}", "write a dot between names: a[0].b")
            steps.append(re.sub(r"\\(.)", r"\1", match.group(2)))
            wants_name = False
        else:
            if not steps:
                raise UsageError(f"not a path: {text!r}", "a path starts with a field's name")
            steps.append(int(match.group(1)) if match.group(1) else None)
            wants_name = False
        at = match.end()
    if wants_name:
        raise UsageError(f"not a path: {text!r}", "it ends before a name")
    return steps


def assign(target: dict[str, Any], steps: list[Step], value: Any) -> None:
    """Put `value` at `steps` inside `target`, making objects and arrays on the way.

    Raises UsageError where the path meets a value of another kind, or leaves a gap in an array.
    """
    here: Any = target
    for at, step in enumerate(steps):
        last = at == len(steps) - 1
        fresh: Any = value if last else ([] if not isinstance(steps[at + 1], str) else {})
        if isinstance(step, str):
            here = _enter_object(here, step, fresh, last, steps)
        else:
            here = _enter_array(here, step, fresh, last, steps)


def _enter_object(here: Any, key: str, fresh: Any, last: bool, steps: list[Step]) -> Any:
    if not isinstance(here, dict):
        raise UsageError(f"--set {spell(steps)}: {key!r} is asked of something that is no object")
    if last or not isinstance(here.get(key), dict | list):
        here[key] = fresh
    return here[key]


def _enter_array(here: Any, index: int | None, fresh: Any, last: bool, steps: list[Step]) -> Any:
    if not isinstance(here, list):
        raise UsageError(f"--set {spell(steps)}: an index is asked of something that is no array")
    place = len(here) if index is None else index + (len(here) if index < 0 else 0)
    if not 0 <= place <= min(len(here), MAX_INDEX):
        raise UsageError(f"--set {spell(steps)}: [{index}] would leave a gap in the array")
    if place == len(here):
        here.append(fresh)
    elif last or not isinstance(here[place], dict | list):
        here[place] = fresh
    return here[place]


def spell(steps: list[Step]) -> str:
    """A path as it is written."""
    text = ""
    for step in steps:
        if isinstance(step, str):
            text += ("." if text else "") + re.sub(r"([.\[\\=])", r"\\\1", step)
        else:
            text += "[]" if step is None else f"[{step}]"
    return text


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`base` with `over` on top, objects merged key by key; neither is changed."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = merge(old, value) if both else value  # type: ignore[arg-type]
    return merged
