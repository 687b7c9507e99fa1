"""Emphasis, code, links: from markdown to spans, by markdown-it, while the text still grows.

HTML stays text. Mathematics stays as the model wrote it, which plain markdown would eat away:
`\\(x_1\\)`, `$a*b*c$`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..core.console import harmless
from .markdown_text import Row, Span, joined, push

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

SPECIAL = re.compile(r"[\\`*_~\[<&$]|!(?=\[|$)")
"""Where markdown can begin. Text without it means itself."""

MATH_REACH = 200
"""A lone `$` that finds no partner in this many characters is money."""

_MATH = (
    re.compile(r"\\\((?:.|\n)+?\\\)"),
    re.compile(r"\\\[(?:.|\n)+?\\\]"),
    re.compile(r"\$\$(?:.|\n)+?\$\$"),
    re.compile(rf"\$(?![\s$])[^$\n]{{1,{MATH_REACH}}}(?<!\s)\$(?!\d)"),
)
_OPEN_MATH = re.compile(rf"\$(?![\s$])[^$\n]{{0,{MATH_REACH}}}\Z|\$\$?\Z")
_TOO_MANY = 80
"""So many marks in text that is open are noise, not worth the guess."""
_MARKS = "\\`*_~[]()<>&$!\n"
_STYLES = {"strong_open": "1", "em_open": "3", "s_open": "9"}
_CODE = "36"
_LINK = "4"
_SAFE_LINK = re.compile(r"(?:https?://|mailto:)[!-~]+\Z", re.IGNORECASE)
_HALF_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\Z")
_DANGLING = re.compile(r"(?:[*_~`]+|!?\[)\Z")


@dataclass(frozen=True)
class Look:
    """What may be used to show text."""

    color: bool = True
    links: bool = True

    def sgr(self, *codes: str) -> str:
        """Codes joined, or nothing without colour."""
        return ";".join(code for code in codes if code) if self.color else ""

    def span(self, text: str, *codes: str) -> Span:
        """A span of our own."""
        return text, self.sgr(*codes), ""


@dataclass
class Parsed:
    """Spans; whether some construct is still `open`, and what would close it."""

    spans: Row
    open: bool
    closers: str = ""


def _math(state: StateInline, silent: bool) -> bool:
    """An inline rule: mathematics as it stands, and its delimiters where only one has come."""
    char, following = state.src[state.pos], state.src[state.pos + 1 : state.pos + 2]
    if char == "$":
        found = (_MATH[2] if following == "$" else _MATH[3]).match(state.src, state.pos)
    elif char == "\\" and following and following in "([])":
        opens = following in "(["
        found = _MATH["([".index(following)].match(state.src, state.pos) if opens else None
        if opens and not found:
            state.env["math"] = True
        found = found or re.compile(r"\\.").match(state.src, state.pos)
    else:
        return False
    if not found:
        return False
    if not silent:
        state.push("math", "", 0).content = found.group()
    state.pos = found.end()
    return True


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark").enable("strikethrough").disable("html_inline")
    markdown.inline.ruler.before("escape", "math", _math)
    return markdown


def parse(text: str, look: Look, base: str = "") -> Parsed:
    """The text as it means if nothing follows."""
    if not SPECIAL.search(text):
        return Parsed([(text, look.sgr(base), "")] if text else [], False)
    from markdown_it.rules_inline import StateInline

    markdown = _markdown()
    env: dict[str, Any] = {}
    state = StateInline(text, markdown, env, [])
    markdown.inline.tokenize(state)
    for rule in markdown.inline.ruler2.getRules(""):
        rule(state)
    left = [found for found in state.delimiters if found.open and found.end < 0]
    plain = "".join(token.content for token in state.tokens if token.type == "text")
    is_open = bool(left) or _pending(plain) or "math" in env or bool(_OPEN_MATH.search(plain))
    closers = "".join(
        chr(found.marker) * (2 if chr(found.marker) == "~" else 1)
        for found in reversed(left)
        if not found.close
    )
    return Parsed(_spans(state.tokens, look, base), is_open, closers)


def _pending(plain: str) -> bool:
    """Whether left-over text may still become code or a link."""
    if "`" in plain:
        return True
    before, bracket, after = plain.rpartition("[")
    if not bracket:
        return False
    _, end, rest = after.partition("]")
    if not end:
        return True
    return not rest or (rest.startswith("(") and ")" not in rest) or _pending(before)


def guess(text: str, look: Look, base: str = "") -> Row:
    """The text as it will look if what is open gets closed: nothing jumps when it does."""
    if sum(map(text.count, _MARKS)) > _TOO_MANY:
        return [(text, look.sgr(base), "")]
    text = _DANGLING.sub("", text).rstrip()
    last = max(map(text.rfind, _MARKS))
    # Behind the last mark and the letter that tells what it means, text only gets longer.
    end = last + 2
    if last < 0 or len(text) <= end or _HALF_LINK.search(text):
        return list(_closed(text, look, base))
    *spans, (start, sgr, link) = _closed(text[:end], look, base)
    return [*spans, (start + text[end:], sgr, link)]


@lru_cache(maxsize=16)
def _closed(text: str, look: Look, base: str) -> Row:
    """The text with what is open closed."""
    if half := _HALF_LINK.search(text):
        text = f"{text[: half.start()]}[{half.group(1)}](<>)"
    found = parse(text, look, base)
    if not found.open:
        return found.spans
    text = text.rstrip()
    plain = "".join(part for part, _, _ in found.spans)
    if ticks := re.search(r"(?<!`)`+(?!`)", plain):
        text += ticks.group()
        found = parse(text, look, base)
    return parse(text + found.closers, look, base).spans if found.closers else found.spans


class _Walk:
    """Turns inline tokens into spans."""

    def __init__(self, look: Look, base: str) -> None:
        self.look = look
        self.codes = [base] if base else []
        self.row: Row = []
        self.target = ""
        self.label = 0

    def text(self, text: str, *codes: str) -> None:
        """Append what the model wrote."""
        link = self.target if self._clickable() else ""
        sgr = self.look.sgr(*self.codes, *codes, _LINK if link else "")
        push(self.row, (harmless(text), sgr, link))

    def _clickable(self) -> bool:
        return self.look.color and self.look.links and bool(_SAFE_LINK.match(self.target))

    def open_link(self, target: str) -> None:
        self.target = target
        self.label = sum(len(text) for text, _, _ in self.row)

    def close_link(self) -> None:
        """Where the link cannot be clicked, its address follows the text."""
        label = "".join(text for text, _, _ in self.row)[self.label :]
        target, clickable = self.target, self._clickable()
        self.target = ""
        if not clickable and target and target.removeprefix("mailto:") != label:
            self.text(f" ({target})" if label else target)


def _spans(tokens: list[Token], look: Look, base: str) -> Row:
    walk = _Walk(look, base)
    for token in tokens:
        kind = token.type
        if kind in _STYLES:
            walk.codes.append(_STYLES[kind])
        elif kind in ("strong_close", "em_close", "s_close"):
            walk.codes.remove(_STYLES[kind.replace("close", "open")])
        elif kind == "link_open":
            walk.open_link(str(token.attrGet("href") or ""))
        elif kind == "link_close":
            walk.close_link()
        elif kind == "image":
            walk.open_link(walk.target or str(token.attrGet("src") or ""))
            walk.text(token.content)
            walk.close_link()
        elif kind in ("softbreak", "hardbreak"):
            walk.text("\n")
        else:
            walk.text(token.content, _CODE if kind == "code_inline" else "")
    return joined(walk.row)
