"""The fenced code of a text."""

from __future__ import annotations

import re

_OPENING = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}(?=[^`]*$)|~{3,})")


def code_blocks(text: str) -> str | None:
    """The fenced code, blocks parted by an empty line; None where there is none. A fence that is
    never closed reaches to the end; code in a list loses the list's indentation."""
    found: list[list[str]] = []
    opening: re.Match[str] | None = None
    for line in text.splitlines():
        if opening is None:
            opening = _OPENING.match(line)
            if opening:
                found.append([])
        elif _closes(line, opening["fence"]):
            opening = None
        else:
            found[-1].append(_without(line, opening["indent"]))
    return "\n".join("".join(line + "\n" for line in block) for block in found) if found else None


def _closes(line: str, fence: str) -> bool:
    end = line.strip()
    return len(end) >= len(fence) and end == fence[0] * len(end)


def _without(line: str, indent: str) -> str:
    """The line without as much of the fence's indentation as it has."""
    width = 0
    while width < len(indent) and line[width : width + 1] in (" ", "\t"):
        width += 1
    return line[width:]
