"""Did you mean: the nearest names for a command or an option that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ..core.errors import UsageError

if TYPE_CHECKING:
    from .tree import Node


def near(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The names most like `word`, best first; a name that holds it whole counts too."""
    names = list(known)
    close = get_close_matches(word, names, most, 0.6)
    inside = [name for name in names if len(word) > 2 and word in name and name not in close]
    return [*close, *inside][:most]


def unknown_command(node: Node, word: str, aliases: Iterable[str] = ()) -> UsageError:
    """The error for a word that is no command of this level, nor one of the `aliases`."""
    if word.startswith("-"):
        return unknown_option(word, ())
    here = " ".join(("oai", *node.path))
    hint = f"see `{here} --help`"
    if found := near(word, [*node.entries, *aliases]):
        hint = "did you mean " + " or ".join(f"`{here} {name}`" for name in found) + "?"
    elif deeper := _elsewhere(word):
        hint = "did you mean " + " or ".join(f"`oai {path}`" for path in deeper) + "?"
    return UsageError(f"`{here}` has no command {word!r}", hint)


def _elsewhere(word: str) -> list[str]:
    """Groups of that name at other levels: `oai jobs` means `oai fine-tuning jobs`."""
    from ..catalog import load

    def walk(path: tuple[str, ...], node: dict[str, Any]) -> Iterable[str]:
        for name, child in node["groups"].items():
            if name == word:
                yield " ".join((*path, name))
            yield from walk((*path, name), child)

    return list(walk((), load.index()["tree"]))[:3]


def unknown_option(
    word: str, known: Iterable[str], command: str = "", *, fields: bool = False
) -> UsageError:
    """The error for an option that does not exist; `fields` says that the command sends a body."""
    name = word.partition("=")[0]
    plain = {flag.lstrip("-"): flag for flag in known}
    found = [plain[near_name] for near_name in near(name.lstrip("-"), plain)]
    if found:
        hint = "did you mean " + " or ".join(found) + "?"
    elif command:
        hint = f"see `{command} --help`"
        if fields:
            hint += "; --set NAME=VALUE sends a field that oai does not know"
    else:
        hint = "text that starts with a dash goes behind `--`"
    return UsageError(f"there is no option {name}", hint)
