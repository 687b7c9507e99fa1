"""Files that appear whole or not at all: written beside their place, synced, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import OaiError, UsageError

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def check_target(path: Path) -> None:
    """Raise UsageError when a file cannot be made there."""
    folder = path if path.is_dir() else path.resolve().parent
    if not folder.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {folder}")
    if not os.access(folder, os.W_OK) and not (path.exists() and os.access(path, os.W_OK)):
        raise UsageError(f"cannot write {path}: permission denied")


def take_name(names: Iterable[Path]) -> Path:
    """The first of these names that nobody has, taken at once by an empty file. Raises
    UsageError."""
    path = Path()
    for path in names:
        try:
            path.open("xb").close()
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None
        return path
    raise UsageError(f"cannot write {path}: that name and those before it are taken")


def partial_name(path: Path) -> Path:
    """Where `whole_file` keeps what came when its block failed."""
    return path.with_name(path.name + ".partial")


@contextmanager
def whole_file(
    path: Path, *, keep_partial: bool = False, private: bool = False
) -> Iterator[BinaryIO]:
    """A stream whose content becomes `path` when the block ends well, and leaves no trace if not;
    with `keep_partial`, what came by then is kept as `partial_name(path)`. A `private` file can be
    read by its owner alone, from its first moment on.

    Something that is no regular file (`/dev/null`, a named pipe) is written to as it is. Raises
    UsageError when the file cannot be made, OaiError when the disk is full.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "name a file to write to")
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{os.urandom(4).hex()}.part")
    try:
        stream = os.fdopen(os.open(beside, NEW, 0o600 if private else 0o666), "wb")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists() and not private:
            beside.chmod(target.stat().st_mode & 0o777)
        beside.replace(target)
    except BaseException as error:
        if keep_partial and beside.stat().st_size:
            beside.replace(partial_name(target))
        if isinstance(error, OSError):
            raise OaiError(f"cannot write {path}: {error.strerror or error}") from error
        raise
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
