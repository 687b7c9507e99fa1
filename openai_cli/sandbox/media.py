"""Small valid files: a sound, an image, a video container, an archive."""

from __future__ import annotations

import math
import struct
import zlib

_RATE = 24000


def pcm(seconds: float = 0.25) -> bytes:
    """A quiet tone as 16-bit samples, one channel, 24 kHz."""
    number = int(_RATE * seconds)
    wave = (int(6000 * math.sin(2 * math.pi * 440 * n / _RATE)) for n in range(number))
    return struct.pack(f"<{number}h", *wave)


def wav(seconds: float = 0.25) -> bytes:
    """The tone as a WAV file."""
    data = pcm(seconds)
    form = struct.pack("<HHIIHH", 1, 1, _RATE, _RATE * 2, 2, 16)
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data))
    return b"RIFF" + struct.pack("<I", len(chunks) + len(data)) + chunks + data


def mp3(frames: int = 10) -> bytes:
    """Silence as MPEG-1 layer III: 64 kbit/s, 44.1 kHz, mono."""
    return (b"\xff\xfb\x50\xc4" + bytes(204)) * frames


def speech(form: str) -> tuple[bytes, str]:
    """Speech in one of the formats the API offers, and its media type."""
    match form:
        case "wav":
            return wav(), "audio/wav"
        case "pcm":
            return pcm(), "audio/pcm"
        case "opus":
            return b"OggS\x00\x02" + bytes(58), "audio/opus"
        case "aac":
            return (b"\xff\xf1\x50\x40\x01\x7f\xfc" + bytes(4)) * 4, "audio/aac"
        case "flac":
            return b"fLaC\x80\x00\x00\x22" + bytes(34), "audio/flac"
    return mp3(), "audio/mpeg"


def png(width: int = 16, height: int = 16, color: tuple[int, int, int] = (16, 163, 127)) -> bytes:
    """A plain coloured image."""
    rows = (b"\x00" + bytes(color) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    size, check = struct.pack(">I", len(data)), struct.pack(">I", zlib.crc32(kind + data))
    return size + kind + data + check


def mp4() -> bytes:
    """The opening box of a video, and nothing to see."""
    return struct.pack(">I", 24) + b"ftypisom" + struct.pack(">I", 512) + b"isommp42"


def archive() -> bytes:
    """An empty zip file."""
    return b"PK\x05\x06" + bytes(18)


def sample(collection: str) -> tuple[bytes, str]:
    """What the content of a member of a collection looks like when nobody uploaded any."""
    if collection.startswith("videos"):
        return mp4(), "video/mp4"
    if collection.startswith("skills"):
        return archive(), "application/zip"
    if collection.startswith("live"):
        return wav(), "audio/wav"
    return f"Content of a member of {collection} in the sandbox.\n".encode(), "text/plain"
