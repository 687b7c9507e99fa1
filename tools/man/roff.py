"""Blocks as manual pages, in the `man` macros that groff and mandoc both read without complaint."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .record import Block

LITERAL = {
    "\\": "\\[rs]",
    "-": "\\-",
    "'": "\\(aq",
    "`": "\\(ga",
    "^": "\\(ha",
    "~": "\\(ti",
    "…": "...",
}
"""What typewriters have and typesetters replace."""
PROSE = {key: LITERAL[key] for key in ("\\", "^", "~", "…")}
BREAKS = re.compile(r"(?<=[|,/.])(?=[\w{])")
LONG = 40
"""Words longer than this may be broken behind a bar, a comma, a slash or a dot."""
_SENTENCE = re.compile(r"(?<=[.?!:]) (?=[A-Z`(])")


def literal(text: str) -> str:
    """Text to be read, and copied, exactly as it stands."""
    return "".join(_char(char, LITERAL) for char in text)


def _char(char: str, table: dict[str, str]) -> str:
    if char in table:
        return table[char]
    return char if char.isascii() else f"\\[u{ord(char):04X}]"


def _breakable(text: str) -> str:
    return BREAKS.sub(r"\\:", literal(text)) if len(text) > LONG else literal(text)


def prose(text: str) -> str:
    """A sentence; what stands in backticks is bold and literal."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _plain(text)
    return "".join(bold(part) if at % 2 else _plain(part) for at, part in enumerate(parts))


def _plain(text: str) -> str:
    words = "".join(_char(char, PROSE) for char in text)
    words = re.sub(r"(?<!\w)-|-(?!\w)", r"\\-", words)
    long = [word for word in words.split() if len(word) > LONG]
    for word in long:
        words = words.replace(word, BREAKS.sub(r"\\:", word))
    return words


def bold(text: str) -> str:
    """Text that is typed as it stands."""
    return f"\\fB{_breakable(text)}\\fR" if text else ""


def italic(text: str) -> str:
    """Text that stands for something else."""
    return f"\\fI{_breakable(text)}\\fR"


def tag(name: str) -> str:
    """The name of a row: options and words bold, what stands for a value italic."""
    option = name.startswith("-")
    return " ".join(_tag_word(word, option) for word in name.split(" "))


def _tag_word(word: str, option: bool) -> str:
    comma = "," if word.endswith(",") else ""
    word = word.removesuffix(",")
    value = not word.startswith("-") and (option or (word.isupper() and len(word) > 1))
    return (italic(word) if value else bold(word)) + comma


def guarded(line: str) -> str:
    """A line of text that cannot be taken for a request."""
    return "\\&" + line if line.startswith((".", "'")) else line


class Manual:
    """One manual page."""

    def __init__(self, name: str, section: int, date: str, source: str) -> None:
        self.file = f"{name}.{section}"
        title = literal(name.upper())
        self._lines = [
            '.\\" Made by `python -m tools.man`; edit words/ and the commands instead.',
            f'.TH "{title}" {section} "{date}" "{source}" "oai manual"',
            ".nh",
            ".ad l",
        ]

    def text(self) -> str:
        """The page's source."""
        return "\n".join(self._lines) + "\n"

    def section(self, title: str) -> None:
        """Begin a section."""
        self._lines.append(f'.SH "{_argument(title)}"')

    def part(self, title: str) -> None:
        """Begin a part of a section."""
        self._lines.append(f'.SS "{_argument(title)}"')

    def name(self, name: str, summary: str) -> None:
        """The section NAME, which `apropos` and `whatis` read."""
        self.section("NAME")
        self._lines.append(f"{literal(name)} \\- {prose(summary.rstrip('.'))}")

    def paragraph(self, text: str) -> None:
        """A paragraph, each sentence on a line of its own."""
        if not self._lines[-1].startswith((".SH", ".SS")):
            self._lines.append(".P")
        self._sentences(text)

    def code(self, lines: Iterable[str]) -> None:
        """Lines as they stand."""
        self._space()
        self._lines.extend([".nf", ".RS 4"])
        self._lines.extend(guarded(literal(line)) for line in lines)
        self._lines.extend([".RE", ".fi"])

    def usage(self, lines: Iterable[str]) -> None:
        """Command lines in short."""
        for line in lines:
            self._space()
            self._lines.append(" ".join(_usage_word(word) for word in line.split()))

    def rows(self, rows: Iterable[Iterable[str]]) -> None:
        """Names, each with its sentence below."""
        for name, sentence in rows:
            self._lines.extend([".TP", guarded(tag(name))])
            self._sentences(sentence or "\\&")

    def blocks(self, blocks: Iterable[Block]) -> None:
        """The blocks of a help page; headings become parts."""
        usage = False
        for kind, content in blocks:
            if kind == "heading":
                usage = content == "Usage"
                if not usage:
                    self.part(content)
            elif kind == "code" and usage:
                self.usage(content)
            else:
                getattr(self, kind)(content)

    def _space(self) -> None:
        if not self._lines[-1].startswith((".SH", ".SS", ".P")):
            self._lines.append(".P")

    def _sentences(self, text: str) -> None:
        if text == "\\&":
            self._lines.append(text)
            return
        self._lines.extend(guarded(prose(line)) for line in _SENTENCE.split(text))


def _usage_word(word: str) -> str:
    return bold(word) if word.islower() and word[0] not in "[-" else _usage_value(word)


def _usage_value(word: str) -> str:
    return literal(word) if word[0] in "[-" else italic(word)


def _argument(text: str) -> str:
    return literal(text).replace('"', "\\(dq")
