"""16-bit samples become a file in one of the API's formats."""

from __future__ import annotations

import tempfile
from typing import Any, Protocol

from ...core.errors import OaiError
from . import ffmpeg, library, wav
from .wav import Writable

EXTENSIONS = {
    ".wav": "wav",
    ".mp3": "mp3",
    ".opus": "opus",
    ".ogg": "opus",
    ".aac": "aac",
    ".flac": "flac",
    ".pcm": "pcm",
    ".raw": "pcm",
}
"""What a file's name says of its format."""
_LIBRARY = {
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "flac": ("FLAC", "PCM_16"),
    "opus": ("OGG", "OPUS"),
}


class Encoder(Protocol):
    """Takes samples, writes a format."""

    def write(self, pcm: bytes) -> None:
        """More samples: whole frames. Raises OSError."""

    def close(self) -> None:
        """Finish the file; its stream stays open. Raises OSError."""


def encoder(form: str, stream: Writable, rate: int) -> Encoder:
    """What writes mono sound as wav, pcm, mp3, flac, opus or aac to a stream.

    Raises OaiError for a format that nothing here can write.
    """
    if form == "pcm":
        return _Raw(stream)
    if form == "wav":
        return _Wav(stream, rate)
    if form in _LIBRARY:
        return _Library(stream, rate, form)
    if form == "aac":
        return ffmpeg.Encoder(stream, rate, "adts")
    raise OaiError(f"sound cannot be written as {form!r} here")


class _Raw:
    def __init__(self, stream: Writable) -> None:
        self._stream = stream

    def write(self, pcm: bytes) -> None:
        self._stream.write(pcm)
        self._stream.flush()

    def close(self) -> None:
        pass


class _Wav:
    def __init__(self, stream: Writable, rate: int) -> None:
        self._stream = stream
        self._writer = wav.Writer(stream, rate)

    def write(self, pcm: bytes) -> None:
        self._writer.write(pcm)
        self._stream.flush()

    def close(self) -> None:
        pass


class _Library:
    """libsndfile goes back to the beginning of what it wrote: for a pipe it writes to disk."""

    def __init__(self, stream: Writable, rate: int, form: str) -> None:
        self._stream = stream
        self._kept: Any = None
        if not stream.seekable():
            self._kept = tempfile.TemporaryFile()  # noqa: SIM115
        container, coding = _LIBRARY[form]
        self._file = library.forward()(
            self._kept or stream,
            "w",
            samplerate=rate,
            channels=1,
            format=container,
            subtype=coding,
        )

    def write(self, pcm: bytes) -> None:
        self._file.buffer_write(pcm, "int16")

    def close(self) -> None:
        self._file.close()
        if self._kept is not None:
            self._kept.seek(0)
            while data := self._kept.read(1 << 16):
                self._stream.write(data)
            self._kept.close()
