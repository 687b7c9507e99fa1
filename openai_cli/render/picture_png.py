"""PNG (ISO/IEC 15948) decoded with the standard library, made smaller on the way.

Rows are bytes, and arithmetic on a whole row at a time is done on one large integer: a loop over a
million pixels would take seconds. Only the two filters that look at their own result need one.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise

from ..catalog.record import Record

Row = tuple[bytes, bytes, bytes, bytes]
"""Red, green, blue, and a mask: 255 where a pixel is to be seen."""
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
SEEN = bytes(128) + b"\xff" * 128
PACKED = 1 << 16


class Unusual(Exception):
    """A PNG of a kind that is left to a library; the text says which."""


class Png(Record):
    """The parts of a file; `depth` and `kind` (of colour) as in its header."""

    width: int
    height: int
    depth: int
    kind: int
    data: bytes
    palette: bytes = b""
    alpha: bytes = b""


def decode(content: bytes, width: int, height: int) -> list[Row]:
    """Rows of that size. Raises Unusual, and ValueError for damaged data."""
    png = _read(content)
    rows = (_planes(png, line) for line in _lines(png))
    return list(_smaller(rows, (png.width, png.height), (width, height)))


def _read(content: bytes) -> Png:
    found: dict[bytes, bytes] = {}
    pieces = []
    at = 8
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + size]
        if kind == b"IDAT":
            pieces.append(body)
        found.setdefault(kind, body)
        at += size + 12
    if len(found.get(b"IHDR", b"")) != 13:
        raise ValueError("it has no header")
    width, height, depth, kind_, _, _, interlaced = struct.unpack(">IIBBBBB", found[b"IHDR"])
    if interlaced:
        raise Unusual("an interlaced PNG")
    if depth not in (8, 16) or kind_ not in CHANNELS:
        raise Unusual(f"a PNG of {depth} bits")
    joined, palette = b"".join(pieces), found.get(b"PLTE", b"")
    return Png(width, height, depth, kind_, joined, palette, found.get(b"tRNS", b""))


# -- lines ----------------------------------------------------------------------------------------


def _lines(png: Png) -> Iterator[bytes]:
    """The lines with their filters undone."""
    step = CHANNELS[png.kind] * png.depth // 8
    wide = step * png.width
    undo = _Filters(step, wide)
    above = bytes(wide)
    for kind, line in _filtered(png, wide):
        above = undo.line(kind, line, above)
        yield above


def _filtered(png: Png, wide: int) -> Iterator[tuple[int, bytes]]:
    unpack = zlib.decompressobj()
    rest, buffer = png.data, b""
    for _ in range(png.height):
        while len(buffer) <= wide:
            try:
                more = unpack.decompress(rest, PACKED)
            except zlib.error as error:
                raise ValueError(str(error)) from None
            rest = unpack.unconsumed_tail
            if not more:
                raise ValueError("it ends too early")
            buffer += more
        yield buffer[0], buffer[1 : wide + 1]
        buffer = buffer[wide + 1 :]


class _Filters:
    """Undoes the five filters (clause 9 of the standard). `step` is the bytes of a pixel, `wide`
    those of a line."""

    def __init__(self, step: int, wide: int) -> None:
        self._step = step
        self._wide = wide
        self._low = int.from_bytes(b"\x7f" * wide, "little")
        self._high = int.from_bytes(b"\x80" * wide, "little")
        self._all = self._low | self._high

    def line(self, kind: int, line: bytes, above: bytes) -> bytes:
        """The line itself. Raises ValueError."""
        match kind:
            case 0:
                return line
            case 1:
                return self._sub(line)
            case 2:
                total = self._sum(_number(line), _number(above))
                return total.to_bytes(self._wide, "little")
            case 3:
                return self._average(line, above)
            case 4:
                return self._paeth(line, above)
        raise ValueError(f"it has a filter {kind}")

    def _sum(self, one: int, other: int) -> int:
        """Byte by byte, without carries from one byte into the next."""
        return ((one & self._low) + (other & self._low)) ^ ((one ^ other) & self._high)

    def _sub(self, line: bytes) -> bytes:
        """Every byte plus all those before it in its channel: sums of ever longer runs."""
        total, shift = _number(line), self._step * 8
        while shift < self._wide * 8:
            total = self._sum(total, (total << shift) & self._all)
            shift *= 2
        return total.to_bytes(self._wide, "little")

    def _average(self, line: bytes, above: bytes) -> bytes:
        done = bytearray(self._step) + line
        for at, up in enumerate(above):
            done[at + self._step] = (done[at + self._step] + (done[at] + up >> 1)) & 255
        return bytes(done[self._step :])

    def _paeth(self, line: bytes, above: bytes) -> bytes:
        step = self._step
        done = bytearray(step) + line
        for at, (up, corner) in enumerate(zip(above, bytes(step) + above, strict=False)):
            left = done[at]
            by_left, by_up = abs(up - corner), abs(left - corner)
            by_corner = abs(left + up - 2 * corner)
            if by_left <= by_up and by_left <= by_corner:
                near = left
            else:
                near = up if by_up <= by_corner else corner
            done[at + step] = (done[at + step] + near) & 255
        return bytes(done[step:])


def _number(line: bytes) -> int:
    return int.from_bytes(line, "little")


# -- pixels ---------------------------------------------------------------------------------------


def _planes(png: Png, line: bytes) -> Row:
    """A line as planes of 8 bits; hidden pixels are black, so that sums leave them out."""
    if png.depth == 16:
        line = line[0::2]
    opaque = b"\xff" * png.width
    match png.kind:
        case 3:
            return _colored(png, line)
        case 0 | 4:
            gray, alpha = (line, opaque) if png.kind == 0 else (line[0::2], line[1::2])
            return _masked(gray, gray, gray, alpha)
        case 2:
            return line[0::3], line[1::3], line[2::3], opaque
    return _masked(line[0::4], line[1::4], line[2::4], line[3::4])


def _colored(png: Png, line: bytes) -> Row:
    palette = png.palette.ljust(768, b"\0")
    alpha = png.alpha.ljust(256, b"\xff")
    red, green, blue = (line.translate(palette[channel:768:3]) for channel in range(3))
    return _masked(red, green, blue, line.translate(alpha[:256]))


def _masked(red: bytes, green: bytes, blue: bytes, alpha: bytes) -> Row:
    mask = alpha.translate(SEEN)
    if mask.count(255) == len(mask):
        return red, green, blue, mask
    kept, size = _number(mask), len(mask)
    red, green, blue = (
        (_number(plane) & kept).to_bytes(size, "little") for plane in (red, green, blue)
    )
    return red, green, blue, mask


# -- size -----------------------------------------------------------------------------------------


def _smaller(rows: Iterable[Row], size: tuple[int, int], target: tuple[int, int]) -> Iterator[Row]:
    """The mean of each rectangle of pixels that becomes one; of few, any will do."""
    edges = [place * size[0] // target[0] for place in range(target[0] + 1)]
    ends = [(place + 1) * size[1] // target[1] for place in range(target[1])]
    pick = size[0] < 2 * target[0]
    waiting = iter(ends)
    end = next(waiting)
    sums: list[list[int]] = []
    for number, row in enumerate(rows, 1):
        if pick:
            if number == end:
                yield _picked(row, edges)
        else:
            parts = [_sums(plane, edges) for plane in row]
            sums = parts if not sums else [_added(*pair) for pair in zip(sums, parts, strict=True)]
            if number == end:
                yield _mean(sums, edges, ends, number)
                sums = []
        if number == end:
            end = next(waiting, 0)


def _picked(row: Row, edges: list[int]) -> Row:
    red, green, blue, mask = (bytes(plane[at] for at in edges[:-1]) for plane in row)
    return red, green, blue, mask


def _sums(plane: bytes, edges: list[int]) -> list[int]:
    return [sum(plane[a:b]) for a, b in pairwise(edges)]


def _added(one: list[int], other: list[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]


def _mean(sums: list[list[int]], edges: list[int], ends: list[int], number: int) -> Row:
    """Colours are the mean of what is seen; a pixel is seen where half of it is."""
    before = ends[ends.index(number) - 1] if number != ends[0] else 0
    seen = sums[3]
    red, green, blue = (
        bytes(min(255, total * 255 // (part or 1)) for total, part in zip(plane, seen, strict=True))
        for plane in sums[:3]
    )
    areas = ((b - a) * (number - before) for a, b in pairwise(edges))
    mask = bytes(
        255 if part * 2 >= area * 255 else 0 for part, area in zip(seen, areas, strict=True)
    )
    return red, green, blue, mask
