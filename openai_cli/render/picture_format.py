"""What kind of picture some bytes are, and how large it is, by their first bytes."""

from __future__ import annotations

import re
import struct

SUFFIXES = {"png": ".png", "jpeg": ".jpg", "webp": ".webp", "gif": ".gif", "svg": ".svg"}
"""How files of each format are called."""
HEAD = 1 << 16
"""How many bytes from the start are enough."""
_SVG = re.compile(rb"<svg[\s>]")
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))


def form(content: bytes) -> str:
    """`png`, `jpeg`, `webp`, `gif` or `svg`; empty for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    return "svg" if _is_svg(content[:HEAD]) else ""


def _is_svg(head: bytes) -> bool:
    """Whether it is markup with an `svg` element, in front of which a declaration and comments may
    stand."""
    begins = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return begins and b"\0" not in head and bool(_SVG.search(head))


def size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None where the start does not tell."""
    measure = {"png": _png, "jpeg": _jpeg, "gif": _gif, "webp": _webp}.get(form(content))
    try:
        return measure(content) if measure else None
    except (struct.error, IndexError):
        return None


def _png(content: bytes) -> tuple[int, int] | None:
    """The size stands in the header, which has to come first."""
    if content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _gif(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", content, 6)
    return width, height


def _jpeg(content: bytes) -> tuple[int, int] | None:
    """The size stands in the frame header, behind any number of other segments."""
    at = 2
    while content[at] == 0xFF:
        marker, length = content[at + 1], struct.unpack_from(">H", content, at + 2)[0]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        at += 2 + length
    return None


def _webp(content: bytes) -> tuple[int, int] | None:
    """Three kinds of WebP: extended, lossless and lossy."""
    match content[12:16]:
        case b"VP8X":
            width, height = (int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
            return width + 1, height + 1
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", content, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", content, 26)
            return width & 0x3FFF, height & 0x3FFF
    return None
