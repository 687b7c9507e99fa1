"""A download on disk while it grows: `FILE.partial`, which becomes `FILE` once it is whole.

Beside it, hidden, stands what it is a part of, so that a later command can go on with it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import OaiError
from .fetch import Mark
from .lock import taken
from .save import partial_name, whole_file

FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class Partial:
    """What is there of a download from `source`: `at` bytes, of the content that `mark` names."""

    def __init__(self, stream: BinaryIO, path: Path, source: str) -> None:
        self.path = path
        self._stream = stream
        self._source = source
        self._notes = path.with_name(f".{path.name}.json")
        self.at = stream.seek(0, os.SEEK_END)
        self.mark = self._known() if self.at else None
        if self.mark is None and self.at:
            self.restart()

    def write(self, data: bytes) -> None:
        """The next bytes. Raises OSError."""
        left = memoryview(data)
        while left:
            # The last write to a full disk, or at a file's limit, takes only a part.
            left = left[self._stream.write(left) :]

    def restart(self) -> None:
        """Drop what is there."""
        self._stream.seek(0)
        self._stream.truncate()
        self.at = 0

    def note(self, mark: Mark | None) -> None:
        """What it is a part of, noted before its bytes are. Without a mark it cannot be gone on
        with."""
        self.mark = mark
        if mark is None:
            self._notes.unlink(missing_ok=True)
            return
        text = json.dumps({"source": self._source, **vars(mark)})
        with suppress(OaiError), whole_file(self._notes) as stream:
            stream.write(text.encode())

    def _known(self) -> Mark | None:
        try:
            notes = json.loads(self._notes.read_bytes())
            source, total = notes.pop("source"), notes["total"]
            mark = Mark(str(notes["etag"]), str(notes["modified"]), total)
            fits = total is None or (isinstance(total, int) and self.at <= total)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return mark if fits and source == self._source else None

    def finish(self, target: Path) -> None:
        """It is whole: give it its name. Raises OSError."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        if target.exists():
            self.path.chmod(target.stat().st_mode & 0o777)
        self.path.replace(target)
        self._notes.unlink(missing_ok=True)

    def leave(self) -> bool:
        """It is not whole: keep what came, and tell whether anything did. With a `mark` it can be
        gone on with."""
        kept = self.path.stat().st_size > 0
        if not kept:
            self.path.unlink(missing_ok=True)
            self._notes.unlink(missing_ok=True)
        return kept


@contextmanager
def growing(path: Path, source: str) -> Iterator[Partial | None]:
    """The partial download of `path`, ours alone during the block; None where there can be none
    (another process writes it, the folder is read-only, `path` is no regular file)."""
    beside = partial_name(path.resolve())
    stream = _opened(beside) if not path.exists() or path.is_file() else None
    if stream is None:
        yield None
        return
    with stream:
        yield Partial(stream, beside, source)


def _opened(path: Path) -> BinaryIO | None:
    try:
        handle = os.open(path, FLAGS, 0o666)
    except OSError:
        return None
    # Whoever had it may have given it its final name meanwhile.
    if taken(handle) and path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
        return os.fdopen(handle, "r+b", buffering=0)
    os.close(handle)
    return None
