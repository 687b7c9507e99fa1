"""Recordings become blocks of 16-bit samples: WAV by ourselves, MP3, FLAC, Ogg and Opus through
libsndfile, AAC and the rest through ffmpeg."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from ...catalog.record import Record
from ...core.errors import UsageError
from . import ffmpeg, library, wav
from .hush import hushed
from .pcm import WIDTH
from .wav import Readable

FRAMES = 4096
RAW = (".pcm", ".raw", ".s16", ".s16le")


class Closable(Protocol):
    """What has to be closed."""

    def close(self) -> None:
        """Let it go."""


class Sound(Record):
    """A sound to be read once: `blocks` hold whole frames; `frames` is None where nobody knows.
    `behind` is what it is read from."""

    rate: int
    channels: int
    frames: int | None
    blocks: Iterator[bytes]
    behind: tuple[Closable, ...] = ()

    def close(self) -> None:
        """Let go what it is read from."""
        for one in self.behind:
            one.close()


def of_file(path: Path) -> Sound:
    """The sound of a file. Raises UsageError, and OaiError for one that only ffmpeg can read."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    if not stream.seekable():
        found = of_stream(stream, path.name)
        found.behind = (*found.behind, stream)
        return found
    try:
        reader = wav.Reader(stream)
    except wav.NotPlain:
        stream.close()
        if not path.stat().st_size:
            raise UsageError(f"{path} is empty") from None
        return by_library(path) or _by_ffmpeg(path, path.name)
    return _plain(reader, (stream,))


def of_stream(stream: Readable, what: str) -> Sound:
    """The sound of a pipe, as it comes where that can be done. Raises as `of_file`."""
    again = _Again(stream)
    try:
        return _plain(wav.Reader(again.first), ())
    except wav.NotPlain:
        pass
    if ffmpeg.found():
        return _by_ffmpeg(again, what)
    return _by_way_of_disk(again, what)


def of_samples(stream: Readable, rate: int, channels: int) -> Sound:
    """A stream that holds nothing but samples."""

    def blocks() -> Iterator[bytes]:
        frame = channels * WIDTH
        while data := wav.read_exactly(stream, FRAMES * frame):
            if whole := data[: len(data) // frame * frame]:
                yield whole

    return Sound(rate, channels, None, blocks())


def _plain(reader: wav.Reader, behind: tuple[Closable, ...]) -> Sound:
    frames = None if reader.size is None else reader.size // (reader.channels * WIDTH)
    return Sound(reader.rate, reader.channels, frames, reader.blocks(FRAMES), behind)


def by_library(source: Path | Any) -> Sound | None:
    """The sound of a file, or of a seekable stream, through libsndfile; None for what it does not
    know."""
    try:
        import soundfile
    except (ImportError, OSError):
        return None
    try:
        with hushed():
            file = library.forward()(str(source) if isinstance(source, Path) else source)
    except (soundfile.LibsndfileError, RuntimeError, TypeError):
        return None

    # The MP3 decoder alone complains of frames that it can do with. Others are not hushed: what
    # other threads tell meanwhile would be lost.
    quiet = hushed if file.format == "MP3" else nullcontext
    blocks = iter(lambda: _read(file, quiet()), b"")
    return Sound(file.samplerate, file.channels, file.frames, blocks, (file,))


def _read(file: Any, quiet: AbstractContextManager[None]) -> bytes:
    """The next samples."""
    room = bytearray(FRAMES * file.channels * WIDTH)
    with quiet:
        frames: int = file.buffer_read_into(room, dtype="int16")
    return bytes(room[: frames * file.channels * WIDTH])


def _by_ffmpeg(source: Path | Readable, what: str) -> Sound:
    decoder = ffmpeg.Decoder(source, what)
    reader = decoder.reader
    return Sound(reader.rate, reader.channels, None, reader.blocks(FRAMES), (decoder,))


def _by_way_of_disk(stream: _Again, what: str) -> Sound:
    """libsndfile has to look around in a file; a pipe becomes one first."""
    kept = tempfile.TemporaryFile()  # noqa: SIM115
    while data := stream.read(1 << 16):
        kept.write(data)
    kept.seek(0)
    found = by_library(kept)
    if found is None:
        kept.close()
        raise UsageError(
            f"{what} holds no sound that libsndfile knows", "ffmpeg, where installed, knows more"
        )
    found.behind = (*found.behind, kept)
    return found


class _Again:
    """A stream that can be read a second time from its beginning: `first` reads and remembers."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._seen = bytearray()
        self.first = _First(stream, self._seen)

    def read(self, count: int) -> bytes:
        if self._seen:
            data = bytes(self._seen[:count])
            del self._seen[:count]
            return data
        return self._stream.read(count)


class _First:
    def __init__(self, stream: Readable, seen: bytearray) -> None:
        self._stream = stream
        self._seen = seen

    def read(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(self._seen) < 1 << 20:
            self._seen += data
        return data


class Chunks:
    """Chunks that arrive, as a stream to read from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, count: int) -> bytes:
        """What is there, up to so many bytes; empty at the end."""
        while not self._rest:
            data = next(self._chunks, None)
            if data is None:
                return b""
            self._rest = data
        data, self._rest = self._rest[:count], self._rest[count:]
        return data
