"""Lines of ours in a shell's start-up file, between two marks: added, replaced, taken out again.

Taking them out restores the file byte for byte, whether it ended in a line end or was made for us.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..core.save import whole_file

START = "# >>> oai completion >>>"
MADE = "# >>> oai completion, in a file made for it >>>"
END = "# <<< oai completion <<<"
BLOCK = re.compile(
    rf"\n?(?P<mark>{re.escape(START)}|{re.escape(MADE)})\n(?P<lines>.*?)\n{re.escape(END)}\n",
    re.DOTALL,
)


def text_of(file: Path) -> str:
    """Our lines as they stand there; empty where there are none."""
    found = BLOCK.search(_read(file) or "")
    return found["lines"] if found else ""


def has(file: Path) -> bool:
    """Whether lines of ours are there."""
    return BLOCK.search(_read(file) or "") is not None


def add(file: Path, lines: str) -> None:
    """Put our lines at the end, or in place of those that are there. Raises OaiError."""
    text = _read(file)
    found = BLOCK.search(text or "")
    if text is not None and found:
        start, end = found.span("lines")
        _write(file, text[:start] + lines + text[end:])
        return
    mark = MADE if text is None else START
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, (text + "\n" if text else "") + f"{mark}\n{lines}\n{END}\n")


def remove(file: Path) -> None:
    """Take our lines out; a file that was made for them and holds nothing else goes as well."""
    text = _read(file) or ""
    found = BLOCK.search(text)
    if not found:
        return
    rest = text[: found.start()] + text[found.end() :]
    if found["mark"] == MADE and not rest:
        file.unlink()
    else:
        _write(file, rest)


def _read(file: Path) -> str | None:
    """What the file holds, byte for byte; None where there is none."""
    try:
        return file.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _write(file: Path, text: str) -> None:
    with whole_file(file) as stream:
        stream.write(text.encode("utf-8", "surrogateescape"))
