"""The files on this machine that are meant, and the path that each has in the vector store.

The path follows from what was typed alone, so that it is the same from every working folder:

    docs            docs/guide/a.md     the folder's own name, and the way down from it
    .               guide/a.md          here: without a name
    docs/a.md       docs/a.md           as typed
    ../docs/a.md    docs/a.md           steps upwards left out
    /srv/docs       docs/guide/a.md     the last part of an absolute path
    '/srv/docs/*'   a.md                what a pattern matches, below the part that is fixed
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from ...catalog.record import Record
from ...core.errors import UsageError

WILD = re.compile(r"[*?[]")
NEVER = ".git"


class LocalFile(Record):
    """One file: where it is, and its path in the store."""

    path: Path
    key: str


class Choice(Record):
    """Which files of a folder are taken: those that match one of `include` (all, where there is
    none) and none of `exclude`; hidden ones only if asked for."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False

    def takes(self, inside: PurePath) -> bool:
        """Whether a file is taken, by its path inside the folder."""
        if not self.hidden and any(part.startswith(".") for part in inside.parts):
            return False
        if any(matches(inside, pattern) for pattern in self.exclude):
            return False
        return not self.include or any(matches(inside, pattern) for pattern in self.include)

    def enters(self, inside: PurePath) -> bool:
        """Whether there is any use in looking into a folder."""
        hidden = inside.name.startswith(".") and not self.hidden
        left_out = any(matches(inside, pattern) for pattern in self.exclude)
        return inside.name != NEVER and not hidden and not left_out


def matches(path: PurePath, pattern: str) -> bool:
    """Whether a path matches: a pattern without `/` by its last part, another one as a whole, `**`
    standing for any number of folders."""
    if "/" not in pattern.rstrip("/"):
        return re.fullmatch(_expression(pattern.rstrip("/")), path.name) is not None
    return re.fullmatch(_expression(pattern.strip("/")), path.as_posix()) is not None


def _expression(pattern: str) -> str:
    """A glob as a regular expression; a set that is none stands for its own letters."""
    made, at = "", 0
    while at < len(pattern):
        rest = pattern[at:]
        if rest.startswith("**/"):
            made, at = made + "(?:.*/)?", at + 3
        elif rest.startswith("**"):
            made, at = made + ".*", at + 2
        elif found := re.match(r"\[(!?)(\]?[^\]]*)\]", rest):
            made, at = made + _set(found), at + len(found[0])
        else:
            made += {"*": "[^/]*", "?": "[^/]"}.get(rest[0]) or re.escape(rest[0])
            at += 1
    return made


def _set(found: re.Match[str]) -> str:
    inner = found[2].replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^")
    made = f"[{'^' if found[1] else ''}{inner}]"
    try:
        re.compile(made)
    except re.error:
        return re.escape(found[0])
    return made


def find(sources: Iterable[str], choice: Choice) -> dict[str, LocalFile]:
    """The files that `sources` (files, folders, patterns) stand for, by their path in the store, in
    its order.

    Raises UsageError for what is not there or cannot be listed, when nothing is found, and when two
    files would have one path.
    """
    found: dict[str, LocalFile] = {}
    for source in sources:
        for file in _of(source, choice):
            other = found.setdefault(file.key, file)
            if other.path != file.path and not _same(other.path, file.path):
                raise UsageError(
                    f"{other.path} and {file.path} would both be {file.key} in the store",
                    "name a folder that holds both",
                )
    if not found:
        raise UsageError("there are no files to upload", "--hidden takes hidden files as well")
    return dict(sorted(found.items()))


def _same(first: Path, second: Path) -> bool:
    return first.resolve() == second.resolve()


def _of(source: str, choice: Choice) -> Iterator[LocalFile]:
    if not source:
        # `Path("")` is the folder one stands in: an unset variable would send all of it.
        raise UsageError("PATH is empty", "the folder one stands in is .")
    path = Path(source).expanduser()
    if os.path.lexists(path):
        yield from _named(path, _base(path), choice)
        return
    if not WILD.search(source):
        raise UsageError(f"there is no file or folder {source}")
    # `Path.glob` has no way to leave hidden files out.
    names = glob.glob(str(path), recursive=True, include_hidden=choice.hidden)  # noqa: PTH207
    if not names:
        raise UsageError(f"nothing matches {source}")
    for name in names:
        yield from _matched(Path(name), _fixed(path), choice)


def _matched(path: Path, fixed: Path, choice: Choice) -> Iterator[LocalFile]:
    """A file or folder that a pattern matched below its `fixed` part. That it is hidden, the
    pattern said itself."""
    inside = path.relative_to(fixed)
    base = fixed if fixed.is_absolute() else Path()
    said = Choice(choice.include, choice.exclude, True)
    folder = path.is_dir()
    way = [*inside.parents][:-1] + ([inside] if folder else [])
    if not all(said.enters(step) and not (fixed / step).is_symlink() for step in way):
        return
    if folder:
        for below in _walk(fixed, inside, choice):
            yield LocalFile(fixed / below, _key(fixed / below, base))
    elif path.is_file() and said.takes(inside):
        yield LocalFile(path, _key(path, base))


def _fixed(pattern: Path) -> Path:
    """The folder that a pattern begins with, up to its first wild part."""
    kept: list[str] = []
    for part in pattern.parts:
        if WILD.search(part):
            break
        kept.append(part)
    return Path(*kept)


def _base(path: Path) -> Path:
    """What a path in the store leaves out of a path that was named."""
    return path.parent if path.is_absolute() else Path()


def _named(path: Path, base: Path, choice: Choice) -> Iterator[LocalFile]:
    """A file or folder, whatever its own name."""
    if not path.is_dir():
        if not path.is_file():
            raise UsageError(f"{path} is not a file", "only files and folders can be uploaded")
        yield LocalFile(path, _key(path, base))
        return
    for inside in _walk(path, PurePath(), choice):
        yield LocalFile(path / inside, _key(path / inside, base))


def _walk(folder: Path, inside: PurePath, choice: Choice) -> Iterator[PurePath]:
    """Files below a folder; links to folders are not followed."""
    try:
        entries = sorted(os.scandir(folder / inside), key=lambda entry: entry.name)
    except OSError as error:
        # A folder that is passed over would look as if its files were gone.
        raise UsageError(f"cannot list {folder / inside}: {error.strerror or error}") from None
    for entry in entries:
        below = inside / entry.name
        if entry.is_dir(follow_symlinks=False):
            if choice.enters(below):
                yield from _walk(folder, below, choice)
        elif entry.is_file() and choice.takes(below):
            yield below


def _key(path: Path, base: Path) -> str:
    inside = path.relative_to(base) if base != Path() else path
    parts = os.path.normpath(inside).replace(os.sep, "/").split("/")
    return "/".join(part for part in parts if part not in ("..", ""))
