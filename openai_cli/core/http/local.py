"""A server inside the process, reached like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import httpx2

LocalAnswer = tuple[int, list[tuple[str, str]], Iterator[bytes]]
LocalHandler = Callable[[str, str, Mapping[str, str], Iterator[bytes]], LocalAnswer]
"""A server inside the process: method, target, headers and body in, an answer out."""


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
