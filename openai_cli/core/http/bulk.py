"""Many requests at a time on one event loop: for those who send by the thousand.

Each is tried once, and whatever is answered is an answer: pace and repetition are the sender's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from ...catalog.record import Record
from .. import envelope
from ..errors import NetworkError
from ..request import JsonBody, RawBody, Request
from ..wire import encode_json
from .local import AsyncLocalTransport
from .reply import translated

if TYPE_CHECKING:
    from .client import Http


class Answer(Record):
    """A whole answer of any status; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Bulk:
    """Sends over one connection for every request that is on its way, with the settings and
    credentials of an `Http`.

    Each connection has a client of its own: one that has many looks through all of them twice for
    every request.
    """

    def __init__(self, http: Http) -> None:
        self._http = http
        self._free: dict[str, list[httpx2.AsyncClient]] = {}
        self._options: dict[str, dict[str, Any]] = {}
        self._clients: list[httpx2.AsyncClient] = []
        self._urls: dict[str, httpx2.URL] = {}

    async def send(self, request: Request, auth: str = "bearer") -> Answer:
        """One try; redirects are not followed. Raises NetworkError where nothing was answered,
        UsageError and NoKeyError before anything is sent."""
        http = self._http
        address = envelope.url(http.settings, request)
        keys = http.credentials.headers(auth)
        headers = envelope.headers(http.settings, request, keys, http.version, "application/json")
        http.credentials.check_channel(address, headers)
        with self._client(address) as client:
            outgoing = client.build_request(
                request.method, self._url(address), headers=headers, content=_content(request)
            )
            http.hooks.sending(request.method, address, outgoing.headers)
            started = time.monotonic()
            try:
                with translated():
                    response = await client.send(outgoing)
            except NetworkError as error:
                host = outgoing.url.netloc.decode()
                raise NetworkError(f"{host}: {error.message}", error.hint) from None
        http.hooks.received(response.status_code, response.headers, time.monotonic() - started)
        named = {name.lower(): text for name, text in response.headers.items()}
        return Answer(response.status_code, named, response.content)

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients:
            await client.aclose()

    def _url(self, address: str) -> httpx2.URL:
        """An address, taken apart once: there are few of them, and a great many requests."""
        if address not in self._urls:
            self._urls[address] = httpx2.URL(address)
        return self._urls[address]

    @contextmanager
    def _client(self, address: str) -> Iterator[httpx2.AsyncClient]:
        """A client that nobody uses at the moment."""
        http = self._http
        local = http.local and address.startswith(envelope.base(http.settings) + "/")
        kind = "local" if local else address.partition(":")[0]
        free = self._free.setdefault(kind, [])
        client = free.pop() if free else self._make(kind)
        try:
            yield client
        finally:
            free.append(client)

    def _make(self, kind: str) -> httpx2.AsyncClient:
        if kind not in self._options:
            self._options[kind] = self._options_for(kind)
        client = httpx2.AsyncClient(**self._options[kind])
        self._clients.append(client)
        return client

    def _options_for(self, kind: str) -> dict[str, Any]:
        """What the clients of a kind have in common; one TLS context is enough for all."""
        options = self._http.client_options()
        if kind == "local":
            assert self._http.local is not None
            return options | {"transport": AsyncLocalTransport(self._http.local)}
        options |= self._http.network_options(kind)
        if options["verify"] is True:
            options["verify"] = httpx2.create_ssl_context()
        return options


def _content(request: Request) -> bytes | None:
    body = request.body
    if isinstance(body, JsonBody):
        return encode_json(body.value)
    assert body is None or isinstance(body, RawBody), "forms are not sent by the thousand"
    return body.content if body else None
