"""Words as shells write them: quotes taken off what comes in, put on what bash gets back."""

from __future__ import annotations

SPECIAL = frozenset(" \t\"'\\$`&;|<>()*?[]{}!")
IN_DOUBLE = frozenset('"\\$`')


def unquote(text: str) -> tuple[str, str]:
    """A word without its quotes and backslashes, and the quote that is still open at its end."""
    found: list[str] = []
    opened = ""
    characters = iter(text)
    for character in characters:
        if opened == "'":
            opened = "" if character == "'" else opened
            if opened:
                found.append(character)
        elif character == "\\":
            following = next(characters, "")
            plain = opened and following not in IN_DOUBLE
            found.append(character + following if plain else following)
        elif character == opened:
            opened = ""
        elif character in "\"'" and not opened:
            opened = character
        else:
            found.append(character)
    return "".join(found), opened


def quote(text: str, opened: str) -> str:
    """A value as it is typed behind an open quote, or outside of quotes."""
    if opened == "'":
        return text
    special = IN_DOUBLE if opened else SPECIAL
    escaped = "".join("\\" + c if c in special else c for c in text)
    return "\\" + escaped if not opened and text[:1] in ("#", "~") else escaped


def split(line: str) -> list[str]:
    """The words of a person's alias, as far as they are settled: up to a `$1` or a quote left open.

    (`shlex` would do, and cost as much as everything else here.)
    """
    words: list[str] = []
    word = ""
    for piece in line.split(" "):
        word = f"{word} {piece}" if word else piece
        plain, opened = unquote(word)
        if not opened:
            words += [plain] if plain else []
            word = ""
    return [one for one in words if not one.startswith("$")]
