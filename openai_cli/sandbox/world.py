"""What all requests to one sandbox share: objects, contents of files, and where they lie."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .blobs import Blobs
    from .store import Store


class World:
    """State in a folder that outlives the process, or in memory and a temporary folder.

    Nothing is opened before something asks for it: a chat that is not stored needs neither.
    """

    def __init__(self, state: Path | None) -> None:
        self._state = state
        self._lock = threading.RLock()
        self._store: Store | None = None
        self._blobs: Blobs | None = None
        self._sweep: Callable[[], object] | None = None

    @property
    def store(self) -> Store:
        """The objects."""
        with self._lock:
            if self._store is None:
                from .store import Store

                self._store = Store(self._folder() / "sandbox.db" if self._state else None)
            return self._store

    @property
    def blobs(self) -> Blobs:
        """The contents of files."""
        with self._lock:
            if self._blobs is None:
                from .blobs import Blobs

                self._blobs = Blobs(self._folder() / "files")
            return self._blobs

    def _folder(self) -> Path:
        if self._state is None:
            import shutil
            import tempfile

            folder = Path(tempfile.mkdtemp(prefix="oai-sandbox-"))
            self._sweep = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            return folder
        self._state.mkdir(parents=True, exist_ok=True)
        return self._state

    def reset(self) -> None:
        """Forget everything."""
        self.store.clear()
        self.blobs.clear()

    def close(self) -> None:
        """Let files go, and forget what was only in memory; the next use starts anew."""
        with self._lock:
            if self._store:
                self._store.close()
            if self._sweep:
                self._sweep()
                self._blobs = None
            self._store = self._sweep = None
