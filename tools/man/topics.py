"""Topics: the prose of `words/topics/*.md`, with the facts of the code put in their places.

The files are a small part of Markdown: a title line `# name(section): summary`, headings `##`,
paragraphs, lists whose items are `` - `term`: sentence ``, and fenced code. A place such as
`{exit:USAGE}` stands for a fact: see `FACTS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from openai_cli.core import config, config_model, settings
from openai_cli.core.errors import Exit

from .record import Block

TITLE = re.compile(r"# (?P<name>[a-z-]+)\((?P<section>[157])\): (?P<summary>\S.*)")
ITEM = re.compile(r"- (?P<term>`[^`]+`(, `[^`]+`)*): (?P<text>\S.*)")
PLACE = re.compile(r"\{(exit|default|variable|formats)(?::(\w+))?\}")


class TopicError(ValueError):
    """A topic that cannot be read; the message names file and line."""


@dataclass
class Topic:
    """One topic: `exit-codes`, its manual section, a summary, its blocks."""

    name: str
    section: int
    summary: str
    blocks: list[Block]

    @property
    def manual(self) -> str:
        """The name of its manual page."""
        return self.name if self.name == "oai" else f"oai-{self.name}"

    def terms(self) -> set[str]:
        """What its lists explain, each word of `A`, `B` on its own."""
        rows = (row for kind, content in self.blocks if kind == "rows" for row in content)
        return {word for name, _ in rows for word in name.split(", ")}


def read(folder: Path) -> list[Topic]:
    """Every topic, by name. Raises TopicError."""
    return [_topic(path) for path in sorted(folder.glob("*.md")) if path.stem != "README"]


def _topic(path: Path) -> Topic:
    lines = path.read_text(encoding="utf-8").splitlines()
    title = TITLE.fullmatch(lines[0]) if lines else None
    if title is None or title["name"] != path.stem:
        raise TopicError(f"{path.name}:1: wants `# {path.stem}(7): summary`")
    blocks = list(_Blocks(path.name, lines[1:]).read())
    return Topic(title["name"], int(title["section"]), title["summary"], blocks)


class _Blocks:
    """Reads the lines below the title."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self._file = file
        self._lines = lines
        self._at = 0

    def read(self) -> Iterator[Block]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip():
                self._at += 1
            elif line.startswith("## "):
                self._at += 1
                yield ["heading", line[3:]]
            elif line.startswith("```"):
                yield ["code", self._code()]
            elif line in LISTS:
                self._at += 1
                yield ["rows", LISTS[line]()]
            elif line.startswith("- "):
                yield ["rows", list(self._rows())]
            else:
                yield ["paragraph", self._filled(" ".join(self._until_blank()))]

    def _code(self) -> list[str]:
        start = self._at + 1
        for at in range(start, len(self._lines)):
            if self._lines[at] == "```":
                self._at = at + 1
                return self._lines[start:at]
        raise self._error("code that does not end")

    def _until_blank(self) -> Iterator[str]:
        while self._at < len(self._lines) and (line := self._lines[self._at].strip()):
            self._at += 1
            yield line

    def _rows(self) -> Iterator[list[str]]:
        while self._at < len(self._lines) and self._lines[self._at].startswith("- "):
            item = ITEM.fullmatch(self._lines[self._at])
            if item is None:
                raise self._error("wants - `term`: sentence")
            self._at += 1
            text = " ".join([item["text"], *self._indented()])
            yield [self._filled(item["term"].replace("`", "")), self._filled(text)]

    def _indented(self) -> Iterator[str]:
        while self._at < len(self._lines) and self._lines[self._at].startswith("  "):
            yield self._lines[self._at].strip()
            self._at += 1

    def _filled(self, text: str) -> str:
        return PLACE.sub(self._fact, text)

    def _fact(self, place: re.Match[str]) -> str:
        try:
            return FACTS[place[1]](place[2] or "")
        except KeyError:
            raise self._error(f"no such fact: {place[0]}") from None

    def _error(self, problem: str) -> TopicError:
        return TopicError(f"{self._file}:{self._at + 2}: {problem}")


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


FACTS: dict[str, Callable[[str], str]] = {
    "exit": lambda name: str(int(Exit[name])),
    "default": lambda key: _number(settings.DEFAULTS[key]),
    "variable": lambda key: settings.ENVIRONMENT[key],
    "formats": lambda _: ", ".join(config.FORMATS),
}
"""What a place in the text may stand for."""


def _profile_keys() -> list[list[str]]:
    """Each key of a profile: what it is, the variable that says the same, what it is by itself."""
    rows = []
    for key, sentence in config_model.keys_of_a_profile():
        if variable := settings.ENVIRONMENT.get(key):
            sentence += f" In the environment: `{variable}`."
        if key in settings.DEFAULTS:
            sentence += f" Left out: `{_number(settings.DEFAULTS[key])}`."
        rows.append([key, sentence])
    return rows


LISTS: dict[str, Callable[[], list[list[str]]]] = {"{profile-keys}": _profile_keys}
"""Lists that a line of its own stands for."""
