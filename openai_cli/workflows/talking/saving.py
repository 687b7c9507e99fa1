"""The model's sound as a WAV file, or on stdout, as it comes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ...core.errors import UsageError
from ...core.save import check_target
from ..sound import wav
from ..sound.capture import RATE
from ..sound.outlet import Outlet

if TYPE_CHECKING:
    from ...core.context import App


class Saving:
    """Writes to a file, which is whole at every moment; `-` is stdout. Raises UsageError."""

    def __init__(self, app: App, name: str) -> None:
        self._file: BinaryIO | None = None
        if name == "-":
            if app.console.stdout_tty:
                raise UsageError("sound is not written to a terminal", "name a file")
            self._writer = wav.Writer(Outlet(app.console), RATE)
            return
        path = Path(name).expanduser()
        check_target(path)
        try:
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror or error}") from None
        self._writer = wav.Writer(self._file, RATE)

    def add(self, pcm: bytes) -> None:
        """More of it. Raises OSError."""
        self._writer.write(pcm)

    def close(self) -> None:
        """That was all."""
        if self._file is not None:
            self._file.close()
