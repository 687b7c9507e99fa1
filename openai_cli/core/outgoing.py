"""A piece of a file on its way out: read in large steps, watched, never longer than announced."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO, Protocol

from .errors import OaiError

if TYPE_CHECKING:
    from .request import FileValue

READ = 1 << 20


class Watch(Protocol):
    """Somebody who follows a file being sent, and stops the sending by raising."""

    def begin(self) -> None:
        """It is sent from its first byte; what was seen of an earlier try does not count."""

    def saw(self, data: bytes) -> None:
        """These bytes are next."""


class Piece:
    """`length` bytes of an open file from `offset` on, as something that can be sent.

    Without `fileno`, so that nobody takes the file's size for its own. Raises OaiError when the
    file ends before the piece does.
    """

    def __init__(
        self, stream: BinaryIO, name: str, offset: int, length: int, watch: Watch | None = None
    ) -> None:
        self._stream = stream
        self._name = name
        self._offset = offset
        self._length = length
        self._at = 0
        self._watch = watch

    def read(self, count: int = -1) -> bytes:
        """The next bytes, more of them than asked for; none at the end."""
        if not count or self._at >= self._length:
            return b""
        data = self._stream.read(min(READ, self._length - self._at))
        if not data:
            raise OaiError(
                f"{self._name} became shorter while it was sent", "nothing else may write to it"
            )
        self._at += len(data)
        if self._watch:
            self._watch.saw(data)
        return data

    def seek(self, to: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place inside the piece; the start means that it is sent (again)."""
        self._at = to + (self._length if whence == os.SEEK_END else 0)
        self._stream.seek(self._offset + self._at)
        if self._watch and self._at == 0 and whence == os.SEEK_SET:
            self._watch.begin()
        return self._at

    def tell(self) -> int:
        """The place inside the piece."""
        return self._at

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def open_piece(file: FileValue) -> Piece:
    """The piece of a file that a value names: all of it where it names no length."""
    if isinstance(file.source, bytes):
        stream: BinaryIO = io.BytesIO(file.source)
        size = len(file.source)
    else:
        # Every read is a large one: a buffer would only copy it.
        stream = open(file.source, "rb", buffering=0)  # noqa: PTH123, SIM115
        size = os.fstat(stream.fileno()).st_size
    length = size - file.offset if file.length is None else file.length
    return Piece(stream, file.filename, file.offset, max(length, 0), file.watch)
