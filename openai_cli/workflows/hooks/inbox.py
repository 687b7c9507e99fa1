"""What a receiver holds: genuine events that wait to be told, and the ids that came already.

Both are bounded: a flood makes the inbox refuse, so that the sender tries again later, and never
makes it grow.
"""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Iterator
from typing import Any

from ...catalog.record import Record

ROOM = 1000
MEMORY = 100_000
EVERY = 0.2
"""Seconds between two looks at whether it was closed."""


class Delivery(Record):
    """A genuine delivery: its event, its body and headers as they came."""

    event: dict[str, Any]
    payload: bytes
    headers: dict[str, str]


class Inbox:
    """A bounded queue between the server's thread and the one that tells. With `most` it takes that
    many deliveries in all. Whatever it took is handed out."""

    def __init__(self, room: int = ROOM, memory: int = MEMORY, most: int | None = None) -> None:
        self._waiting: queue.Queue[Delivery] = queue.Queue(room)
        self._seen: dict[str, None] = {}
        self._memory = memory
        self._left = math.inf if most is None else most
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def known(self, id: str) -> bool:
        """Whether a delivery of this id was taken in already."""
        return id in self._seen

    def put(self, id: str, delivery: Delivery) -> bool:
        """Take one in; false where there is no room for it, or nobody to tell it any more."""
        with self._lock:
            if not self._left:
                return False
            try:
                self._waiting.put_nowait(delivery)
            except queue.Full:
                return False
            self._left -= 1
            self._seen[id] = None
            while len(self._seen) > self._memory:
                del self._seen[next(iter(self._seen))]
            return True

    def close(self) -> None:
        """End once everything that waits is handed out; may be called by a signal's handler."""
        self._closed.set()

    @property
    def closed(self) -> bool:
        """Whether somebody closed it."""
        return self._closed.is_set()

    def deliveries(self) -> Iterator[Delivery]:
        """Deliveries as they come, until no more can come and none waits."""
        while True:
            try:
                yield self._waiting.get(timeout=0 if self._over() else EVERY)
            except queue.Empty:
                if self._over() and self._sealed():
                    return

    def _over(self) -> bool:
        return self.closed or not self._left

    def _sealed(self) -> bool:
        """Take nothing more, unless something came at the last moment."""
        with self._lock:
            if self._waiting.empty():
                self._left = 0
            return not self._left and self._waiting.empty()
