"""Text from the command line becomes values, by the parameter's type.

A string, or a union that admits any string, is taken literally, always. Where a union's strings are
a closed set (`inf`, `auto`), a number or a JSON object is read as such: the text could not be one
of them. Everything else is parsed, and what does not parse is a usage error that names the option.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import partial
from typing import Any

from .errors import UsageError

TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")


def split_union(display: str) -> list[str]:
    """The members of a display type: `string|array<a|b>` has two."""
    members, depth, start = [], 0, 0
    for at, char in enumerate(display):
        depth += (char == "<") - (char == ">")
        if char == "|" and not depth:
            members.append(display[start:at])
            start = at + 1
    members.append(display[start:])
    return members


def is_array(display: str) -> bool:
    """Whether every member of the type is an array."""
    return all(member.startswith("array<") for member in split_union(display))


def element_of(display: str) -> str:
    """The element type of an array type (of its array members)."""
    inner = (member[6:-1] for member in split_union(display) if member.startswith("array<"))
    return "|".join(inner) or "any"


SCALARS = frozenset(("string", "integer", "number", "boolean", "file"))


def scalars_only(display: str) -> bool:
    """Whether a value of this type is written as one plain word."""
    return set(split_union(display)) <= SCALARS


def takes_string(display: str) -> bool:
    """Whether the type admits a string."""
    return "string" in split_union(display)


def scalar(text: str, display: str, *, closed: bool = False, enum: tuple[str, ...] = ()) -> Any:
    """`text` as a value of a display type. Raises ValueError, its text the reason."""
    check_text(text)
    members = split_union(display)
    if "string" in members and (not closed or text in enum):
        return text
    for member in members:
        reader = READERS.get(member.partition("<")[0])
        if reader is None:
            continue
        try:
            return reader(text)
        except ValueError:
            if len(members) == 1:
                raise
    if "string" in members:
        return text
    raise ValueError(f"wants {describe(display)}, not {text!r}")


def check_text(text: str) -> None:
    """Refuse text that is not valid Unicode (an argument in another encoding)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("is not valid UTF-8") from None


def describe(display: str) -> str:
    """A display type in words, for messages."""
    names = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
    names |= {"object": "a JSON object", "any": "JSON", "map": "key=value or a JSON object"}
    parts = (
        names.get(member) or ("a JSON array" if "<" in member else f"a {member}")
        for member in split_union(display)
    )
    return " or ".join(dict.fromkeys(parts))


def integer(text: str) -> int:
    """A whole number; digit separators and spaces are not numbers."""
    if "_" in text or text != text.strip():
        raise ValueError(f"wants a whole number, not {text!r}")
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"wants a whole number, not {text!r}") from None


def number(text: str) -> int | float:
    """A finite number, an integer where it is written as one."""
    try:
        return integer(text)
    except ValueError:
        pass
    try:
        value = float(text) if "_" not in text and text == text.strip() else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"wants a number, not {text!r}")
    return value


def boolean(text: str) -> bool:
    """true/false, yes/no, on/off, 1/0."""
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError(f"wants true or false, not {text!r}")


def strict_json(text: str) -> Any:
    """JSON as RFC 8259 has it: no NaN, no Infinity. Raises ValueError with line and column."""

    def refuse(constant: str) -> Any:
        raise ValueError(f"is not valid JSON: {constant} is no JSON value")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"is not valid JSON: {error.msg} ({where})") from None
    except RecursionError:
        raise ValueError("is not valid JSON: nested too deeply") from None


def _json_of(kinds: tuple[type, ...], name: str, text: str) -> Any:
    value = strict_json(text)
    if not isinstance(value, kinds):
        raise ValueError(f"wants {name}, not {text[:40]!r}")
    return value


READERS: dict[str, Callable[[str], Any]] = {
    "integer": integer,
    "number": number,
    "boolean": boolean,
    "object": partial(_json_of, (dict,), "a JSON object"),
    "map": partial(_json_of, (dict,), "a JSON object"),
    "array": partial(_json_of, (list,), "a JSON array"),
    "any": strict_json,
}


def map_entry(text: str, option: str) -> dict[str, Any]:
    """`key=value` as one entry, or a whole JSON object. The value is literal text."""
    if text.startswith("{"):
        try:
            value = strict_json(text)
        except ValueError as error:
            raise UsageError(f"{option} {error}") from None
        if isinstance(value, dict):
            return value
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"{option} wants key=value, not {text!r}")
    return {key: value}


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path; numbers index arrays; None where there is nothing."""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
