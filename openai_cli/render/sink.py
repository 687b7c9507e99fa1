"""Where a textual result goes: stdout, live, or a file that appears whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..core.save import partial_name, whole_file

if TYPE_CHECKING:
    from ..core.console import Console
    from ..core.context import App


class Sink:
    """Takes text. `terminal` tells whether a person sees it as it comes."""

    def __init__(self, console: Console, file: BinaryIO | None = None) -> None:
        self._console = console
        self._file = file
        self.terminal = console.stdout_tty and file is None
        self.wrote_text = False
        self._tail = "\n"

    def text(self, text: str, *, trusted: bool = False) -> None:
        """Write at once. `trusted` text may hold styling of our own."""
        if not text:
            return
        self.wrote_text = True
        self._tail = text[-1]
        if self._file is not None:
            self._file.write(text.encode("utf-8", "replace"))
        else:
            self._console.write(text, trusted=trusted)

    def lines(self, lines: Iterable[str]) -> None:
        """One line after the other, each written as soon as it is there."""
        for line in lines:
            self.text(line + "\n")

    def end_line(self) -> None:
        """Finish the last line if it is open."""
        if self.wrote_text and self._tail != "\n":
            self.text("\n")


@contextmanager
def open_sink(app: App) -> Iterator[Sink]:
    """stdout, or the file of `-o` (`-` is stdout)."""
    name = app.option("output")
    if not name or name == "-":
        yield Sink(app.console)
        return
    path = Path(name).expanduser()
    sink: Sink | None = None
    try:
        with whole_file(path, keep_partial=True) as stream:
            sink = Sink(app.console, stream)
            yield sink
    except BaseException:
        if sink and sink.wrote_text and partial_name(path.resolve()).is_file():
            app.console.note(f"what came is kept in {partial_name(path.resolve())}")
        raise
