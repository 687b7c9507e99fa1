"""The sound of one request after the other; while one is heard, the next is asked for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from ..sound.pcm import WIDTH

if TYPE_CHECKING:
    from ...core.api import Api
    from ...core.http import Reply
    from ...engine.gather import Call

HELD = 12 << 20
"""Bytes that wait for whoever plays them: four minutes of samples, about one request."""
TICK = 0.2


class Asked:
    """Asks for each text of a call in turn, in a thread of its own.

    With `aligned` the sound is samples, and every chunk holds whole ones.
    """

    def __init__(self, api: Api, call: Call, texts: list[str], *, aligned: bool) -> None:
        self._api = api
        self._call = call
        self._texts = texts
        self._aligned = aligned
        self._queue: queue.SimpleQueue[bytes | BaseException | None] = queue.SimpleQueue()
        self._room = threading.Condition()
        self._waiting = 0
        self._over = False
        self._reply: Reply | None = None
        # The transport is made here, where a bad profile can still be told of.
        api.http  # noqa: B018
        self._thread = threading.Thread(target=self._go, daemon=True, name="oai-speech")

    def __enter__(self) -> Asked:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._room:
            self._over = True
            self._room.notify_all()
        if self._reply is not None:
            with suppress(Exception):
                self._reply.close()
        self._thread.join(0.2)

    def chunks(self) -> Iterator[bytes]:
        """The sound of all texts as it comes. Raises what a request raises."""
        while True:
            try:
                # A wait without an end would not see Ctrl-C everywhere.
                found = self._queue.get(timeout=TICK)
            except queue.Empty:
                continue
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found
            self._took(found)
            yield found

    def arrived(self) -> Iterator[bytes]:
        """What is here already."""
        with suppress(queue.Empty):
            while isinstance(found := self._queue.get_nowait(), bytes):
                yield found

    def _took(self, chunk: bytes) -> None:
        with self._room:
            self._waiting -= len(chunk)
            self._room.notify_all()

    # -- the other thread -------------------------------------------------------------------------

    def _go(self) -> None:
        try:
            for text in self._texts:
                for chunk in self._one(text):
                    if self._over:
                        return
                    self._put(chunk)
            self._queue.put(None)
        except BaseException as error:
            self._queue.put(error)

    def _put(self, chunk: bytes) -> None:
        with self._room:
            while self._waiting > HELD and not self._over:
                self._room.wait(TICK)
            self._waiting += len(chunk)
        self._queue.put(chunk)

    def _one(self, text: str) -> Iterator[bytes]:
        call = self._call
        values = {**call.values, "input": text}
        with self._api.open(call.operation, values, call.body) as reply:
            self._reply = reply
            if not self._aligned:
                yield from reply.chunks()
                return
            rest = b""
            for chunk in reply.chunks():
                data = rest + chunk
                whole = len(data) // WIDTH * WIDTH
                rest = data[whole:]
                if whole:
                    yield data[:whole]
