"""The answer to a shell that asks what may stand where the cursor is.

`oai __complete SHELL WORD…` gets the words behind `oai`, the cursor's own word last (cut off at the
cursor, empty where there is none). The answer is a line for each candidate, `word <tab> note`, and
a last line that starts with `:` and says more: `:nospace`, or `:file` or `:dir` followed by a
prefix and what there is of the path, with tabs between.
"""

from __future__ import annotations

from . import places
from .values import Answer, values
from .walk import Walk
from .words import quote, unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST_NOTE = 90
FILTERED = ("bash", "powershell")
"""Shells that insert what they are given; the others choose by the person's own matching rules."""


def reply(arguments: Sequence[str], env: Mapping[str, str]) -> str:
    """The text for the shell. `arguments` are the shell's name and the words."""
    shell, words = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    word, opened = unquote(words.pop()) if words else ("", "")
    if shell == "bash":
        words = [unquote(one)[0] for one in words]
    answer = complete(words, word, env)
    pairs = answer.candidates
    if shell in FILTERED:
        pairs = [pair for pair in pairs if pair[0].startswith(word)]
    if shell == "bash":
        pairs = [(quote(value, opened), note) for value, note in pairs]
    lines = [f"{_line(value)}\t{_line(note)[:LONGEST_NOTE]}\n" for value, note in pairs]
    return "".join(lines) + _directive(answer, word) + "\n"


def complete(words: Sequence[str], word: str, env: Mapping[str, str]) -> Answer:
    """What may stand for `word` behind `words`."""
    aliases = places.aliases(env)
    walk = Walk(words, aliases)
    if walk.pending is not None:
        return values(walk, walk.pending, env, word)
    if not walk.only_values and word.startswith("-"):
        found = walk.attached(word)
        if found is None:
            return Answer(_flags(walk, word))
        slot, before = found
        return values(walk, slot, env, word[len(before) :], before)
    if walk.lost:
        return Answer()
    if walk.command is None:
        names = walk.level.names()
        if not walk.moved:
            names = {name: f"alias of {text}" for name, text in aliases.items()} | names
        return Answer(list(names.items()))
    argument = walk.argument()
    return values(walk, argument, env, word) if argument else Answer()


def _flags(walk: Walk, word: str) -> list[tuple[str, str]]:
    """Options that may still be given; short ones where nothing says that a long one is meant."""
    long = word.startswith("--")
    pairs = [(flag, option.help) for option in walk.options() for flag in option.flags]
    return [pair for pair in pairs if pair[0].startswith("--") or not long]


def _directive(answer: Answer, word: str) -> str:
    if answer.files:
        return f":{answer.files}\t{_line(answer.prefix)}\t{_line(word[len(answer.prefix) :])}"
    return ":nospace" if answer.open_ended else ":"


def _line(text: str) -> str:
    """Text that cannot break out of its field."""
    return "".join(c if c.isprintable() else " " for c in text)
