"""The events to send: files first, then stdin, one JSON object a line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..core.errors import UsageError
from ..core.values import strict_json
from .gather import stdin_is_data

if TYPE_CHECKING:
    from ..core.context import App

PIECE = 1 << 16


class EventInput:
    """What a session is sent. stdin is read when it is a pipe or a file, or a terminal somebody may
    type at; neither with `--no-input`."""

    def __init__(self, app: App, files: list[str]) -> None:
        self._console = app.console
        self._opened: list[tuple[str, BinaryIO]] = []
        for name in files:
            if name in ("", "-"):
                raise UsageError("--send wants a file; a pipe is read after the files anyway")
            self._opened.append((name, _open(name)))
        self._stdin: BinaryIO | None = None
        typed = app.console.stdin_tty and app.console.stdin is not None
        if not app.option("no_input") and (typed or stdin_is_data(app)):
            self._stdin = app.inputs.stdin_stream("events")
            if typed and app.console.stderr_tty and not app.console.quiet:
                app.console.note("type one event a line, as JSON; Ctrl-D ends the input")

    def lines(self) -> Iterator[str]:
        """Each event as it was written. Raises UsageError naming the line that is none; somebody
        who types is told, and may type on."""
        for name, stream in self._opened:
            with stream:
                for number, line in _lines(_pieces(stream)):
                    yield _event(name, number, line)
        if self._stdin is not None:
            for number, line in _lines(_pieces(self._stdin)):
                try:
                    yield _event("stdin", number, line)
                except UsageError as error:
                    if not self._console.stdin_tty:
                        raise
                    self._console.warn(f"not sent: {error.message}")

    def close(self) -> None:
        """Let the files go."""
        for _, stream in self._opened:
            stream.close()


def _open(name: str) -> BinaryIO:
    try:
        return Path(name).expanduser().open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror or error}") from None


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """What comes, as it comes. Not through the stream's own buffer: a thread that waits in there
    would hold the program up at its end."""
    try:
        descriptor = stream.fileno()
    except (OSError, AttributeError, ValueError):
        yield from stream
        return
    while data := os.read(descriptor, PIECE):
        yield data


def _lines(pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, with their numbers."""
    for number, line in enumerate(_split(pieces), 1):
        if line.strip():
            yield number, line


def _split(pieces: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    for piece in pieces:
        first, *rest = piece.split(b"\n")
        held.append(first)
        for begun in rest:
            yield b"".join(held)
            held = [begun]
    yield b"".join(held)


def _event(name: str, number: int, line: bytes) -> str:
    try:
        text = line.decode("utf-8-sig").strip()
        event = strict_json(text)
    except UnicodeDecodeError:
        raise UsageError(f"{name}, line {number}: the event is not UTF-8 text") from None
    except ValueError as error:
        where = str(error).replace("(line 1, ", "(")
        raise UsageError(f"{name}, line {number}: the event {where}") from None
    if not isinstance(event, dict):
        raise UsageError(f"{name}, line {number}: an event has to be a JSON object")
    return text
