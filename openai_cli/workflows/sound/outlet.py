"""stdout as a stream that sound is written to."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...core.console import Console


class Outlet(io.RawIOBase):
    """stdout: nothing written there can be taken back."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Pass on at once. Raises OSError."""
        self._console.write_bytes(bytes(data))
        return len(data)
