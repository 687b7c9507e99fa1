"""Where in a TOML text a key stands, so that complaints can name the line."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PART = r"""(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_PATH = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_PATH})\s*\]")
_ENTRY = re.compile(rf"\s*({_PATH})\s*=")


def line_of(text: str, keys: Sequence[str]) -> int:
    """The first line of a key, as far as plain TOML shows it; else of the table around it."""
    wanted = ".".join(keys)
    table, best, found = "", 0, 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            here = table = _plain(header.group(1))
        elif entry := _ENTRY.match(line):
            here = f"{table}.{_plain(entry.group(1))}".lstrip(".")
        else:
            continue
        score = _likeness(here, wanted)
        if score > best:
            best, found = score, number
    return found


def _likeness(here: str, wanted: str) -> int:
    if f"{here}.".startswith(f"{wanted}."):
        return len(wanted) + 1
    return len(here) if wanted.startswith(f"{here}.") else 0


def _plain(path: str) -> str:
    return ".".join(part.strip("\"'") for part in re.findall(_PART, path))
