"""Where pictures go: what `-o` means, and names that nobody has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from ...core.errors import UsageError
from ...core.save import check_target

NUMBER = "{n}"
MOST_NAMES = 10_000
STDOUT = "-"


class Places:
    """The names for one command's pictures.

    `output` is what `-o` says: nothing (names of our own, here), a folder, a pattern with `{n}`, or
    a file, which gets numbers where there are `several` pictures. Only a file that is named
    outright may be written over.
    """

    def __init__(self, output: str, several: bool) -> None:
        path = Path(output).expanduser()
        self.stdout = output == STDOUT
        self._folder = not output or output.endswith("/") or path.is_dir()
        self._pattern = str(path) if NUMBER in output and not self._folder else ""
        self._path = path
        self._several = several
        self._next = 1

    def check(self) -> None:
        """Raise UsageError where nothing could be saved, before anything is paid for."""
        if self.stdout and self._several:
            raise UsageError("-o - takes one picture", "name a folder, or a pattern: x-{n}.png")
        if not self.stdout:
            check_target(self._path / "image" if self._path.is_dir() else self._path)

    def expect(self, number: int) -> None:
        """So many pictures came."""
        self._several = self._several or number > 1

    def exact(self) -> Path | None:
        """The file that was named outright, for the only picture; just once."""
        if self._folder or self._pattern or self._several:
            return None
        self._several = True
        return self._path

    def names(self, stem: str, suffix: str) -> Iterator[Path]:
        """Names for the next picture, the best first; each call goes on counting."""
        if self._folder:
            self._path.mkdir(parents=True, exist_ok=True)
        first, self._next = self._next, self._next + 1
        return islice((self._name(stem, suffix, number) for number in count(first)), MOST_NAMES)

    def _name(self, stem: str, suffix: str, number: int) -> Path:
        if self._pattern:
            return Path(self._pattern.replace(NUMBER, str(number)))
        if self._folder:
            alone = not self._several and number == 1
            return self._path / f"{stem}{'' if alone else f'-{number}'}{suffix}"
        return self._path.with_name(f"{self._path.stem}-{number}{self._path.suffix}")

    def beside(self, stem: str, suffix: str, mark: str) -> Iterator[Path]:
        """Names for something that is not the picture itself: `cat-unfinished.png`."""
        if self._folder or self.stdout:
            folder = self._path if self._folder else Path()
            return numbered(folder, f"{stem}-{mark}", suffix)
        plain = self._path.stem.replace(NUMBER, "").strip("-_. ")
        return numbered(self._path.parent, f"{plain or stem}-{mark}", suffix)


def numbered(folder: Path, stem: str, suffix: str) -> Iterator[Path]:
    """`stem`, `stem-2`, `stem-3` … in a folder."""
    return (folder / f"{stem}{f'-{n}' if n > 1 else ''}{suffix}" for n in range(1, MOST_NAMES))
