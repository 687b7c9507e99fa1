r"""A shell command with places for values: `grep -n {pattern} "{folder}/notes.txt"`.

The shell never reads a value as code, wherever the place stands: a place becomes a reference to an
environment variable that holds the value, quoted to fit the quotes around it. So a value arrives as
typed, as one word, in double or single quotes and inside `$(…)` too. What a command does with its
words is its own affair: `ssh`, `eval` and `sh -c` read theirs as code once more.

`{{name}}` stands for `{name}` itself; `${name}` is the shell's, and so is `\{name}`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from ...core.errors import UsageError

PREFIX = "OAI_ARG_"

_PLACE = re.compile(r"\{(?P<name>[A-Za-z_]\w*)\}", re.ASCII)
_LITERAL = re.compile(r"\{(\{[A-Za-z_]\w*\})\}", re.ASCII)
_HEREDOC = re.compile(r"(?<!<)<<-?\s*[\w'\"\\]")
_CONTROL = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]")

Piece = tuple[str, str, str]
"""Literal text; or a place's name, and the quote that it stands in."""


class Template:
    """A command read into text and places. Raises UsageError for a place where no value can go."""

    def __init__(self, command: str) -> None:
        self.command = command
        self._pieces = _Scanner(command).pieces()
        self.names = list(dict.fromkeys(name for _, name, _ in self._pieces if name))

    def script(self) -> str:
        """The script for `sh -c`, with variables in the places."""
        return "".join(text or _reference(name, quote) for text, name, quote in self._pieces)

    def variables(self, values: Mapping[str, str]) -> dict[str, str]:
        """The environment variables that the script reads."""
        return {PREFIX + name: values[name] for name in self.names}

    def shown(self, values: Mapping[str, str]) -> str:
        """The command as a person would have typed it, in one line."""
        text = "".join(
            text or _typed(str(values.get(name, "")), quote) for text, name, quote in self._pieces
        )
        return " ⏎ ".join(text.split("\n"))


def _reference(name: str, quote: str) -> str:
    variable = f"${{{PREFIX}{name}}}"
    return {"": f'"{variable}"', '"': variable, "'": f"'\"{variable}\"'"}[quote]


def _typed(value: str, quote: str) -> str:
    if _CONTROL.search(value):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        word = f"$'{_CONTROL.sub(_escape, escaped)}'"
        return quote + word + quote
    if quote == '"':
        return re.sub(r'(["$`\\])', r"\\\1", value)
    if quote == "'":
        return value.replace("'", "'\\''")
    return shlex.quote(value)


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    known = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e"}
    return known.get(char) or f"\\x{ord(char):02x}"


class _Scanner:
    """Walks through a command and knows which quotes are open. Each `$(` or `(` opens a context of
    its own, in which no quote is open yet."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._at = 0
        self._quotes = [""]
        self._backtick = False
        self._literal = ""
        self._pieces: list[Piece] = []

    def pieces(self) -> list[Piece]:
        while self._at < len(self._command):
            if not (self._braces() or self._escaped()):
                self._plain()
        self._flush()
        return self._pieces

    def _flush(self) -> None:
        if self._literal:
            self._pieces.append((self._literal, "", ""))
        self._literal = ""

    def _copy(self, length: int) -> None:
        self._literal += self._command[self._at : self._at + length]
        self._at += length

    def _braces(self) -> bool:
        if match := _LITERAL.match(self._command, self._at):
            self._literal += match.group(1)
        elif match := _PLACE.match(self._command, self._at):
            if self._literal.endswith("$") and self._quotes[-1] != "'":
                return False
            self._refuse(match["name"])
            self._flush()
            self._pieces.append(("", match["name"], self._quotes[-1]))
        else:
            return False
        self._at = match.end()
        return True

    def _refuse(self, name: str) -> None:
        before = self._command[: self._at]
        heredoc = _HEREDOC.search(before)
        if heredoc and "\n" in before[heredoc.start() :]:
            raise UsageError(
                f"{{{name}}} stands in a here-document, where values cannot be quoted",
                f"write printf '%s\\n' {{{name}}} | command",
            )
        if self._backtick:
            raise UsageError(
                f"{{{name}}} stands between backticks, where values cannot be quoted",
                "write $(command) instead of `command`",
            )

    def _escaped(self) -> bool:
        """A backslash and what it protects, outside single quotes."""
        if self._command[self._at] != "\\" or self._quotes[-1] == "'":
            return False
        self._copy(2)
        return True

    def _plain(self) -> None:
        char, quote = self._command[self._at], self._quotes[-1]
        if quote == "'":
            self._quotes[-1] = "" if char == "'" else quote
        elif char == '"':
            self._quotes[-1] = "" if quote else '"'
        elif char == "`":
            self._backtick = not self._backtick
        elif char == "$" and self._command.startswith("$(", self._at):
            self._quotes.append("")
            self._copy(1)
        elif not quote:
            self._bare(char)
        self._copy(1)

    def _bare(self, char: str) -> None:
        """A character where no quote is open."""
        if char == "'":
            self._quotes[-1] = "'"
        elif char == "(":
            self._quotes.append("")
        elif char == ")" and len(self._quotes) > 1:
            self._quotes.pop()
