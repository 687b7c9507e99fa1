"""What a receiver holds: genuine events that wait to be told, and the ids that came already.

Both are bounded: a flood makes the inbox refuse, so that the sender tries again later, and never
makes it grow.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

from ...catalog.record import Record

ROOM = 1000
MEMORY = 100_000


class Delivery(Record):
    """A genuine delivery: its event, its body and headers as they came."""

    event: dict[str, Any]
    payload: bytes
    headers: dict[str, str]


class Inbox:
    """A bounded queue between the server's thread and the one that tells."""

    def __init__(self, room: int = ROOM, memory: int = MEMORY) -> None:
        self._waiting: queue.Queue[Delivery] = queue.Queue(room)
        self._seen: dict[str, None] = {}
        self._memory = memory
        self._closed = threading.Event()

    def known(self, id: str) -> bool:
        """Whether a delivery of this id was taken in already."""
        return id in self._seen

    def put(self, id: str, delivery: Delivery) -> bool:
        """Take one in; false where there is no room left."""
        try:
            self._waiting.put_nowait(delivery)
        except queue.Full:
            return False
        self._seen[id] = None
        while len(self._seen) > self._memory:
            del self._seen[next(iter(self._seen))]
        return True

    def close(self) -> None:
        """Nothing more will come."""
        self._closed.set()

    def deliveries(self) -> Iterator[Delivery]:
        """Deliveries as they come, until the inbox is closed and empty."""
        while True:
            try:
                yield self._waiting.get(timeout=0 if self._closed.is_set() else 0.2)
            except queue.Empty:
                if self._closed.is_set():
                    return
