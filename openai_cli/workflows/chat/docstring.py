"""What a docstring says of a function and of its parameters: Google, NumPy and reST style."""

from __future__ import annotations

import re
from inspect import cleandoc

_GOOGLE = re.compile(r"(Args|Arguments|Parameters|Params|Other Parameters):\s*$")
_SECTION = re.compile(
    r"(Returns?|Yields?|Raises|Examples?|Notes?|Warnings?|Todo|References|See Also|Attributes):\s*$"
)
_RULE = re.compile(r"-{3,}\s*$")
_ENTRY = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)")
_NUMPY_ENTRY = re.compile(r"\*{0,2}(\w+)\s*(?::.*)?$")
_FIELD = re.compile(r":(\w+)\s*([^:]*):\s*(.*)")
_PARAM_FIELDS = ("param", "parameter", "arg", "argument", "key", "keyword")


def parse(text: str | None) -> tuple[str, dict[str, str]]:
    """The description, without its sections, and a text for each parameter that has one."""
    lines = cleandoc(text or "").splitlines()
    start = next((at for at in range(len(lines)) if _begins(lines, at)), len(lines))
    found: dict[str, str] = {}
    at = start
    while at < len(lines):
        body = _body(lines, at)
        if _GOOGLE.match(lines[at]):
            found |= _entries(body, _ENTRY)
        elif _is_numpy(lines, at) and lines[at].strip() in ("Parameters", "Other Parameters"):
            found |= _entries(body[1:], _NUMPY_ENTRY)
        elif field := _FIELD.match(lines[at]):
            found |= _field(field, body)
        at += 1 + len(body)
    return "\n".join(lines[:start]).strip(), found


def _is_numpy(lines: list[str], at: int) -> bool:
    return at + 1 < len(lines) and bool(lines[at].strip()) and bool(_RULE.match(lines[at + 1]))


def _begins(lines: list[str], at: int) -> bool:
    """Whether a section begins at a line."""
    line = lines[at]
    known = _GOOGLE.match(line) or _SECTION.match(line) or _FIELD.match(line)
    return bool(known) or _is_numpy(lines, at)


def _body(lines: list[str], start: int) -> list[str]:
    """The lines of a section, up to the next one."""
    end = start + 1
    while end < len(lines) and not _begins(lines, end):
        end += 1
    return lines[start + 1 : end]


def _entries(body: list[str], pattern: re.Pattern[str]) -> dict[str, str]:
    """Names at the least indent, each with its text and the deeper lines below it."""
    depths = [len(line) - len(line.lstrip()) for line in body if line.strip()]
    least = min(depths, default=0)
    found: dict[str, list[str]] = {}
    name = ""
    for line in body:
        match = pattern.match(line[least:]) if line.strip() else None
        if match and len(line) - len(line.lstrip()) == least:
            name = match.group(1)
            found[name] = list(match.groups()[1:])
        elif name:
            found[name].append(line.strip())
    return {name: " ".join(" ".join(texts).split()) for name, texts in found.items()}


def _field(field: re.Match[str], body: list[str]) -> dict[str, str]:
    kind, about, text = field.groups()
    if kind not in _PARAM_FIELDS or not about.strip():
        return {}
    return {about.split()[-1]: " ".join([text, *(line.strip() for line in body)]).strip()}
