"""Pictures that decode: plain to look at, of any size, in every format the API offers.

A scene is horizontal bands that fade from one colour to another. Rows repeat, so that a large
picture costs little; the formats are written here with nothing but the standard library.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from ..catalog.record import Record
from . import gif, jpeg

Color = tuple[int, int, int]
MOST_PIXELS, LONGEST_SIDE = 8_300_000, 16_383
"""Larger pictures are made smaller; enough for 3840x2160, and all that WebP can be."""
MEDIA_TYPES = {name: f"image/{name}" for name in ("png", "webp", "jpeg", "gif")}
MEDIA_TYPES["svg"] = "image/svg+xml"


class Scene(Record):
    """`bands` of colour from `top` to `bottom`. Where it is `clear`, the outer quarters to the
    left and to the right are transparent, in the formats that can say so."""

    width: int = 16
    height: int = 16
    top: Color = (16, 163, 127)
    bottom: Color = (16, 163, 127)
    bands: int = 1
    clear: bool = False

    def rows(self) -> Iterator[tuple[Color, int]]:
        """Each band's colour, and how many rows of pixels it has."""
        number = max(1, min(self.bands, self.height))
        for band in range(number):
            first, after = (self.height * place // number for place in (band, band + 1))
            yield mixed(self.top, self.bottom, band / max(number - 1, 1)), after - first


def mixed(one: Color, other: Color, share: float) -> Color:
    """A colour on the way from one to another."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def scene(seed: int, size: str, *, bands: int = 32, clear: bool = False) -> Scene:
    """A scene whose colours follow from 32 bits; `size` is like `1024x1536`, anything else means
    1024x1024."""
    width, height = _fitting(*_measured(size))
    top = (seed & 255, seed >> 8 & 255, seed >> 16 & 255)
    bottom = (255 - top[0], top[2], seed >> 24 & 255)
    return Scene(width, height, top, bottom, bands, clear)


def _measured(size: str) -> tuple[int, int]:
    width, _, height = size.partition("x")
    if width.isdigit() and height.isdigit() and int(width) and int(height):
        return int(width), int(height)
    return 1024, 1024


def _fitting(width: int, height: int) -> tuple[int, int]:
    width, height = min(width, LONGEST_SIDE), min(height, LONGEST_SIDE)
    factor = min(1.0, (MOST_PIXELS / (width * height)) ** 0.5)
    return max(1, int(width * factor)), max(1, int(height * factor))


def encoded(form: str, scene: Scene, *, frames: int = 9, pause_ms: int = 200) -> bytes:
    """The scene in a format; `frames` and `pause_ms` are for GIF, which moves."""
    match form:
        case "svg":
            return _svg(scene)
        case "webp":
            return webp(scene)
        case "gif":
            shades = [mixed(scene.top, scene.bottom, n / frames) for n in range(frames)]
            return gif.animation(scene.width, scene.height, shades, pause_ms)
        case "jpeg":
            return jpeg.picture(scene.width, scene.height, list(scene.rows()))
    return png(scene)


def png(scene: Scene = Scene()) -> bytes:  # noqa: B008 - a Scene does not change
    """PNG (ISO/IEC 15948): 8 bits a channel, with alpha where the scene is clear."""
    kind = 6 if scene.clear else 2
    packer = zlib.compressobj(1)
    data = b"".join(
        packer.compress((b"\0" + _row(scene, color)) * count) for color, count in scene.rows()
    )
    head = struct.pack(">IIBBBBB", scene.width, scene.height, 8, kind, 0, 0, 0)
    body = (_chunk(b"IHDR", head), _chunk(b"IDAT", data + packer.flush()), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def _row(scene: Scene, color: Color) -> bytes:
    if not scene.clear:
        return bytes(color) * scene.width
    margin = scene.width // 4
    inside = bytes((*color, 255)) * (scene.width - 2 * margin)
    return bytes(4 * margin) + inside + bytes(4 * margin)


def _chunk(kind: bytes, data: bytes) -> bytes:
    size, check = struct.pack(">I", len(data)), struct.pack(">I", zlib.crc32(kind + data))
    return size + kind + data + check


def webp(scene: Scene) -> bytes:
    """Lossless WebP of one colour: every prefix code has a single symbol, so that pixels take no
    bits at all."""
    red, green, blue = mixed(scene.top, scene.bottom, 0.5)
    bits = _Bits()
    bits.put(scene.width - 1, 14)
    bits.put(scene.height - 1, 14)
    bits.put(int(scene.clear), 1)
    bits.put(0, 3 + 3)  # version; no transform, no colour cache, no second level of codes
    for symbol in (green, red, blue, 0 if scene.clear else 255):
        bits.put(0b101, 3)
        bits.put(symbol, 8)
    bits.put(0b0001, 4)
    data = b"\x2f" + bits.bytes()
    data += b"\0" * (len(data) % 2)
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


class _Bits:
    """Bits in the order of VP8L and GIF: the least significant first."""

    def __init__(self) -> None:
        self._value = self._size = 0

    def put(self, value: int, size: int) -> None:
        self._value |= value << self._size
        self._size += size

    def bytes(self) -> bytes:
        return self._value.to_bytes((self._size + 7) // 8, "little")


def _svg(scene: Scene) -> bytes:
    red, green, blue = mixed(scene.top, scene.bottom, 0.5)
    size = f'width="{scene.width}" height="{scene.height}"'
    rect = f'<rect {size} fill="#{red:02x}{green:02x}{blue:02x}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{rect}</svg>'.encode()
