"""Draws a picture on the terminal, in the best way that the environment says it has."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from . import picture_ways
from .picture_pixels import CannotDraw, checked, fitting, pixels
from .picture_ways import Space

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.console import Console

__all__ = ["CannotDraw", "draw"]

PIECE = 4096
"""Letters of base64 that kitty takes at once."""
SHARPEST = 1024
"""Pixels that a side has at most where they are drawn one by one."""


def draw(console: Console, content: bytes) -> None:
    """Write the picture, or the first frame of one that moves, to stdout, which has to be a
    terminal; the cursor is left at the start of a line. Raises CannotDraw."""
    room = picture_ways.space(console)
    way = picture_ways.way(console)
    if way == picture_ways.KITTY:
        text = _kitty(console.env, content, room)
    elif way == picture_ways.ITERM:
        text = _iterm(console.env, content, room)
    elif way == picture_ways.SIXEL:
        text = _sixel(content, room)
    else:
        text = _letters(console.env, content, room, way)
    console.end_line()
    console.write(text, trusted=True)


def _kitty(env: Mapping[str, str], content: bytes, room: Space) -> str:
    """The kitty graphics protocol: PNG goes as it is, anything else as pixels. `q=2` because an
    answer of the terminal would be taken for typing."""
    name, size = checked(content)
    if name == "png":
        data, facts = content, "f=100" + _in_cells(size, room)
    else:
        import zlib

        found = pixels(content, *room.pixels)
        data = zlib.compress(found.interleaved())
        facts = f"f=32,o=z,s={found.width},v={found.height}"
    letters = base64.b64encode(data).decode()
    pieces = [letters[at : at + PIECE] for at in range(0, len(letters), PIECE)]
    text = ""
    for number, piece in enumerate(pieces, 1):
        head = f"a=T,{facts}," if number == 1 else ""
        more = int(number < len(pieces))
        text += picture_ways.passed_on(env, f"\x1b_G{head}q=2,m={more};{piece}\x1b\\")
    return text + "\n"


def _in_cells(size: tuple[int, int], room: Space) -> str:
    """The size to draw in, for a picture larger than the terminal: one side, the other follows."""
    width, height = room.pixels
    if fitting(*size, width, height) == size:
        return ""
    wide = size[0] * height >= size[1] * width
    return f",c={room.columns}" if wide else f",r={room.rows}"


def _iterm(env: Mapping[str, str], content: bytes, room: Space) -> str:
    """iTerm2's inline images: the file as it is."""
    _, size = checked(content)
    facts = ["inline=1", f"size={len(content)}"]
    if fitting(*size, *room.pixels) != size:
        facts += [f"width={room.columns}", f"height={room.rows}", "preserveAspectRatio=1"]
    letters = base64.b64encode(content).decode()
    sequence = f"\x1b]1337;File={';'.join(facts)}:{letters}\x07"
    return picture_ways.passed_on(env, sequence) + "\n"


def _sixel(content: bytes, room: Space) -> str:
    from .picture_sixel import sixel

    width, height = room.pixels
    return sixel(pixels(content, min(width, SHARPEST), min(height, SHARPEST))) + "\n"


def _letters(env: Mapping[str, str], content: bytes, room: Space, way: str) -> str:
    from . import picture_letters

    found = pixels(content, room.columns, room.rows * 2)
    if way == picture_ways.SHADES:
        return picture_letters.shades(found)
    return picture_letters.blocks(found, deep=picture_ways.deep(env))
