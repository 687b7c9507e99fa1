"""A server inside the process, reached like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import httpx2

LocalAnswer = tuple[int, list[tuple[str, str]], Iterator[bytes]]


class LocalHandler(Protocol):
    """A server inside the process."""

    def __call__(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterator[bytes]
    ) -> LocalAnswer:
        """Answer a request: status, headers and body."""

    def close(self) -> None:
        """Let go of what it holds."""


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
        status, headers, body = self._handler(
            request.method, target, request.headers, iter(request.stream)
        )
        return httpx2.Response(status, headers=headers, stream=_LocalStream(body), request=request)
