"""What all requests to one sandbox share: objects, contents of files, and where they lie."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .blobs import Blobs
    from .deliveries import Deliver, Deliveries
    from .store import Object, Store


class World:
    """State in a folder that outlives the process, or in memory and a temporary folder.

    Nothing is opened before something asks for it: a chat that is not stored needs neither.
    """

    def __init__(self, state: Path | None, deliver: Deliver | None = None) -> None:
        self._state = state
        self._deliver = deliver
        self._deliveries: Deliveries | None = None
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

                file = self._folder() / "sandbox.db" if self._state else None
                watch = self._changed if self._deliver else None
                self._store = Store(file, watch)
            return self._store

    @property
    def blobs(self) -> Blobs:
        """The contents of files."""
        with self._lock:
            if self._blobs is None:
                from .blobs import Blobs

                self._blobs = Blobs(self._folder() / "files")
            return self._blobs

    def deliver(self, endpoint: Object, event: Object) -> int | None:
        """Send an event to an endpoint: the status answered, 0 for none, None where nothing is sent
        there."""
        deliveries = self._outbox()
        return deliveries.send(endpoint, event) if deliveries else None

    def _outbox(self) -> Deliveries | None:
        with self._lock:
            if self._deliveries is None and self._deliver:
                from .deliveries import Deliveries

                self._deliveries = Deliveries(self._deliver)
            return self._deliveries

    def _changed(self, collection: str, before: Object | None, after: Object) -> None:
        if deliveries := self._outbox():
            deliveries.changed(self.store, collection, before, after)

    def _folder(self) -> Path:
        if self._state is None:
            import shutil
            import tempfile

            folder = Path(tempfile.mkdtemp(prefix="oai-sandbox-"))
            self._sweep = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            return folder
        self._state.mkdir(0o700, parents=True, exist_ok=True)
        return self._state

    def reset(self) -> None:
        """Forget everything."""
        self.store.clear()
        self.blobs.clear()

    def close(self) -> None:
        """Let files go, and forget what was only in memory; the next use starts anew."""
        if self._deliveries:
            self._deliveries.close()
        with self._lock:
            self._deliveries = None
            if self._store:
                self._store.close()
            if self._sweep:
                self._sweep()
                self._blobs = None
            self._store = self._sweep = None
