"""Pictures as letters: two pixels a cell in colour, or shades where there are no colours."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from .picture_pixels import Pixels

UPPER, LOWER = "▀", "▄"
DENSITIES = " ░▒▓█"
_STEPS = (0, 95, 135, 175, 215, 255)
"""The values of a channel in the terminal's colour cube, 16 to 231; 232 to 255 are gray."""

Color = tuple[int, int, int]
Pixel = Color | None


def blocks(picture: Pixels, *, deep: bool) -> str:
    """Half blocks: the upper pixel is the letter's colour, the lower one its background. `deep`
    colours are 24 bits, others the nearest of 256."""
    code = _deep if deep else _indexed
    lines = []
    for upper, lower in _pairs(picture):
        drawn = [_cell(*pair, code) for pair in zip(upper, lower, strict=True)]
        lines.append(_joined(drawn) + "\n")
    return "".join(lines)


def shades(picture: Pixels) -> str:
    """Letters from empty to full, by how bright each pair of pixels is."""
    lines = []
    for upper, lower in _pairs(picture):
        letters = (_density(*pair) for pair in zip(upper, lower, strict=True))
        lines.append("".join(letters).rstrip() + "\n")
    return "".join(lines)


def _pairs(picture: Pixels) -> list[tuple[list[Pixel], list[Pixel]]]:
    rows = [_row(picture, number) for number in range(picture.height)]
    if len(rows) % 2:
        rows.append([None] * picture.width)
    return list(zip(rows[0::2], rows[1::2], strict=True))


def _row(picture: Pixels, number: int) -> list[Pixel]:
    red, green, blue, mask = picture.rows[number]
    colors = zip(red, green, blue, strict=True)
    return [color if seen else None for color, seen in zip(colors, mask, strict=True)]


def _cell(upper: Pixel, lower: Pixel, code: Callable[[Color], str]) -> tuple[str, str]:
    """The style of a cell and its letter."""
    if upper is None:
        return ("", " ") if lower is None else (f"38;{code(lower)}", LOWER)
    if lower is None:
        return f"38;{code(upper)}", UPPER
    return f"38;{code(upper)};48;{code(lower)}", UPPER


def _joined(cells: list[tuple[str, str]]) -> str:
    """A line in which a style is said only where it changes."""
    text, known = "", ""
    for style, letter in cells:
        if style != known:
            # A background that the last cell had would stay.
            text += f"\x1b[0;{style}m" if style else "\x1b[0m"
            known = style
        text += letter
    return text + ("\x1b[0m" if known else "")


def _deep(color: Color) -> str:
    return "2;{};{};{}".format(*color)


@lru_cache(maxsize=1 << 14)
def _indexed(color: Color) -> str:
    """The nearest of the cube's colours and the grays."""
    cube = tuple(min(range(6), key=lambda n: abs(_STEPS[n] - value)) for value in color)
    gray = min(23, max(0, round((sum(color) / 3 - 8) / 10)))
    near_cube = _distance(color, tuple(_STEPS[n] for n in cube))
    near_gray = _distance(color, (8 + 10 * gray,) * 3)
    if near_gray < near_cube:
        return f"5;{232 + gray}"
    return f"5;{16 + 36 * cube[0] + 6 * cube[1] + cube[2]}"


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _density(upper: Pixel, lower: Pixel) -> str:
    bright = (_brightness(upper) + _brightness(lower)) / 2
    return DENSITIES[min(len(DENSITIES) - 1, int(bright * len(DENSITIES) / 256))]


def _brightness(pixel: Pixel) -> float:
    if pixel is None:
        return 0.0
    return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
