"""What is typed while a conversation goes on: single keys, or lines."""

from __future__ import annotations

import codecs
import os
import queue
import re
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...core.console import Console

_SEQUENCE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.|.)?")
"""What arrows and the like send."""
LOOK = 0.1


class Keys:
    """Reads a terminal, or a pipe, in a thread. With `single` each key counts and is not shown: the
    terminal is given back as it was at the end."""

    def __init__(self, console: Console, *, single: bool) -> None:
        self._console = console
        self._single = single
        self._came: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stopped = False
        self._before: Any = None
        self.over = False

    def __enter__(self) -> Keys:
        if self._single and sys.platform != "win32":
            self._before = _quiet(self._descriptor())
        threading.Thread(target=self._read, daemon=True, name="oai-keys").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        if self._before is not None:
            import termios

            termios.tcsetattr(self._descriptor(), termios.TCSADRAIN, self._before)

    def take(self) -> str:
        """What was typed since the last call."""
        found = []
        while not self._came.empty():
            found.append(self._came.get())
        return "".join(found)

    @property
    def ended(self) -> bool:
        """Whether nothing more can come, and all that came was taken."""
        return self.over and self._came.empty()

    def _descriptor(self) -> int:
        assert self._console.stdin is not None
        return self._console.stdin.fileno()

    def _read(self) -> None:
        try:
            if self._single and sys.platform == "win32":
                self._read_windows()
            else:
                self._read_stream()
        except (OSError, ValueError):
            pass
        self.over = True

    def _read_stream(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while not self._stopped and (data := self._some()):
            text = decoder.decode(data)
            self._came.put(_SEQUENCE.sub("", text) if self._single else text)

    def _some(self) -> bytes:
        """What is there. Not through the stream's buffer: who waits in there holds up the end."""
        stream = self._console.stdin
        assert stream is not None
        try:
            descriptor = stream.fileno()
        except (OSError, ValueError, AttributeError):
            return stream.readline()
        return os.read(descriptor, 4096)

    def _read_windows(self) -> None:
        import msvcrt
        import time

        console: Any = msvcrt
        while not self._stopped:
            if console.kbhit():
                self._came.put(console.getwch())
            else:
                time.sleep(LOOK)


def _quiet(descriptor: int) -> Any:
    """Let keys come at once and unseen; Ctrl-C still interrupts. How it was before."""
    import termios
    import tty

    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor, termios.TCSADRAIN)
    return before


class Typing:
    """A line being typed. `text` is what stands there by now."""

    def __init__(self) -> None:
        self.text = ""
        self.over = False

    def feed(self, keys: str) -> list[str]:
        """Lines that were finished with Enter; empty ones as well."""
        lines = []
        for key in keys:
            if key in "\r\n":
                lines.append(self.text)
                self.text = ""
            elif key in "\x7f\b":
                self.text = self.text[:-1]
            elif key == "\x15":
                self.text = ""
            elif key == "\x04" and not self.text:
                self.over = True
            elif key.isprintable() or key == "\t":
                self.text += key
        return lines

    def rest(self) -> str:
        """What was typed without Enter at the end of a pipe."""
        text, self.text = self.text, ""
        return text
