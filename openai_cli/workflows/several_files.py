"""Arguments that name one file, or several."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from typer._click.core import Context

from ..core.errors import UsageError
from ..engine.command import OperationCommand


class SeveralFilesCommand(OperationCommand):
    """The command of an operation that takes one file, with room for several; it needs no
    `argument`."""

    instead = ""
    """What to do instead of naming a folder."""

    def __init__(self, name: str, operation_name: str, argument: str) -> None:
        super().__init__(name, operation_name)

    @cached_property
    def own_parameters(self) -> list[Any]:
        """The operation's parameters, with room for several files."""
        made = super().own_parameters
        for param in made:
            if param.param_type_name == "argument":
                param.nargs = -1
        return made

    def files(self, ctx: Context) -> tuple[dict[str, Any], list[str], bool]:
        """The parameters for `gather`, which hold a single file; the files; whether they are
        several. Raises UsageError."""
        names = (p.name for p in self.own_parameters if p.param_type_name == "argument")
        (argument,) = names
        files, many = expand(ctx.params.get(argument) or (), self.instead)
        single = files[0] if files and not many else None
        return {**ctx.params, argument: single}, files, many


def expand(texts: Iterable[str], instead: str = "") -> tuple[list[str], bool]:
    """The files that arguments name, and whether they are several.

    A pattern means several, however many it matches; a file that is named twice is taken once.
    `instead` is the hint for a folder. Raises UsageError for what is no file.
    """
    import glob

    from ..engine.reading import local_file

    given = list(texts)
    found: list[str] = []
    many = len(given) > 1
    for text in given:
        path = Path(text).expanduser()
        if text == "-" and many:
            raise UsageError("`-` stands alone: stdin is one file")
        if text == "-" or path.is_file():
            found.append(text)
        elif path.is_dir():
            raise UsageError(f"{text} is a folder, not a file", instead)
        elif glob.has_magic(text) and not path.exists():
            many = True
            found += _matches(path)
        else:
            local_file(text)
            found.append(text)
    for text in found if many else ():
        local_file(text)
    return list(dict.fromkeys(found)), many


def _matches(pattern: Path) -> list[str]:
    """The files that a pattern matches, in order; `**` reaches into folders."""
    import glob

    every = glob.iglob(str(pattern), recursive=True)  # noqa: PTH207 - patterns may be absolute
    found = sorted(text for text in every if Path(text).is_file())
    if not found:
        raise UsageError(f"no file matches {pattern}")
    return found
