"""Videos that decode: MP4 (ISO/IEC 14496-14) with a PNG for each frame."""

from __future__ import annotations

import struct

_SCALE = 1000
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_PNG = 0x6D  # the object type of PNG, registered at mp4ra.org


def mp4(width: int, height: int, frames: list[bytes]) -> bytes:
    """A film of PNG pictures of one size, a second each."""
    start = _box(b"ftyp", b"isom", struct.pack(">I", 512), b"isommp42")
    sizes = [len(frame) for frame in frames]
    # The index stands first, so that a player can begin before all of it has come.
    long = len(_movie(width, height, sizes, 0))
    index = _movie(width, height, sizes, len(start) + long + 8)
    return start + index + _box(b"mdat", *frames)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def _full(kind: bytes, flags: int, *parts: bytes) -> bytes:
    return _box(kind, struct.pack(">I", flags), *parts)


def _movie(width: int, height: int, sizes: list[int], place: int) -> bytes:
    long = len(sizes) * _SCALE
    head = struct.pack(">IIII", 0, 0, _SCALE, long) + struct.pack(">IHH8x", 0x10000, 0x100, 0)
    about = _full(b"mvhd", 0, head, _MATRIX, bytes(24), struct.pack(">I", 2))
    track = struct.pack(">IIIII8x", 0, 0, 1, 0, long) + bytes(8) + _MATRIX
    tkhd = _full(b"tkhd", 3, track, struct.pack(">II", width << 16, height << 16))
    mdhd = _full(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, _SCALE, long, 0x55C4, 0))
    hdlr = _full(b"hdlr", 0, struct.pack(">I4s12x", 0, b"vide"), b"Video\0")
    source = _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1)))
    table = _table(width, height, sizes, place)
    minf = _box(b"minf", _full(b"vmhd", 1, bytes(8)), source, table)
    return _box(b"moov", about, _box(b"trak", tkhd, _box(b"mdia", mdhd, hdlr, minf)))


def _table(width: int, height: int, sizes: list[int], place: int) -> bytes:
    number = len(sizes)
    entry = bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HH", width, height)
    entry += struct.pack(">IIIH", 0x480000, 0x480000, 0, 1) + bytes(32) + struct.pack(">Hh", 24, -1)
    described = _full(b"stsd", 0, struct.pack(">I", 1), _box(b"mp4v", entry, _esds()))
    return _box(
        b"stbl",
        described,
        _full(b"stts", 0, struct.pack(">III", 1, number, _SCALE)),
        _full(b"stsc", 0, struct.pack(">IIII", 1, 1, number, 1)),
        _full(b"stsz", 0, struct.pack(f">II{number}I", 0, number, *sizes)),
        _full(b"stco", 0, struct.pack(">II", 1, place)),
    )


def _esds() -> bytes:
    config = bytes([_PNG, 0x11]) + bytes(11)
    decoder = bytes([4, len(config)]) + config
    sync = bytes([6, 1, 2])
    stream = struct.pack(">HB", 1, 0) + decoder + sync
    return _full(b"esds", 0, bytes([3, len(stream)]), stream)
