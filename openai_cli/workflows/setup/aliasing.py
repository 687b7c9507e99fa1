"""What may be an alias."""

from __future__ import annotations

from typing import Any

from ...core.errors import UsageError
from ...engine import aliases
from ...engine.tree import LazyGroup, normalize

RESERVED = ("help", "version")


def check(ctx: Any, name: str, text: str) -> None:
    """Raise UsageError for an alias that would be hidden, lead nowhere or lead to another."""
    if problem := problem_of(ctx, name, text):
        raise UsageError(f"the alias {name!r} {problem[0]}", problem[1])


def problem_of(ctx: Any, name: str, text: str) -> tuple[str, str] | None:
    """What is wrong with an alias, and what to do; None for a good one."""
    if not aliases.NAME.fullmatch(name):
        return "is not one plain word", "letters, digits, `-`, `_` and `.` will do"
    if hidden(ctx, name):
        return "has the name of a command, which would hide it", "take another name"
    try:
        words = aliases.split(name, text)
    except UsageError as error:
        return "cannot be split into words", error.message
    first = words[0]
    if first.startswith("-"):
        return "begins with an option", "begin with the command; options may follow it"
    if _command(ctx, first) is None:
        if first == name or first in ctx.obj.config.aliases:
            return f"stands for another alias, {first!r}", "begin with a command of oai"
        return f"begins with {first!r}, which is no command of oai", "see `oai --help`"
    return None


def hidden(ctx: Any, name: str) -> bool:
    """Whether a command of `oai` has that name."""
    return normalize(name) in RESERVED or _command(ctx, name) is not None


def _command(ctx: Any, name: str) -> Any:
    root = ctx.find_root()
    assert isinstance(root.command, LazyGroup)
    return root.command.get_command(root, normalize(name))
