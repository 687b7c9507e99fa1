"""The receiving end: an ASGI application that verifies deliveries and answers at once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase
from typing import Any

from ...core import signature
from ...core.errors import OutcomeError
from .inbox import Delivery, Inbox

LARGEST = 1 << 20
"""Bytes of a delivery at most; the API's events are far smaller."""
PATIENCE = 10.0
"""Seconds a sender gets for its body."""

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Refused(Exception):
    """A delivery that is not taken in: the status to answer, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Receiver:
    """Verifies with `secret`, and puts what is genuine and among the `wanted` patterns into the
    inbox; `refused` is told of everything else, `repeated` of an id that came before."""

    def __init__(
        self,
        secret: str,
        inbox: Inbox,
        wanted: list[str],
        tolerance: float,
        refused: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._secret = secret
        self._inbox = inbox
        self._wanted = wanted
        self._tolerance = tolerance
        self._refused = refused
        self._clock = clock

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        try:
            await self._take(scope, receive)
            status, said = 200, "received"
        except Refused as error:
            status, said = error.status, str(error)
            self._refused(f"refused a delivery: {error}")
        await _answer(send, status, said)

    async def _take(self, scope: Any, receive: Receive) -> None:
        if scope["method"] != "POST":
            raise Refused(405, f"{scope['method']} instead of POST")
        payload = await _body(receive)
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        try:
            id = signature.verify(
                payload, headers, self._secret, now=self._clock(), tolerance=self._tolerance
            )
        except OutcomeError as error:
            raise Refused(400, error.message) from None
        event = _event(payload)
        if self._inbox.known(id):
            # Genuine and told already: the sender did not hear our answer, and must stop trying.
            self._refused(f"{id} came again; it is not told twice")
            return
        fits = any(fnmatchcase(event["type"], pattern) for pattern in self._wanted or "*")
        if fits and not self._inbox.put(id, Delivery(event, payload, headers)):
            raise Refused(503, "too many events at once")


def _event(payload: bytes) -> dict[str, Any]:
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise Refused(400, "the payload is no event")
    return event


async def _body(receive: Receive) -> bytes:
    try:
        async with asyncio.timeout(PATIENCE):
            return await _read(receive)
    except TimeoutError:
        raise Refused(408, "the body did not come in time") from None


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the sender went away")
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST:
            raise Refused(413, "the body is too large for an event")
        if not message.get("more_body"):
            return body


async def _answer(send: Send, status: int, said: str) -> None:
    body = said.encode() + b"\n"
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    if status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
