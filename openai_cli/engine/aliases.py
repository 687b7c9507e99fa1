"""Command lines with a short name, from `[aliases]` in the configuration.

An alias is looked up where a word is no command of `oai`, so that commands pay nothing for it and
none can be hidden. `$1` … `$9` stand for the words behind the alias, `$@` for all of them, `$$` for
a dollar sign; words that no place asks for go to the end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..core.errors import UsageError

if TYPE_CHECKING:
    from ..core.context import App

PLACE = re.compile(r"\$([1-9@$])")
NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def expand(app: App, words: list[str]) -> list[str] | None:
    """The command line that an alias stands for; None where the first word is none.

    Raises UsageError for an alias that leads to another, or wants more words.
    """
    name, *given = words
    text = app.config.aliases.get(name)
    if text is None:
        return None
    expanded = fill(name, split(name, text), given)
    if expanded[0] in app.config.aliases:
        raise UsageError(
            f"the alias {name!r} stands for another alias, {expanded[0]!r}",
            "an alias begins with a command of oai",
        )
    return expanded


def split(name: str, text: str) -> list[str]:
    """The words of an alias. Raises UsageError."""
    import shlex

    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"the alias {name!r} cannot be split into words: {error}") from None
    if not words:
        raise UsageError(f"the alias {name!r} stands for nothing")
    return words


def fill(name: str, words: list[str], given: list[str]) -> list[str]:
    """The words with their places filled; what is filled in is never split again."""
    numbers = {found for word in words for found in PLACE.findall(word)} - {"$"}
    most = max((int(number) for number in numbers - {"@"}), default=0)
    if most > len(given):
        count = "1 word" if most == 1 else f"{most} words"
        raise UsageError(f"the alias {name!r} wants {count} behind it", "`oai alias list` shows it")
    filled: list[str] = []
    for word in words:
        filled.extend(given if word == "$@" else [_filled(word, given)])
    left = given if not numbers else [] if "@" in numbers else _unused(given, numbers)
    return [*filled, *left]


def _filled(word: str, given: list[str]) -> str:
    def text(found: re.Match[str]) -> str:
        place = found.group(1)
        if place == "$":
            return "$"
        return " ".join(given) if place == "@" else given[int(place) - 1]

    return PLACE.sub(text, word)


def _unused(given: list[str], numbers: set[str]) -> list[str]:
    return [word for at, word in enumerate(given, 1) if str(at) not in numbers]


def known(app: App) -> dict[str, str]:
    """The aliases, for help and suggestions; none where the configuration cannot be read."""
    try:
        return app.config.aliases
    except UsageError:
        return {}
