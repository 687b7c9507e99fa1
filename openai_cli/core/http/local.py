"""A server inside the process, reached like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, runtime_checkable

import httpx2

UPGRADED = "network_stream"
"""Where an answer with status 101 keeps what speaks the other protocol."""

LocalAnswer = tuple[int, list[tuple[str, str]], Iterator[bytes]]
"""Status, headers and body."""


@runtime_checkable
class LocalTalk(Protocol):
    """The near end of a WebSocket session with a server inside the process."""

    goodbye: tuple[int, str] | None
    """The server's close code and reason, once it has closed and everything before is read."""

    def put(self, text: str) -> None:
        """Hand over a message."""

    def get(self, timeout: float | None) -> str | None:
        """The server's next message; None after `timeout` seconds, or when it has closed."""

    def close(self, code: int, reason: str) -> None:
        """Leave."""


class LocalHandler(Protocol):
    """A server inside the process."""

    def handle(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterator[bytes]
    ) -> LocalAnswer:
        """Answer a request."""

    def connect(self, target: str, headers: Mapping[str, str]) -> LocalTalk | LocalAnswer:
        """Open a session, or refuse it."""


class _LocalStream(httpx2.SyncByteStream):
    def __init__(self, body: Iterator[bytes]) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._body
        except ConnectionError as error:
            raise httpx2.ReadError(str(error)) from error


class LocalTransport(httpx2.BaseTransport):
    """Hands requests to a server inside the process."""

    def __init__(self, handler: LocalHandler) -> None:
        self._handler = handler

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        assert isinstance(request.stream, httpx2.SyncByteStream)
        target = request.url.raw_path.decode("ascii")
        if request.headers.get("upgrade") == "websocket":
            talk = self._handler.connect(target, request.headers)
            if isinstance(talk, LocalTalk):
                return httpx2.Response(101, extensions={UPGRADED: talk}, request=request)
            status, headers, body = talk
        else:
            status, headers, body = self._handler.handle(
                request.method, target, request.headers, iter(request.stream)
            )
        return httpx2.Response(status, headers=headers, stream=_LocalStream(body), request=request)


class AsyncLocalTransport(httpx2.AsyncBaseTransport):
    """The same for requests that are sent from an event loop: each is answered in a thread."""

    def __init__(self, handler: LocalHandler) -> None:
        self._handler = handler

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        import asyncio

        content = await request.aread()
        target = request.url.raw_path.decode("ascii")

        def answer() -> tuple[int, list[tuple[str, str]], bytes]:
            sent = iter((content,) if content else ())
            status, headers, body = self._handler.handle(
                request.method, target, request.headers, sent
            )
            try:
                return status, headers, b"".join(body)
            except ConnectionError as error:
                raise httpx2.ReadError(str(error)) from error

        status, headers, body = await asyncio.to_thread(answer)
        return httpx2.Response(status, headers=headers, content=body, request=request)
