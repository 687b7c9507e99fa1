"""The files that the generator owns: writing them, and telling how they differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

Files = Mapping[str, str]
"""Texts by their path below the root."""


def write(root: Path, files: Files, owned: Iterable[str]) -> int:
    """Make these files all that there is of the owned patterns; how many of them changed."""
    changed = 0
    for name, text in files.items():
        path = root / name
        if _read(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            changed += 1
    for path in _left_over(root, files, owned):
        path.unlink()
        changed += 1
    return changed


def differences(root: Path, files: Files, owned: Iterable[str]) -> Iterator[str]:
    """A unified diff from what stands there to what should."""
    for name, text in files.items():
        yield from _diff(name, _read(root / name), text)
    for path in _left_over(root, files, owned):
        yield from _diff(path.relative_to(root).as_posix(), _read(path), "")


def _diff(name: str, present: str, wanted: str) -> Iterator[str]:
    if present != wanted:
        lines = present.splitlines(), wanted.splitlines()
        yield from difflib.unified_diff(*lines, name, name, lineterm="", n=1)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _left_over(root: Path, files: Files, owned: Iterable[str]) -> list[Path]:
    present = {path for pattern in owned for path in root.glob(pattern)}
    return sorted(path for path in present if path.relative_to(root).as_posix() not in files)
