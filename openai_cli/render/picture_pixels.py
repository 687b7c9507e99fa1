"""Pictures as pixels, made small enough for a terminal.

Pillow decodes where it is installed. Without it PNG is decoded here, since that is what the API
makes unless it is asked for something else.
"""

from __future__ import annotations

from ..catalog.record import Record
from ..core.errors import OaiError
from . import picture_format

SEEN = 128
"""How opaque a pixel has to be to be drawn: a terminal's background cannot be mixed in."""
MOST = 100_000_000
"""Pixels of a picture that is worth decoding."""


class CannotDraw(OaiError):
    """The picture, or this machine, does not allow it to be drawn."""


class Pixels(Record):
    """Rows of `width` pixels, each of three planes of `width` bytes, and a mask: 255 where there
    is a pixel, 0 where the background is to be seen."""

    width: int
    height: int
    rows: list[tuple[bytes, bytes, bytes, bytes]]

    def interleaved(self) -> bytes:
        """The same as four bytes a pixel: red, green, blue, opacity."""
        data = bytearray(4 * self.width * self.height)
        for number, row in enumerate(self.rows):
            start, end = 4 * self.width * number, 4 * self.width * (number + 1)
            for place, plane in enumerate(row):
                data[start + place : end : 4] = plane
        return bytes(data)


def pixels(content: bytes, width: int, height: int) -> Pixels:
    """The picture (its first frame), made smaller to fit into so many pixels, but never larger.

    Raises CannotDraw for a damaged picture, or one that needs a library which is not there.
    """
    name, found = checked(content)
    if found[0] * found[1] > MOST:
        raise CannotDraw(f"{found[0]}x{found[1]} pixels are too many to draw")
    target = fitting(*found, width, height)
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        return _without_pillow(content, name, target)
    return _with_pillow(content, name, target)


def checked(content: bytes) -> tuple[str, tuple[int, int]]:
    """The format and the size of a picture that terminals can show. Raises CannotDraw."""
    name = picture_format.form(content)
    if name == "svg":
        raise CannotDraw("an SVG cannot be drawn in a terminal", "open the file in a browser")
    if not name:
        raise CannotDraw("this is no picture that can be drawn")
    found = picture_format.size(content)
    if not found or not all(found):
        raise CannotDraw(f"the {name.upper()} is damaged")
    return name, found


def fitting(width: int, height: int, most_wide: int, most_high: int) -> tuple[int, int]:
    """The largest size of the same shape that fits, not larger than the picture itself."""
    factor = min(1.0, most_wide / width, most_high / height)
    return max(1, round(width * factor)), max(1, round(height * factor))


def _without_pillow(content: bytes, name: str, target: tuple[int, int]) -> Pixels:
    from .picture_png import Unusual, decode

    advice = "pip install 'oai-cli[pictures]' (Pillow) draws every format"
    if name != "png":
        raise CannotDraw(f"a {name.upper()} cannot be drawn without Pillow", advice)
    try:
        return Pixels(*target, decode(content, *target))
    except Unusual as error:
        raise CannotDraw(f"{error} cannot be drawn without Pillow", advice) from None
    except ValueError as error:
        raise CannotDraw(f"the PNG is damaged: {error}") from None


def _with_pillow(content: bytes, name: str, target: tuple[int, int]) -> Pixels:
    import io
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content)) as opened:
                opened.draft("RGB", target)
                image = opened.convert("RGBA").resize(target, Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise CannotDraw(f"the {name.upper()} is damaged: {error}") from None
    data, wide = image.tobytes(), target[0] * 4
    lines = (data[at : at + wide] for at in range(0, len(data), wide))
    return Pixels(*target, [_planes(line) for line in lines])


_MASK = bytes(SEEN) + b"\xff" * (256 - SEEN)


def _planes(line: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    return line[0::4], line[1::4], line[2::4], line[3::4].translate(_MASK)
