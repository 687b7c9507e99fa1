"""Deliveries passed on as they came, a few at a time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ...core.context import App
from ...core.errors import OaiError
from .inbox import Delivery

WORKERS = 8
WITHIN = 30.0
"""Seconds a handler gets."""
LEFT_OUT = ("host", "content-length", "connection", "transfer-encoding", "accept-encoding")
"""Headers that belong to the connection they came on (RFC 9110, 7.6.1), or are written anew."""


class Forwarder:
    """Sends deliveries to one address; how each went is told on stderr. When all workers are busy
    and as many deliveries wait, `send` waits as well."""

    def __init__(self, app: App, to: str) -> None:
        self._app = app
        self._to = to
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="oai-forward")
        self._room = threading.Semaphore(2 * WORKERS)

    def send(self, delivery: Delivery) -> None:
        """Pass one on."""
        self._room.acquire()
        self._pool.submit(self._pass, delivery)

    def close(self) -> None:
        """Wait for those under way."""
        self._pool.shutdown(wait=True)

    def _pass(self, delivery: Delivery) -> None:
        try:
            self._tell(delivery, *self._sent(delivery))
        finally:
            self._room.release()

    def _sent(self, delivery: Delivery) -> tuple[bool, str]:
        kept = {k: v for k, v in delivery.headers.items() if k.lower() not in LEFT_OUT}
        started = time.monotonic()
        http = self._app.api.http
        try:
            with http.fetch(
                "POST", self._to, headers=kept, content=delivery.payload, within=WITHIN
            ) as reply:
                reply.read()
        except OaiError as error:
            return False, error.message
        took = (time.monotonic() - started) * 1000
        return reply.status < 300, f"{reply.status} in {took:.0f} ms"

    def _tell(self, delivery: Delivery, fine: bool, how: str) -> None:
        text = f"{delivery.event['type']} → {self._to}: {how}"
        if not fine:
            self._app.console.warn(text)
        elif not self._app.console.quiet:
            self._app.console.note(text)
