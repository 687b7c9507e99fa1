"""One at a time: a lock between processes, held on a file beside the one that is changed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import OaiError, UsageError

PATIENCE = 10.0


@contextmanager
def locked(path: Path, patience: float = PATIENCE, busy: str = "") -> Iterator[None]:
    """Hold the lock of `path` (the hidden file `.NAME.lock` in its folder) during the block.

    Raises OaiError (with the words `busy`, if given) when somebody else has held it for `patience`
    seconds, UsageError when the folder cannot be written to.
    """
    beside = path.with_name(f".{path.name}.lock")
    try:
        held = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    try:
        _wait(held, busy or f"another oai is changing {path}", patience)
        yield
    finally:
        os.close(held)


def _wait(held: int, busy: str, patience: float) -> None:
    give_up = time.monotonic() + patience
    while not taken(held):
        if time.monotonic() >= give_up:
            raise OaiError(busy, "try again in a moment")
        time.sleep(0.02)


def taken(held: int) -> bool:
    """Whether the lock is ours now; closing the file lets it go."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(held, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
