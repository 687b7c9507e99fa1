"""Sixel: bands of six rows, drawn colour by colour over each other."""

from __future__ import annotations

import re

from .picture_pixels import Pixels

LEVELS = 6
"""Steps of each channel: 216 colours, which every terminal with sixel has room for."""
NOTHING = 255
"""Stands for a pixel that is left as it is."""
_BAYER = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
_RUN = re.compile(r"(.)\1{3,}")


def sixel(picture: Pixels) -> str:
    """The picture as one control sequence. Colours are spread over neighbours, so that gradients
    stay smooth; what is transparent shows what is below."""
    head = f'\x1bP0;1;0q"1;1;{picture.width};{picture.height}'
    colors = "".join(_color(number) for number in range(LEVELS**3))
    rows = [_row(picture, number) for number in range(picture.height)]
    bands = [_band(rows[at : at + 6]) for at in range(0, len(rows), 6)]
    return f"{head}{colors}{'-'.join(bands)}\x1b\\"


def _color(number: int) -> str:
    """A colour's definition, in percent."""
    steps = (number // LEVELS**2, number // LEVELS % LEVELS, number % LEVELS)
    red, green, blue = (step * 100 // (LEVELS - 1) for step in steps)
    return f"#{number};2;{red};{green};{blue}"


def _tables(weight: int) -> tuple[tuple[bytes, ...], ...]:
    """For each place of a square of four by four pixels: a channel's 256 values as a step of the
    palette, times `weight`."""
    return tuple(tuple(_steps(weight, limit) for limit in line) for line in _BAYER)


def _steps(weight: int, limit: int) -> bytes:
    share = (LEVELS - 1) / 255
    return bytes(weight * int(value * share + (limit + 0.5) / 16) for value in range(256))


_WEIGHTS = (LEVELS**2, LEVELS, 1)
_TABLES = tuple(map(_tables, _WEIGHTS))


def _row(picture: Pixels, number: int) -> bytes:
    """The palette's numbers of a row."""
    *planes, mask = picture.rows[number]
    total = 0
    for plane, tables in zip(planes, _TABLES, strict=True):
        steps = bytearray(picture.width)
        for place, table in enumerate(tables[number % 4]):
            steps[place::4] = plane[place::4].translate(table)
        total += int.from_bytes(steps, "little")
    seen = int.from_bytes(mask, "little")
    every = int.from_bytes(bytes([NOTHING]) * picture.width, "little")
    return ((total & seen) | (every ^ seen)).to_bytes(picture.width, "little")


def _band(rows: list[bytes]) -> str:
    """Six rows: for each colour in them, which of six pixels of every column have it."""
    width = len(rows[0])
    planes: dict[int, bytearray] = {}
    for number, row in enumerate(rows):
        bit = 1 << number
        for place, color in enumerate(row):
            if color != NOTHING:
                if color not in planes:
                    planes[color] = bytearray(b"?" * width)
                planes[color][place] += bit
    lines = (f"#{color}{_packed(plane)}" for color, plane in sorted(planes.items()))
    return "$".join(lines)


def _packed(plane: bytearray) -> str:
    """Runs of four and more in short."""
    text = plane.decode("ascii").rstrip("?")
    return _RUN.sub(lambda run: f"!{len(run[0])}{run[1]}", text)
