"""Reads `words/*.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Place:
    """Where a word stands, for messages: `words/chat.toml [chat.completions.create] main`."""

    file: str
    section: str = ""
    key: str = ""

    def __str__(self) -> str:
        section = f" [{self.section}]" if self.section else ""
        return f"words/{self.file}{section} {self.key}".rstrip()

    def at(self, key: str) -> Place:
        """The place of a key in the same section."""
        return Place(self.file, self.section, key)


@dataclass
class Section:
    """What the words say about one operation."""

    place: Place
    values: dict[str, Any]


@dataclass
class Words:
    """All words, and the problems met while reading them."""

    omitted: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    glossary: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, tuple[Place, Any]] = field(default_factory=dict)
    operations: dict[str, Section] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def waiters(self) -> dict[str, dict[str, Any]]:
        """What the words say about waiting, by operation, wherever that is a table."""
        said = {name: section.values.get("wait") for name, section in self.operations.items()}
        return {name: word for name, word in said.items() if isinstance(word, dict)}


_TABLES = {"glossary.toml": {"parameters"}, "tree.toml": {"omit", "first"}}


def read(folder: Path) -> Words:
    """Read every file below `folder`; what cannot be read is named in `problems`."""
    words = Words()
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            words.problems.append(f"words/{path.name}: {error}")
            continue
        if path.name in _TABLES:
            _read_special(path.name, tables, words)
        else:
            _read_operations(path.name, tables, words)
    return words


def _read_special(file: str, tables: dict[str, Any], words: Words) -> None:
    for key in tables.keys() - _TABLES[file]:
        words.problems.append(f"words/{file}: unknown key {key}")
    words.glossary |= tables.get("parameters", {})
    words.omitted += tables.get("omit", [])
    words.first += tables.get("first", [])


def _read_operations(file: str, tables: dict[str, Any], words: Words) -> None:
    for name, text in tables.pop("resources", {}).items():
        place = Place(file, "resources", name)
        if _belongs(place, name, words) and not _is_known(place, name, words.resources, words):
            words.resources[name] = (place, text)
    for name, values in _sections(tables):
        place = Place(file, name)
        if _belongs(place, name, words) and not _is_known(place, name, words.operations, words):
            words.operations[name] = Section(place, values)


def _sections(tables: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Operations by their dotted name, also where a header was written without quotes."""
    found = []
    for name, values in tables.items():
        if "." in name or not isinstance(values, dict):
            found.append((name, values if isinstance(values, dict) else {name: values}))
        else:
            found += [(f"{name}.{rest}", inner) for rest, inner in values.items()]
    return found


def _belongs(place: Place, name: str, words: Words) -> bool:
    """Whether the name is of the file's top resource: `admin.people.toml` is for `admin`."""
    fits = name.partition(".")[0] == place.file.partition(".")[0]
    if not fits:
        words.problems.append(f"{place}: belongs into {name.partition('.')[0]}.toml")
    return fits


def _is_known(place: Place, name: str, known: dict[str, Any], words: Words) -> bool:
    if name in known:
        words.problems.append(f"{place}: {name} stands in another file or table already")
    return name in known
