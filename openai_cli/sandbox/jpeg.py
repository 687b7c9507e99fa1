"""JPEGs of horizontal bands: blocks of one colour each, so that only their mean is coded."""

from __future__ import annotations

import struct

Color = tuple[int, int, int]
Bands = list[tuple[Color, int]]

_BLOCK = 8
_DC_CODE = 4  # bits of a size's code: 12 sizes, in order
_MEAN = 8  # an even block's first coefficient is eight times its value


def picture(width: int, height: int, bands: Bands) -> bytes:
    """Baseline JPEG (ITU-T T.81), not subsampled. `bands` are colours with their heights in
    pixels; a row of blocks has the colour of its first line."""
    across = (width + _BLOCK - 1) // _BLOCK
    rows: dict[Color, bytes] = {}
    scan = b""
    for number, color in enumerate(_lines(height, bands)):
        if color not in rows:
            rows[color] = _row(color, across)
        scan += (b"\xff" + bytes([0xD0 + (number - 1) % 8]) if number else b"") + rows[color]
    return _head(width, height, across) + scan + b"\xff\xd9"


def _lines(height: int, bands: Bands) -> list[Color]:
    """The colour of each row of blocks."""
    lines = [color for color, count in bands for _ in range(count)]
    return lines[0:height:_BLOCK]


def _head(width: int, height: int, across: int) -> bytes:
    """Everything before the scan: one table of ones, and codes as simple as they can be."""
    components = b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))
    sizes = bytes([0] * (_DC_CODE - 1) + [12] + [0] * (16 - _DC_CODE))
    only_end = bytes([1] + [0] * 15)
    return b"".join(
        [
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\x01\x01\0" + struct.pack(">HHBB", 1, 1, 0, 0)),
            _segment(0xDB, b"\0" + bytes([1] * 64)),
            _segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + components),
            _segment(0xC4, b"\x00" + sizes + bytes(range(12))),
            _segment(0xC4, b"\x10" + only_end + b"\0"),
            _segment(0xDD, struct.pack(">H", across)),
            _segment(0xDA, b"\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00"),
        ]
    )


def _segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def _row(color: Color, across: int) -> bytes:
    """A row of equal blocks: the first says the colour, the others that nothing changes."""
    first = "".join(_changed(_MEAN * (value - 128)) for value in _luma(color))
    same = _changed(0) * 3
    text = first + same * (across - 1)
    text += "1" * (-len(text) % 8)
    data = int(text, 2).to_bytes(len(text) // 8, "big")
    return data.replace(b"\xff", b"\xff\0")


def _changed(by: int) -> str:
    """The bits for a block whose mean differs by that much, and that has no other detail."""
    size = abs(by).bit_length()
    bits = format(by if by > 0 else by + (1 << size) - 1, f"0{size}b") if size else ""
    return format(size, f"0{_DC_CODE}b") + bits + "0"


def _luma(color: Color) -> Color:
    """Y, Cb and Cr, as JFIF has them."""
    red, green, blue = color
    bright = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(bright), round(128 + (blue - bright) / 1.772), round(128 + (red - bright) / 1.402)
