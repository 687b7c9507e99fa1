"""Sending: clients, credentials, retries, redirects.

`Http.open` sends a request and returns a `Reply` whose body has not been read. Errors come out as
the classes of `core.errors`, never as httpx2's.
"""

from __future__ import annotations

import math
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import httpx2

from .. import envelope, failures, retry
from ..credentials import Credentials
from ..errors import ApiError, NetworkError, UsageError
from ..request import FileValue, JsonBody, MultipartBody, RawBody, Request
from ..settings import CONNECT_TIMEOUT, Settings
from ..wire import encode_json, is_loopback
from .local import LocalHandler, LocalTransport
from .reply import Reply, translated

REDIRECTS = 10
READ = 1 << 18
PERSONAL = ("authorization", "api-key", "openai-organization", "openai-project", "cookie")


@dataclass(slots=True)
class Hooks:
    """What the layers above want to know or provide. `opener` opens a file for sending."""

    opener: Callable[[FileValue], BinaryIO] = lambda file: open(file.source, "rb")  # noqa: PTH123, SIM115
    retrying: Callable[[str, float, int, int], None] = lambda why, seconds, attempt, tries: None
    sending: Callable[[str, str, Mapping[str, str]], None] = lambda method, url, headers: None
    received: Callable[[int, Mapping[str, str], float], None] = lambda status, headers, took: None
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Http:
    """Sends requests with the settings in force. Clients are made when first needed."""

    settings: Settings
    env: Mapping[str, str]
    version: str
    local: LocalHandler | None = None
    hooks: Hooks = field(default_factory=Hooks)

    def __post_init__(self) -> None:
        self._clients: dict[str, httpx2.Client] = {}
        self._making = threading.Lock()
        self.credentials = Credentials(self.settings, self.env)

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()

    def open(
        self,
        request: Request,
        *,
        auth: str = "bearer",
        accept: str = "application/json",
        whole: bool = True,
        within: float | None = None,
    ) -> Reply:
        """Send, try again as `core.retry` says, follow redirects; the answer's status is below 400.

        With `whole` the body is read at once, so that one cut short is asked for again. With
        `within` there is one try, which gets that many seconds at most. Raises ApiError for an
        error answer, NetworkError when there is none.
        """
        url = envelope.url(self.settings, request)
        keys = self.credentials.headers(auth)
        headers = envelope.headers(self.settings, request, keys, self.version, accept)
        self.credentials.check_channel(url, headers)
        tries = 1 if within else self.settings.max_retries + 1
        for attempt in range(1, tries + 1):
            final = attempt == tries
            try:
                reply = self._try(request, url, headers, whole, within)
            except NetworkError as error:
                if final or not self._replayable(request):
                    raise
                self.pause(str(error), attempt, tries)
                continue
            if reply.status < 400:
                return reply
            failure = self._failure(reply, auth)
            again = retry.worth_retrying(reply.status, reply.headers, failure.code or failure.type)
            if final or not again or not self._replayable(request):
                raise failure
            self.pause(f"{reply.status} {failure.code}".strip(), attempt, tries, reply.headers)
        raise AssertionError("unreachable")

    def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        within: float | None = None,
    ) -> Reply:
        """Send to any address as it stands: no key or header of ours but the user agent, one try,
        redirects followed. Every status is an answer; NetworkError says that there was none."""
        named = envelope.override({"User-Agent": f"oai/{self.version}"}, headers or {})
        body = RawBody(content, named.get("Content-Type", "")) if content is not None else None
        return self._try(Request(method, "", body=body), url, named, False, within)

    def pause(
        self, why: str, attempt: int, tries: int, headers: Mapping[str, str] | None = None
    ) -> None:
        """Tell of a try that failed, and wait before the next; the server may say how long."""
        seconds = retry.delay(attempt, headers or {})
        self.hooks.retrying(why, seconds, attempt + 1, tries)
        self.hooks.sleep(seconds)

    def _failure(self, reply: Reply, auth: str) -> ApiError:
        with reply:
            try:
                content = reply.read()
            except NetworkError:
                content = b""
        key = self.credentials.describe(auth)
        return failures.from_answer(reply.status, content, reply.headers, key=key)

    # -- one try ------------------------------------------------------------------------------

    def _try(
        self,
        request: Request,
        url: str,
        headers: dict[str, str],
        whole: bool,
        within: float | None,
    ) -> Reply:
        opened: list[BinaryIO] = []
        started = time.monotonic()
        try:
            with translated():
                client = self._client(url)
                outgoing = client.build_request(
                    request.method, url, headers=headers, **self._content(request, opened)
                )
                if within:
                    outgoing.extensions["timeout"] = self._timeout(within).as_dict()
                self.hooks.sending(request.method, str(outgoing.url), outgoing.headers)
                response = self._follow(client.send(outgoing, stream=True))
                if whole:
                    response.read()
        except NetworkError as error:
            host = urlsplit(url).netloc.rpartition("@")[2]
            raise NetworkError(
                f"{host}: {error.message}", error.hint or _network_hint(url)
            ) from None
        finally:
            for stream in opened:
                stream.close()
        self.hooks.received(response.status_code, response.headers, time.monotonic() - started)
        return Reply(response)

    def _follow(self, response: httpx2.Response) -> httpx2.Response:
        """Redirects; credentials stay behind when the origin changes."""
        for _ in range(REDIRECTS):
            following = response.next_request
            if following is None:
                return response
            if _origin(following.url) != _origin(response.request.url):
                for name in (*PERSONAL, *self.settings.headers):
                    following.headers.pop(name, None)
            response.close()
            response = self._client(str(following.url)).send(following, stream=True)
        response.close()
        raise NetworkError(f"more than {REDIRECTS} redirects")

    def _content(self, request: Request, opened: list[BinaryIO]) -> dict[str, Any]:
        body = request.body
        if isinstance(body, JsonBody):
            return {"content": encode_json(body.value)}
        if isinstance(body, RawBody):
            return {"content": body.content}
        if isinstance(body, MultipartBody):
            return self._multipart(body, opened)
        return {}

    def _multipart(self, body: MultipartBody, opened: list[BinaryIO]) -> dict[str, Any]:
        data: dict[str, list[str]] = {}
        files: list[tuple[str, Any]] = []
        for part in body.parts:
            if isinstance(part.value, FileValue):
                stream = self.hooks.opener(part.value)
                opened.append(stream)
                files.append((part.name, (part.value.filename, stream, part.value.content_type)))
            elif part.content_type:
                files.append((part.name, (None, part.value.encode(), part.content_type)))
            else:
                data.setdefault(part.name, []).append(part.value)
        return {"data": data, "files": files or _NoFiles()}

    @staticmethod
    def _replayable(request: Request) -> bool:
        """Whether the body can be sent twice: what came from a pipe cannot."""
        if not isinstance(request.body, MultipartBody):
            return True
        values = (part.value for part in request.body.parts)
        return not any(isinstance(value, FileValue) and value.source == "-" for value in values)

    # -- clients ------------------------------------------------------------------------------

    def _client(self, url: str) -> httpx2.Client:
        """The client for a URL's scheme; one without TLS costs a quarter of the start-up."""
        kind = urlsplit(url).scheme
        if self.local and url.startswith(envelope.base(self.settings) + "/"):
            kind = "local"
        with self._making:
            if kind not in self._clients:
                self._clients[kind] = self._make_client(kind)
            return self._clients[kind]

    def _make_client(self, scheme: str) -> httpx2.Client:
        if scheme == "local":
            assert self.local is not None
            return httpx2.Client(transport=LocalTransport(self.local), **self.client_options())
        return httpx2.Client(**self.client_options(), **self.network_options(scheme))

    def client_options(self) -> dict[str, Any]:
        """What every client is made with."""
        return {"timeout": self._timeout(), "follow_redirects": False}

    def network_options(self, scheme: str) -> dict[str, Any]:
        """TLS and proxy, for a client that goes out to URLs of this scheme. Raises UsageError."""
        import httpcore2

        # Four times its own figure: a long download takes a quarter of the calls.
        httpcore2.HTTP11Connection.READ_NUM_BYTES = READ
        secure = scheme == "https" or self.settings.proxy or _proxied(self.env)
        verify = self._tls() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        proxy = {"proxy": self.settings.proxy} if self.settings.proxy else {}
        return {"verify": verify, **proxy}

    def _timeout(self, within: float = math.inf) -> httpx2.Timeout:
        timeout = min(self.settings.timeout, within)
        return httpx2.Timeout(timeout, connect=min(CONNECT_TIMEOUT, timeout))

    def _tls(self) -> ssl.SSLContext | bool:
        settings = self.settings
        if not settings.ca_bundle and not settings.client_cert:
            return True
        try:
            context = ssl.create_default_context(cafile=settings.ca_bundle or None)
            if settings.client_cert:
                context.load_cert_chain(settings.client_cert, settings.client_key or None)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"the TLS files of the profile cannot be used: {error}") from None
        return context


class _NoFiles(dict[str, Any]):
    """Empty, yet true: makes httpx2 write multipart for a form without files."""

    def __bool__(self) -> bool:
        return True


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _proxied(env: Mapping[str, str]) -> bool:
    return any(env.get(name) or env.get(name.upper()) for name in ("http_proxy", "all_proxy"))


def _network_hint(url: str) -> str:
    if is_loopback(urlsplit(url).hostname or ""):
        return "is the server running?"
    return "check the network, the proxy and the base URL"
