"""Small valid files: a sound, an image, a video container, an archive."""

from __future__ import annotations

import base64
import math
import struct
import zlib

_RATE = 24000
# One pixel each.
_WEBP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
_GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_JPEG = (
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsO"
    "CwkJDRENDg8QEBEQCgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k="
)


def pcm(seconds: float = 0.25) -> bytes:
    """A quiet tone as 16-bit samples, one channel, 24 kHz."""
    # 480 Hz: one wave is exactly 50 samples, so that long sounds cost nothing to make.
    wave = [int(6000 * math.sin(2 * math.pi * n / 50)) for n in range(50)]
    return struct.pack("<50h", *wave) * max(1, int(_RATE * seconds) // 50)


def wav(seconds: float = 0.25) -> bytes:
    """The tone as a WAV file."""
    data = pcm(seconds)
    form = struct.pack("<HHIIHH", 1, 1, _RATE, _RATE * 2, 2, 16)
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data))
    return b"RIFF" + struct.pack("<I", len(chunks) + len(data)) + chunks + data


def mp3(seconds: float = 0.25) -> bytes:
    """Silence as MPEG-1 layer III: 64 kbit/s, 44.1 kHz, mono."""
    frames = max(2, int(seconds * 44100 / 1152))
    return (b"\xff\xfb\x50\xc4" + bytes(204)) * frames


def speech(form: str, letters: int) -> tuple[bytes, str]:
    """Speech of a text that long in one of the formats the API offers, and its media type."""
    seconds = min(max(0.06 * letters, 0.25), 60.0)
    match form:
        case "wav":
            return wav(seconds), "audio/wav"
        case "pcm":
            return pcm(seconds), "audio/pcm"
        case "opus":
            return b"OggS\x00\x02" + bytes(58), "audio/opus"
        case "aac":
            return (b"\xff\xf1\x50\x40\x01\x7f\xfc" + bytes(4)) * 4, "audio/aac"
        case "flac":
            return b"fLaC\x80\x00\x00\x22" + bytes(34), "audio/flac"
    return mp3(seconds), "audio/mpeg"


def image(form: str, color: tuple[int, int, int]) -> bytes:
    """An image; only PNG and SVG have the colour, the others are the least their format allows."""
    match form:
        case "svg":
            red, green, blue = color
            fill = f"#{red:02x}{green:02x}{blue:02x}"
            size = 'width="16" height="16"'
            rect = f'<rect {size} fill="{fill}"/>'
            return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{rect}</svg>'.encode()
        case "webp":
            return base64.b64decode(_WEBP)
        case "gif":
            return base64.b64decode(_GIF)
        case "jpeg":
            return base64.b64decode(_JPEG)
    return png(color=color)


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
