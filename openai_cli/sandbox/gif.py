"""Animated GIFs of one colour a frame."""

from __future__ import annotations

import struct

_SIZE = 4  # bits of a colour's number: a table of 16 colours
_CLEAR, _END, _FREE = 16, 17, 18


def animation(width: int, height: int, colors: list[tuple[int, int, int]], pause_ms: int) -> bytes:
    """GIF89a that repeats for ever, a frame for each of up to 16 colours."""
    colors = colors[: 1 << _SIZE]
    table = b"".join(map(bytes, colors)).ljust(3 << _SIZE, b"\0")
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF0 | _SIZE - 1, 0, 0) + table
    endless = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    frames = (_frame(width, height, n, pause_ms // 10) for n in range(len(colors)))
    return head + endless + b"".join(frames) + b";"


def _frame(width: int, height: int, color: int, pause: int) -> bytes:
    control = b"\x21\xf9\x04\x04" + struct.pack("<H", pause) + b"\0\0"
    place = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0)
    data = _run(color, width * height)
    blocks = (data[at : at + 255] for at in range(0, len(data), 255))
    return control + place + bytes([_SIZE]) + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0"


def _run(color: int, pixels: int) -> bytes:
    """One colour over and over, in LZW: each code stands for a run one pixel longer than the last.

    The table holds 4096 codes, which is enough for eight million pixels.
    """
    value = size = 0

    def put(code: int, free: int) -> None:
        nonlocal value, size
        value |= code << size
        size += max(free.bit_length(), _SIZE + 1)

    put(_CLEAR, _FREE)
    put(color, _FREE)
    left, length, free = pixels - 1, 2, _FREE
    while left >= length:
        put(free, free)
        left, length, free = left - length, length + 1, free + 1
    if left:
        put(color if left == 1 else _FREE + left - 2, free)
        free += 1
    put(_END, free)
    return value.to_bytes((size + 7) // 8, "little")
