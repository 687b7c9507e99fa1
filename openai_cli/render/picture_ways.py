"""How a picture can be drawn in this terminal, by what the environment says; nothing is asked of
the terminal itself."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from ..catalog.record import Record

if TYPE_CHECKING:
    from ..core.console import Console

VARIABLE = "OAI_PICTURES"
KITTY, ITERM, SIXEL, BLOCKS, SHADES = "kitty", "iterm2", "sixel", "blocks", "shades"
WAYS = (KITTY, ITERM, SIXEL, BLOCKS, SHADES)
"""Two protocols that take files, one that takes pixels, and letters: coloured half blocks, or
blocks of different density."""
MULTIPLEXERS = ("screen", "tmux")
USUAL_CELL = (10, 20)

Env = Mapping[str, str]
_PROTOCOLS: tuple[tuple[str, Callable[[Env], bool]], ...] = (
    (KITTY, lambda env: bool(env.get("KITTY_WINDOW_ID")) or "kitty" in env.get("TERM", "")),
    (KITTY, lambda env: "ghostty" in (env.get("TERM_PROGRAM"), env.get("TERM", "")[-7:])),
    (KITTY, lambda env: _number(env.get("KONSOLE_VERSION", "")) >= 220400),
    (ITERM, lambda env: env.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm", "mintty")),
    (ITERM, lambda env: env.get("LC_TERMINAL") == "iTerm2"),
    (SIXEL, lambda env: env.get("TERM", "").startswith(("foot", "mlterm", "contour", "yaft"))),
    (SIXEL, lambda env: env.get("TERM", "").endswith("-sixel")),
)


class Space(Record):
    """The room for a picture: columns and rows, and the pixels of one cell."""

    columns: int
    rows: int
    cell: tuple[int, int] = USUAL_CELL

    @property
    def pixels(self) -> tuple[int, int]:
        """The room in pixels."""
        return self.columns * self.cell[0], self.rows * self.cell[1]


def way(console: Console) -> str:
    """One of WAYS. `OAI_PICTURES` speaks first; an unknown value is warned of."""
    env = console.env
    named = env.get(VARIABLE, "").lower()
    if named in WAYS:
        return named
    if named:
        console.warn(f"{VARIABLE} wants one of {', '.join(WAYS)}, not {named!r}")
    protocol = "" if in_multiplexer(env) else _protocol(env)
    return protocol or (BLOCKS if _colors_wanted(console) else SHADES)


def _protocol(env: Env) -> str:
    return next((name for name, speaks in _PROTOCOLS if speaks(env)), "")


def in_multiplexer(env: Env) -> bool:
    """Whether tmux or screen stands between: they pass a protocol on only where they were told to,
    so that letters are the safe way."""
    return bool(env.get("TMUX") or env.get("STY")) or env.get("TERM", "").startswith(MULTIPLEXERS)


def _colors_wanted(console: Console) -> bool:
    """Without colours (`NO_COLOR`, `--color never`, `TERM=dumb`) there are shades."""
    return console.colored()


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def deep(env: Env) -> bool:
    """Whether colours may be any of 16 million; 256 where nothing says so."""
    named = env.get("COLORTERM", "").lower() in ("truecolor", "24bit")
    return named or env.get("TERM", "").endswith("-direct") or bool(_protocol(env))


def space(console: Console) -> Space:
    """The room on the terminal: all of its width, and its height but for two lines."""
    return Space(max(console.width, 1), max(console.height - 2, 1), _cell())


def _cell() -> tuple[int, int]:
    """The pixels of a cell, where the kernel knows the terminal's size in both units."""
    with suppress(ImportError, OSError, ValueError):
        import fcntl
        import termios

        packed = fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8))
        rows, columns, width, height = struct.unpack("HHHH", packed)
        if rows and columns and width >= columns and height >= rows:
            return width // columns, height // rows
    return USUAL_CELL


def passed_on(env: Env, sequence: str) -> str:
    """A control sequence as tmux passes it on to the terminal around it."""
    if not env.get("TMUX"):
        return sequence
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"
