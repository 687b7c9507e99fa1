"""Code in colour, line by line, by pygments.

A line is final when it ends, so that lexing goes on where the line before left off: with the
lexer's stack of states, and with the comments and strings over several lines that a lexer matches
in one go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

from .markdown_text import Row, push, twin

_COLORS = {
    "Comment": "2;3",
    "Comment.Preproc": "35",
    "Keyword": "35",
    "Keyword.Constant": "36",
    "Keyword.Type": "36",
    "Literal": "32",
    "Literal.Number": "36",
    "Literal.String": "32",
    "Literal.String.Escape": "33",
    "Literal.String.Interpol": "33",
    "Name.Attribute": "33",
    "Name.Builtin": "36",
    "Name.Class": "1;34",
    "Name.Constant": "36",
    "Name.Decorator": "33",
    "Name.Exception": "1;34",
    "Name.Function": "34",
    "Name.Namespace": "34",
    "Name.Tag": "34",
    "Operator.Word": "35",
    "Generic.Deleted": "31",
    "Generic.Inserted": "32",
    "Generic.Heading": "1",
    "Generic.Subheading": "36",
    "Generic.Emph": "3",
    "Generic.Strong": "1",
    "Generic.Prompt": "2",
    "Generic.Output": "",
}
_PAIRS = (
    ("/*", "*/"),
    ("<!--", "-->"),
    ("{-", "-}"),
    ("(*", "*)"),
    ("--[[", "]]"),
    ("#|", "|#"),
    ("<#", "#>"),
    ("`", "`"),
    ('"', '"'),
    ("'", "'"),
)
_LANGUAGE = re.compile(r"[\w+#.-]+")
_LONGEST = 2000
_CALM = re.compile(r"""(?:[\w ,;.:()=\[\]{}]|"[^"\\]*"|'[^'\\]*')*(?<=[\w,;:)\]}"'])(?= )""")
"""Words and whole strings, nothing that may begin a comment: a space ends what they mean."""


def language_of(info: str) -> str:
    """The language that a fence names."""
    found = _LANGUAGE.search(info)
    return found.group() if found else ""


@lru_cache(maxsize=32)
def _lexer(language: str) -> Any:
    """The lexer for a language, or None."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language.lower(), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(maxsize=32)
def _long_pairs(lexer: Any) -> tuple[tuple[str, str, Any], ...]:
    """Comments and strings over several lines that this lexer sees only when they are complete."""
    found = []
    for opener, closer in _PAIRS:
        whole = f"{opener}\nx\n{closer}"
        for _, kind, text in lexer.get_tokens_unprocessed(whole):
            if not text:
                continue
            if text == whole and _is_quiet(kind):
                found.append((opener, closer, kind))
            break
    return tuple(found)


def _is_quiet(kind: Any) -> bool:
    """Whether a token is a comment or a string: nothing begins inside it."""
    return str(kind).startswith(("Token.Comment", "Token.Literal.String"))


@lru_cache(maxsize=512)
def _color(kind: Any) -> str:
    name = str(kind).removeprefix("Token.")
    while name not in _COLORS and "." in name:
        name = name.rpartition(".")[0]
    return _COLORS.get(name, "")


@dataclass
class _Seen:
    """How far the open line was lexed for good enough, from which state, and what came out."""

    text: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    row: Row = field(default_factory=list)


class Highlighter:
    """Colours the lines of one block of code. Without a language it leaves them alone."""

    def __init__(self, language: str, *, color: bool) -> None:
        self._lexer = _lexer(language) if language and color else None
        self._stack: tuple[str, ...] = ("root",)
        self._inside: tuple[str, Any] | None = None
        self._seen = _Seen()

    def copy(self) -> Self:
        """A highlighter at the same place; what was seen of the open line is shared."""
        return twin(self)

    def line(self, text: str) -> Row:
        """A line, or a part of one when its end is missing."""
        if self._lexer is None or len(text) > _LONGEST:
            return [(text.rstrip("\n"), "", "")] if text.rstrip("\n") else []
        return _colored(self._tokens(text, 0))

    def peek(self, text: str) -> Row:
        """The open line so far; only its last words are looked at again. (The highlighter is in no
        defined state after it: use a copy.)"""
        if self._lexer is None or self._inside or len(text) > _LONGEST:
            return self.line(text)
        seen = self._seen
        if not text.startswith(seen.text) or seen.before != self._stack:
            vars(seen).update(vars(_Seen(before=self._stack, after=self._stack)))
        self._stack = seen.after
        row = list(seen.row)
        start = len(seen.text)
        if (words := _CALM.match(text, start)) and words.end() > start:
            for span in _colored(self._tokens(text[: words.end()], start)):
                push(row, span)
            seen.text, seen.after, seen.row = text[: words.end()], self._stack, list(row)
            start = words.end()
        for span in _colored(self._tokens(text, start)):
            push(row, span)
        return row

    def _tokens(self, text: str, start: int) -> list[tuple[Any, str]]:
        made: list[tuple[Any, str]] = []
        if self._inside:
            closer, kind = self._inside
            end = text.find(closer)
            if end < 0:
                return [(kind, text)]
            start = end + len(closer)
            made.append((kind, text[:start]))
            self._inside = None
        before = self._stack
        tokens = self._lex(text, start)
        opened = self._opened(tokens, text)
        if opened is None:
            return made + [(kind, piece) for _, kind, piece in tokens]
        at, closer, kind = opened
        # What stands behind the opener was lexed as code, which it is not.
        self._stack = before
        made += [(found, piece) for _, found, piece in self._lex(text[:at], start)]
        self._inside = (closer, kind)
        return [*made, (kind, text[at:])]

    def _opened(self, tokens: list[tuple[int, Any, str]], text: str) -> tuple[int, str, Any] | None:
        """Where a long comment or string begins that does not end on this line."""
        pairs = _long_pairs(self._lexer)
        for at, kind, piece in tokens if pairs else ():
            for opener, closer, found in pairs:
                if _is_quiet(kind) and not _runs_on(piece, opener, closer):
                    continue
                inner = piece.find(opener) if len(piece) > 1 else -1 + text.startswith(opener, at)
                if inner >= 0 and text.find(closer, at + inner + len(opener)) < 0:
                    return at + inner, closer, found
        return None

    def _lex(self, text: str, start: int) -> list[tuple[int, Any, str]]:
        from pygments.lexer import (
            ExtendedRegexLexer,
            RegexLexer,
        )

        if start >= len(text):
            return []
        tokens: list[tuple[int, Any, str]] = []
        if isinstance(self._lexer, RegexLexer):
            context = _context()(text, start, list(self._stack))
            try:
                lex: Any = ExtendedRegexLexer.get_tokens_unprocessed
                tokens.extend(lex(self._lexer, text, context))
            except (TypeError, KeyError, AttributeError):
                if context.end is None:
                    self._stack = tuple(context.stack)
                    return tokens
                # Otherwise a lexer with callbacks of its own, which do not know about contexts.
        assert self._lexer is not None
        found = self._lexer.get_tokens_unprocessed(text[start:])
        return [(at + start, kind, piece) for at, kind, piece in found]


@lru_cache(maxsize=1)
def _context() -> Any:
    """A lexer's context that stops it at the end of the text. It would go on to rules that match
    nothing, and so change the stack with which the next line begins; with no `end` to match up to,
    the first of these rules fails."""
    from pygments.lexer import LexerContext

    class Context(LexerContext):
        def __setattr__(self, name: str, value: Any) -> None:
            object.__setattr__(self, name, value)
            if name == "pos" and value >= len(self.text):
                object.__setattr__(self, "end", None)

    return Context


def _runs_on(piece: str, opener: str, closer: str) -> bool:
    """Whether a comment or string reaches the end of the line, as some lexers let it."""
    inner = piece.removeprefix(opener)
    return inner != piece and inner.endswith("\n") and closer not in inner


def _colored(tokens: list[tuple[Any, str]]) -> Row:
    row: Row = []
    for kind, part in tokens:
        push(row, (part.rstrip("\n"), _color(kind), ""))
    return row
