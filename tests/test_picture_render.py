"""`--show`: what is sent to the terminal is decoded again and compared with the picture."""

from __future__ import annotations

import base64
import io
import random
import re
import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyte
import pytest
from PIL import Image

from openai_cli.core.console import Console
from openai_cli.render import picture_format, picture_pixels, picture_png, picture_ways
from openai_cli.sandbox import pictures

from .support.cli import oai, oai_terminal
from .support.server import Server, reply, sse
from .test_images import answer, event, partial
from .test_terminal import QUERIES

GENERATE = ("images", "generate", "a cat", "-o", "cat.png")
COLORS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (120, 60, 200)]
KITTY = {"KITTY_WINDOW_ID": "1"}
DEEP = {"COLORTERM": "truecolor"}


def stripes(width: int = 6, height: int = 4, kind: str = "PNG", *, clear: bool = False) -> bytes:
    """A picture of upright stripes in COLORS; with `clear` its upper half is transparent."""
    image = Image.new("RGBA", (width, height))
    for x in range(width):
        for y in range(height):
            hidden = clear and y < height // 2
            image.putpixel((x, y), (*COLORS[x * 6 // width], 0 if hidden else 255))
    made = io.BytesIO()
    image.save(made, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return made.getvalue()


PLAIN = stripes()
OTHERS = {kind: stripes(kind=kind) for kind in ("WEBP", "GIF")}


@dataclass
class Seen:
    """What a terminal got: every letter, and the screen that came of it."""

    raw: str
    said: str
    screen: pyte.Screen

    @property
    def lines(self) -> list[str]:
        """The screen's lines."""
        return [line.rstrip() for line in self.screen.display]


def shown(
    server: Server,
    folder: Path,
    content: bytes,
    env: dict[str, str],
    *,
    columns: int = 80,
    rows: int = 40,
    args: tuple[str, ...] = GENERATE,
) -> Seen:
    """What a terminal gets when that picture is made."""
    server.answer(reply(answer(content)))
    size = {"TERM": "xterm", "COLUMNS": str(columns), "LINES": str(rows)}
    everywhere = (True, True, True)
    done = oai(
        *args, "--show", server=server, cwd=folder, env={**size, **env}, terminals=everywhere
    ).ok()
    assert not QUERIES.search(done.stdout)
    assert (folder / "cat.png").read_bytes() == content
    screen = pyte.Screen(columns, rows)
    screen.set_mode(pyte.modes.LNM)
    pyte.Stream(screen).feed(done.stdout)
    return Seen(done.stdout, done.stderr, screen)


@pytest.fixture(autouse=True)
def usual_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal that tests are run in has no say."""
    monkeypatch.setattr(picture_ways, "_cell", lambda: picture_ways.USUAL_CELL)


# -- protocols ------------------------------------------------------------------------------------


def kitty_images(raw: str) -> list[tuple[dict[str, str], bytes]]:
    """The pictures that a kitty would show: their keys and what was transmitted."""
    found: list[tuple[dict[str, str], bytes]] = []
    letters = ""
    for head, body in re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", raw):
        keys = dict(pair.split("=") for pair in head.split(","))
        assert keys["q"] == "2", "nothing may be answered"
        assert len(body) <= 4096
        if not letters:
            first = keys
        letters += body
        if keys["m"] == "0":
            found.append((first, base64.b64decode(letters)))
            letters = ""
    assert not letters
    return found


@pytest.mark.parametrize(
    "env",
    [KITTY, {"TERM": "xterm-kitty"}, {"TERM_PROGRAM": "ghostty"}, {"KONSOLE_VERSION": "230800"}],
)
def test_kitty_gets_the_file(server: Server, tmp_path: Path, env: dict[str, str]) -> None:
    content = stripes(300, 200)
    content = content[:33] + noise(9000) + content[33:]
    [(keys, data)] = kitty_images(shown(server, tmp_path, content, env).raw)
    assert data == content
    assert (keys["a"], keys["f"]) == ("T", "100")
    assert "c" not in keys and "r" not in keys, "it fits as it is"


def noise(size: int) -> bytes:
    """A PNG chunk that nobody has to know, so that a file does not fit into one piece."""
    body = random.Random(1).randbytes(size)
    return struct.pack(">I", size) + b"noIs" + body + struct.pack(">I", zlib.crc32(b"noIs" + body))


@pytest.mark.parametrize(("size", "key"), [("4000x100", "c"), ("100x4000", "r")])
def test_kitty_makes_large_pictures_fit(
    server: Server, tmp_path: Path, size: str, key: str
) -> None:
    content = pictures.png(pictures.scene(1, size))
    screen = shown(server, tmp_path, content, KITTY, columns=60, rows=20)
    [(keys, _)] = kitty_images(screen.raw)
    assert {name: keys[name] for name in "cr" if name in keys} == {
        key: "60" if key == "c" else "18"
    }


def test_kitty_gets_pixels_of_other_formats(server: Server, tmp_path: Path) -> None:
    [(keys, data)] = kitty_images(shown(server, tmp_path, stripes(kind="WEBP"), KITTY).raw)
    assert (keys["f"], keys["o"], keys["s"], keys["v"]) == ("32", "z", "6", "4")
    pixels = Image.frombytes("RGBA", (6, 4), zlib.decompress(data))
    assert [pixels.getpixel((x, 3)) for x in range(6)] == [(*color, 255) for color in COLORS]


def test_every_unfinished_picture_is_drawn(server: Server, tmp_path: Path) -> None:
    made = [stripes(6, 4), stripes(12, 4), stripes(18, 4)]
    events = [partial(made[0]), partial(made[1], 1), event("completed", made[2])]
    server.answer(sse(events, done=False))
    args = (*GENERATE, "--show", "--stream", "--partial-images", "2")
    screen = oai_terminal(*args, server=server, cwd=tmp_path, env=KITTY)
    assert [data for _, data in kitty_images(screen.raw)] == made
    assert screen.raw.endswith("cat.png\r\n")
    assert screen.raw.count("cat.png") == 1
    assert not QUERIES.search(screen.raw)


@pytest.mark.parametrize(
    "env", [{"TERM_PROGRAM": "iTerm.app"}, {"TERM_PROGRAM": "WezTerm"}, {"LC_TERMINAL": "iTerm2"}]
)
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "JPEG"])
def test_iterm_gets_the_file(
    server: Server, tmp_path: Path, env: dict[str, str], kind: str
) -> None:
    content = pictures.encoded(kind.lower(), pictures.scene(5, "2000x30"))
    raw = shown(server, tmp_path, content, env).raw
    [(facts, letters)] = re.findall(r"\x1b\]1337;File=([^:]*):([^\x07]*)\x07", raw)
    keys = dict(pair.split("=") for pair in facts.split(";"))
    assert base64.b64decode(letters) == content
    assert (keys["inline"], keys["size"], keys["width"]) == ("1", str(len(content)), "80")


def sixel_pixels(raw: str) -> list[list[tuple[int, int, int] | None]]:
    """What a terminal makes of a sixel sequence (DEC STD 070, chapter 9)."""
    [(wide, high, body)] = re.findall(r'\x1bP0;1;0q"1;1;(\d+);(\d+)(.*?)\x1b\\', raw, re.S)
    pixels: list[list[tuple[int, int, int] | None]] = [[None] * int(wide) for _ in range(int(high))]
    colors: dict[str, tuple[int, int, int]] = {}
    x = top = 0
    color = ""
    for token in re.findall(r"#\d+;2;\d+;\d+;\d+|#\d+|![0-9]+[?-~]|[$?-~]|-", body):
        if token == "-":
            x, top = 0, top + 6
        elif token == "$":
            x = 0
        elif token.startswith("#"):
            color, _, definition = token.partition(";2;")
            if definition:
                red, green, blue = (int(part) * 255 // 100 for part in definition.split(";"))
                colors[color] = (red, green, blue)
        else:
            times = int(token[1:-1]) if token[0] == "!" else 1
            bits = ord(token[-1]) - 63
            for bit in range(6):
                if bits >> bit & 1:
                    pixels[top + bit][x : x + times] = [colors[color]] * times
            x += times
    return pixels


@pytest.mark.parametrize("env", [{"TERM": "foot"}, {"OAI_PICTURES": "sixel", "TMUX": "/tmp/x"}])
def test_sixel_draws_every_pixel(server: Server, tmp_path: Path, env: dict[str, str]) -> None:
    pixels = sixel_pixels(shown(server, tmp_path, stripes(12, 16), env).raw)
    assert len(pixels) == 16
    for row in pixels:
        assert [row[x] for x in range(0, 10, 2)] == COLORS[:5]
    mixed = [row[x] for row in pixels for x in (10, 11)]
    means = [sum(pixel[n] for pixel in mixed if pixel) / len(mixed) for n in range(3)]
    assert all(abs(mean - want) < 15 for mean, want in zip(means, COLORS[5], strict=True)), means


def test_sixel_leaves_what_is_transparent(server: Server, tmp_path: Path) -> None:
    pixels = sixel_pixels(shown(server, tmp_path, stripes(clear=True), {"TERM": "foot"}).raw)
    assert pixels[0] == pixels[1] == [None] * 6
    assert pixels[2][:5] == COLORS[:5]


# -- letters --------------------------------------------------------------------------------------


def cells(seen: Seen) -> Any:
    """The terminal's cells."""
    return seen.screen.buffer


def test_half_blocks_in_16_million_colours(server: Server, tmp_path: Path) -> None:
    found = cells(shown(server, tmp_path, stripes(6, 5), DEEP))
    for x, color in enumerate(COLORS):
        wanted = bytes(color).hex()
        assert [(found[y][x].data, found[y][x].fg) for y in range(3)] == [("▀", wanted)] * 3
        assert [found[y][x].bg for y in range(3)] == [wanted, wanted, "default"]
    assert found[3][0].data == "c", "the path stands below"


def test_half_blocks_in_256_colours(server: Server, tmp_path: Path) -> None:
    screen = shown(server, tmp_path, stripes(), {"TERM": "xterm-256color"})
    assert "38;2;" not in screen.raw
    found = cells(screen)
    for x, color in enumerate(COLORS):
        got = bytes.fromhex(found[0][x].fg)
        assert all(abs(a - b) <= 40 for a, b in zip(got, color, strict=True)), (got, color)


def test_half_blocks_leave_what_is_transparent(server: Server, tmp_path: Path) -> None:
    found = cells(shown(server, tmp_path, stripes(6, 6, clear=True), DEEP))
    assert {(found[0][x].data, found[0][x].bg) for x in range(6)} == {(" ", "default")}
    assert {(found[1][x].data, found[1][x].bg) for x in range(6)} == {("▄", "default")}
    assert found[2][0].bg == "ff0000"


def test_a_picture_fits_into_the_terminal(server: Server, tmp_path: Path) -> None:
    content = pictures.png(pictures.scene(9, "1024x1536"))
    screen = shown(server, tmp_path, content, DEEP, columns=40, rows=12)
    lines = [line for line in screen.lines if "▀" in line]
    assert len(lines) == 10
    assert all(line.count("▀") == round(20 * 1024 / 1536) for line in lines)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"OAI_PICTURES": "shades"}])
def test_shades_where_there_are_no_colours(
    server: Server, tmp_path: Path, env: dict[str, str]
) -> None:
    screen = shown(server, tmp_path, stripes(), env)
    assert "\x1b" not in screen.raw
    assert screen.lines[0] == screen.lines[1]
    red, green, blue, white = screen.lines[0][:4]
    assert (red, green, blue, white) == ("░", "▒", " ", "█")


# -- choosing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "way"),
    [
        ({"TERM": "xterm"}, "blocks"),
        ({"TERM": "screen-256color", **KITTY}, "blocks"),
        ({"TERM": "xterm-256color", "STY": "1.x", "LC_TERMINAL": "iTerm2"}, "blocks"),
        ({"KONSOLE_VERSION": "210400", "TERM": "xterm"}, "blocks"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "mintty"}, "iterm2"),
        ({"TERM": "mlterm"}, "sixel"),
        ({"OAI_PICTURES": "BLOCKS", **KITTY}, "blocks"),
    ],
)
def test_the_environment_says_how(env: dict[str, str], way: str) -> None:
    console = Console(None, None, None, env, terminals=(True, True, True))
    assert picture_ways.way(console) == way


def test_tmux_passes_on_what_is_asked_for(server: Server, tmp_path: Path) -> None:
    env = {"TMUX": "/tmp/tmux-0/default,1,0", "OAI_PICTURES": "kitty"}
    raw = shown(server, tmp_path, stripes(), env).raw
    [inside] = re.findall(r"\x1bPtmux;(.*?)(?<!\x1b)\x1b\\", raw, re.S)
    [(_, data)] = kitty_images(inside.replace("\x1b\x1b", "\x1b"))
    assert data == stripes()


def test_an_unknown_way_is_warned_of(server: Server, tmp_path: Path) -> None:
    screen = shown(server, tmp_path, stripes(), {"OAI_PICTURES": "ansi"})
    assert "OAI_PICTURES wants one of kitty, iterm2, sixel, blocks, shades" in screen.said
    assert "▀" in screen.raw


def test_nothing_is_drawn_into_a_pipe(server: Server, tmp_path: Path) -> None:
    server.answer(reply(answer(stripes())))
    done = oai(*GENERATE, "--show", server=server, cwd=tmp_path, env=KITTY).ok()
    assert done.stdout == "cat.png\n"
    assert "warning: --show draws on a terminal" in done.stderr


# -- what cannot be drawn -------------------------------------------------------------------------


def header(width: int, height: int) -> bytes:
    """The start of a PNG."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pictures.encoded("svg", pictures.Scene()), "an SVG cannot be drawn in a terminal"),
        (b"nothing known", "this is no picture that can be drawn"),
        (b"\x89PNG\r\n\x1a\n", "the PNG is damaged"),
        (stripes(60, 40)[:-40], "the PNG is damaged"),
        (header(50_000, 50_000), "50000x50000 pixels are too many to draw"),
        (header(9, 9) + header(2**31, 2**31)[8:], "the PNG is damaged"),
        (header(9, 9).replace(b"IHDR", b"tEXt") + header(2**31, 9)[8:], "the PNG is damaged"),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0", "the JPEG is damaged"),
    ],
)
@pytest.mark.parametrize("env", [DEEP, {"TERM": "foot"}])
def test_what_cannot_be_drawn_is_saved_and_said(
    server: Server, tmp_path: Path, content: bytes, said: str, env: dict[str, str]
) -> None:
    assert f"{said}" in shown(server, tmp_path, content, env).said


@pytest.fixture
def no_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow is not installed."""
    monkeypatch.setitem(sys.modules, "PIL", None)


@pytest.mark.usefixtures("no_pillow")
def test_png_needs_no_library(server: Server, tmp_path: Path) -> None:
    found = cells(shown(server, tmp_path, PLAIN, DEEP))
    assert [found[0][x].fg for x in range(6)] == [bytes(color).hex() for color in COLORS]


@pytest.mark.usefixtures("no_pillow")
@pytest.mark.parametrize(("kind", "content"), OTHERS.items())
def test_other_formats_need_one(server: Server, tmp_path: Path, kind: str, content: bytes) -> None:
    said = shown(server, tmp_path, content, DEEP).said
    assert f"a {kind} cannot be drawn without Pillow" in said
    assert "pip install 'oai-cli[pictures]'" in said


@pytest.mark.usefixtures("no_pillow")
@pytest.mark.parametrize("cut", [20, 45, 60])
def test_a_damaged_png_without_a_library(server: Server, tmp_path: Path, cut: int) -> None:
    said = shown(server, tmp_path, PLAIN[:cut], DEEP).said
    assert "the PNG is damaged" in said


@pytest.mark.usefixtures("no_pillow")
def test_a_second_header_asks_for_no_memory(server: Server, tmp_path: Path) -> None:
    """Only the first one is judged by its size, so only that one may count."""
    huge = header(2**31 - 1, 2**31 - 1)[8:]
    said = shown(server, tmp_path, PLAIN[:33] + huge + PLAIN[33:], DEEP)
    assert cells(said)[0][0].fg == bytes(COLORS[0]).hex()


@pytest.mark.usefixtures("no_pillow")
def test_an_interlaced_png_needs_one_too(server: Server, tmp_path: Path) -> None:
    said = shown(server, tmp_path, PLAIN[:28] + b"\x01" + PLAIN[29:], DEEP).said
    assert "an interlaced PNG cannot be drawn without Pillow" in said


# -- decoding -------------------------------------------------------------------------------------


def filtered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """A line as a PNG encoder writes it, straight from the standard's formulas."""
    made = bytearray([kind])
    for at, value in enumerate(line):
        left = line[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        up = above[at]
        guess = left + up - corner
        near = min((abs(guess - one), number) for number, one in enumerate((left, up, corner)))[1]
        predicted = (0, left, up, (left + up) // 2, (left, up, corner)[near])[kind]
        made.append((value - predicted) % 256)
    return bytes(made)


def encoded_png(
    kind: int, depth: int, size: tuple[int, int], filters: int
) -> tuple[bytes, list[bytes]]:
    """A PNG of random bytes with one filter, and its lines."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    step = channels * depth // 8
    chance = random.Random(kind * 10 + filters)
    lines = [chance.randbytes(size[0] * step) for _ in range(size[1])]
    above = [bytes(size[0] * step), *lines]
    body = b"".join(filtered(filters, *pair, step) for pair in zip(lines, above, strict=False))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0))]
    if kind == 3:
        chunks += [(b"PLTE", bytes(range(256)) * 3), (b"tRNS", bytes([0, 255] * 128))]
    packed = zlib.compress(body)
    chunks += [(b"IDAT", packed[:50]), (b"IDAT", packed[50:]), (b"IEND", b"")]
    parts = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts), lines


@pytest.mark.parametrize("filters", range(5))
@pytest.mark.parametrize(
    ("kind", "depth"),
    [(0, 8), (0, 16), (2, 8), (2, 16), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)],
)
def test_png_is_decoded_as_the_standard_says(kind: int, depth: int, filters: int) -> None:
    content, lines = encoded_png(kind, depth, (37, 9), filters)
    rows = picture_png.decode(content, 37, 9)
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (37, 9)
    for line, (red, _, blue, mask) in zip(lines, rows, strict=True):
        values = line[0::2] if depth == 16 else line
        step = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
        palette = bytes(range(256)) * 3
        wanted = values if kind != 3 else bytes(palette[3 * value] for value in values)
        seen = [at for at, one in enumerate(mask) if one]
        assert [red[at] for at in seen] == [wanted[at * step] for at in seen]
        if kind in (2, 6):
            assert [blue[at] for at in seen] == [wanted[at * step + 2] for at in seen]
        alpha = values[step - 1 :: step] if kind in (4, 6) else None
        if kind == 3:
            alpha = bytes(255 * (value % 2) for value in values)
        assert mask == bytes(255 if one >= 128 else 0 for one in alpha or b"\xff" * 37)


@pytest.mark.parametrize("target", [(12, 9), (60, 45), (80, 60), (120, 90), (160, 120)])
def test_pictures_are_made_smaller_as_pillow_does(target: tuple[int, int]) -> None:
    base = Image.radial_gradient("L").resize((160, 120))
    image = Image.merge("RGB", (base, base.transpose(Image.Transpose.ROTATE_180), base))
    made = io.BytesIO()
    image.save(made, "PNG")
    ours = picture_png.decode(made.getvalue(), *target)
    theirs = picture_pixels.pixels(made.getvalue(), *target)
    assert (theirs.width, theirs.height) == target
    for mine, other in zip(ours, theirs.rows, strict=True):
        assert max(abs(a - b) for a, b in zip(mine[1], other[1], strict=True)) < 16


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "GIF"])
def test_sizes_are_read_from_the_start(kind: str) -> None:
    image = Image.new("RGB", (321, 123), (9, 8, 7))
    for options in ({}, {"lossless": True}, {"exif": b"Exif\0\0"}):
        made = io.BytesIO()
        image.save(made, kind, **(options if kind == "WEBP" else {}))
        assert picture_format.form(made.getvalue()) == kind.lower()
        assert picture_format.size(made.getvalue()) == (321, 123)


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b'<?xml version="1.0"?>\n<!-- x --><svg xmlns="x">', "svg"),
        (b"\xef\xbb\xbf <svg>", "svg"),
        (b"<!--" * 5000, ""),
        (b"text <svg>", ""),
        (b"", ""),
    ],
)
def test_svg_is_recognised(content: bytes, form: str) -> None:
    assert picture_format.form(content) == form


def test_pictures_are_shown_beside_other_formats(server: Server, tmp_path: Path) -> None:
    args = (*GENERATE, "--jq", ".created")
    seen = shown(server, tmp_path, stripes(), KITTY, args=args)
    assert [data for _, data in kitty_images(seen.raw)] == [stripes()]
    assert seen.raw.endswith("1700000000\n")


def test_a_real_terminal(server: Server, tmp_path: Path) -> None:
    content = pictures.png(pictures.scene(9, "1024x1536"))
    server.answer(reply(answer(content)))
    args = (*GENERATE, "--show")
    screen = oai_terminal(*args, server=server, cwd=tmp_path, env=DEEP, columns=40, rows=12)
    assert (screen.code, len([line for line in screen.lines if "▀" in line])) == (0, 10)
    assert screen.text.endswith("\ncat.png")
