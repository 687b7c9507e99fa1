"""WAV files with 16-bit samples, written and read as they flow.

A file's header is put right again after every block, so that a recording is whole at every moment,
also after a kill. Where nothing can be put right (a pipe), the header names the largest size there
is, which readers take for "to the end".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Protocol

from .pcm import WIDTH

HEADER = 44
LARGEST = 0xFFFFFFFF
_PCM, _EXTENSIBLE = 1, 0xFFFE


def header(rate: int, channels: int = 1, size: int | None = None) -> bytes:
    """The 44 bytes before `size` bytes of samples; None says that nobody knows how many."""
    data = LARGEST if size is None else min(size, LARGEST)
    form = struct.pack(
        "<HHIIHH", _PCM, channels, rate, rate * channels * WIDTH, channels * WIDTH, WIDTH * 8
    )
    whole = min(data + HEADER - 8, LARGEST)
    return struct.pack("<4sI8sI16s4sI", b"RIFF", whole, b"WAVEfmt ", 16, form, b"data", data)


class Readable(Protocol):
    """What can be read piece by piece; `read` may give less than it is asked for."""

    def read(self, count: int, /) -> bytes:
        """The next bytes; none at the end."""


class Writable(Protocol):
    """What can be written to, and perhaps gone back in."""

    def write(self, data: Any, /) -> int | None:
        """How much of it was written."""

    def flush(self) -> object:
        """Let nothing wait."""

    def seekable(self) -> bool:
        """Whether `seek` works."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go there."""

    def tell(self) -> int:
        """The place now."""


class Writer:
    """Writes blocks to a stream. A file has to be open for binary writing, unbuffered if it is to
    be right after a kill."""

    def __init__(self, stream: Writable, rate: int, channels: int = 1) -> None:
        self._stream = stream
        self._rate = rate
        self._channels = channels
        self._mends = stream.seekable()
        self._start = stream.tell() if self._mends else 0
        self.size = 0
        stream.write(header(rate, channels, 0 if self._mends else None))

    def write(self, pcm: bytes) -> None:
        """Another block. Raises OSError."""
        _write_all(self._stream, pcm)
        self.size += len(pcm)
        if self._mends:
            self._mend()

    def _mend(self) -> None:
        self._stream.seek(self._start)
        self._stream.write(header(self._rate, self._channels, self.size))
        self._stream.seek(0, 2)

    @property
    def seconds(self) -> float:
        """How long the sound is by now."""
        return self.size / (self._rate * self._channels * WIDTH)


def _write_all(stream: Writable, data: bytes) -> None:
    """An unbuffered file may take less than it is given."""
    view = memoryview(data)
    while view:
        view = view[stream.write(view) or 0 :]


class NotPlain(ValueError):
    """No WAV with 16-bit samples: another kind of WAV, or something else."""


class Reader:
    """Reads the sound of a WAV stream that need not be seekable.

    `rate`, `channels`, and `size`: the bytes of samples, None where the header does not know.
    Raises NotPlain.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        head = read_exactly(stream, 12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            raise NotPlain("no WAV")
        self.rate, self.channels = 0, 0
        self.size = self._walk()

    def _walk(self) -> int | None:
        while len(head := read_exactly(self._stream, 8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"data":
                if not self.rate:
                    raise NotPlain("samples before their format")
                # ffmpeg and oai write the largest size into a pipe, others none at all.
                return None if size in (0, LARGEST) or size >= LARGEST - 256 else size
            if name == b"fmt ":
                self._format(read_exactly(self._stream, min(size + size % 2, 1 << 16)))
            else:
                self._skip(size + size % 2)
        raise NotPlain("no samples")

    def _skip(self, count: int) -> None:
        while count > 0 and (data := self._stream.read(min(count, 1 << 16))):
            count -= len(data)

    def _format(self, body: bytes) -> None:
        if len(body) < 16:
            raise NotPlain("a broken format")
        tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
        if tag == _EXTENSIBLE and len(body) >= 26:
            tag = struct.unpack("<H", body[24:26])[0]
        if tag != _PCM or bits != WIDTH * 8 or not rate or not channels:
            raise NotPlain(f"samples of kind {tag}, {bits} bits")
        self.rate, self.channels = rate, channels

    def blocks(self, frames: int = 4096) -> Iterator[bytes]:
        """The samples, so many frames at a time; a last frame that is cut short is left out."""
        frame = WIDTH * self.channels
        left = self.size
        while left is None or left > 0:
            wanted = frames * frame if left is None else min(frames * frame, left)
            data = read_exactly(self._stream, wanted)
            if whole := data[: len(data) // frame * frame]:
                yield whole
            if len(data) < wanted:
                return
            left = None if left is None else left - wanted


def read_exactly(stream: Readable, count: int) -> bytes:
    """So many bytes, fewer only at the end: a pipe gives what it has."""
    parts = []
    while count > 0 and (data := stream.read(count)):
        parts.append(data)
        count -= len(data)
    return b"".join(parts)
