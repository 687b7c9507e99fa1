"""The files of `catalog/data`: how they are written, and how they differ from what is there."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

WIDTH = 100


def dump(value: Any) -> str:
    """JSON that is small and still reads well in a diff: what fits into a line stands on one."""
    return _dump(value, 0) + "\n"


def _dump(value: Any, depth: int) -> str:
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if not isinstance(value, dict | list) or (depth > 0 and len(line) + depth <= WIDTH):
        return line
    space = " " * (depth + 1)
    if isinstance(value, dict):
        entries = [f"{space}{json.dumps(k)}: {_dump(v, depth + 1)}" for k, v in value.items()]
    else:
        entries = [f"{space}{_dump(v, depth + 1)}" for v in value]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return "\n".join([opening, ",\n".join(entries), " " * depth + closing])


def write(folder: Path, files: Mapping[str, Any]) -> int:
    """Make a folder hold exactly these files; how many of them changed."""
    changed = 0
    for _, path, text in _texts(folder, files):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        changed += 1
    for path in _left_over(folder, files):
        path.unlink()
        changed += 1
    return changed


def differences(folder: Path, files: Mapping[str, Any]) -> Iterator[str]:
    """A unified diff from what a folder holds to what it should hold."""
    for name, path, text in _texts(folder, files):
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        if present != text:
            yield from _diff(name, present, text)
    for path in _left_over(folder, files):
        name = path.relative_to(folder).as_posix().removesuffix(".json")
        yield from _diff(name, path.read_text(encoding="utf-8"), "")


def _diff(name: str, present: str, wanted: str) -> Iterator[str]:
    lines = present.splitlines(), wanted.splitlines()
    file = f"data/{name}.json"
    return difflib.unified_diff(*lines, file, file, lineterm="", n=1)


def _texts(folder: Path, files: Mapping[str, Any]) -> Iterator[tuple[str, Path, str]]:
    for name, value in files.items():
        yield name, folder / f"{name}.json", dump(value)


def _left_over(folder: Path, files: Mapping[str, Any]) -> list[Path]:
    wanted = {folder / f"{name}.json" for name in files}
    return sorted(set(folder.rglob("*.json")) - wanted)
