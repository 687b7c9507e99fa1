"""WebSocket connections (RFC 6455) on the client's own HTTP connections.

The handshake is a request like any other: keys, proxies, TLS, retries and refusals are those of
`Http.open`. After it the connection carries frames, which `wsproto` reads and writes. Reading
happens in the thread that asks for a message, so that a slow consumer slows the server down.
"""

from __future__ import annotations

import base64
import hashlib
import math
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from ..errors import ApiError, NetworkError
from ..request import Request
from ..sockets import DROPPED, NO_CODE, NORMAL, Socket, Wire, WireClosed
from .channel import Channel
from .local import LocalTalk

if TYPE_CHECKING:
    from .client import Http
    from .reply import Reply

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
QUIET = 20.0
"""Seconds of silence after which the other side is asked whether it is there; twice that, and it is
taken for gone."""
GOODBYE = 2.0
"""Seconds that the other side has to answer a close frame."""


def connect(http: Http, request: Request) -> Socket:
    """Shake hands. Raises ApiError for a refusal (with the API's words), NetworkError."""
    key = base64.b64encode(os.urandom(16)).decode()
    request.headers = {
        **request.headers,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
    }
    reply = http.open(request, whole=False)
    try:
        wire = _wire(reply, key)
    except BaseException:
        reply.close()
        raise
    return Socket(wire, reply.request_id)


def _wire(reply: Reply, key: str) -> Wire:
    stream = reply.upgraded
    if isinstance(stream, LocalTalk):
        return LocalWire(stream)
    accepted = base64.b64encode(hashlib.sha1(key.encode() + MAGIC).digest()).decode()
    if reply.status != 101 or stream is None or reply.headers["sec-websocket-accept"] != accepted:
        raise ApiError(
            f"the server answered {reply.status} instead of opening a session",
            status=reply.status,
            request_id=reply.request_id,
            hint="check the base URL: not every server and proxy speaks WebSocket",
        )
    return FrameWire(Channel(stream), reply)


class LocalWire:
    """A session with a server inside the process."""

    def __init__(self, talk: LocalTalk) -> None:
        self._talk = talk

    def send(self, text: str) -> None:
        """Hand a message over."""
        self._talk.put(text)

    def receive(self, timeout: float | None) -> str | None:
        """The server's next message. Raises WireClosed."""
        message = self._talk.get(timeout)
        if message is None and (goodbye := self._talk.goodbye) is not None:
            raise WireClosed(*goodbye)
        return message

    def close(self, code: int, reason: str) -> None:
        """Leave."""
        self._talk.close(code, reason)


class FrameWire:
    """A session over a connection; `reply` holds the connection."""

    def __init__(self, channel: Channel, reply: Reply) -> None:
        from wsproto import ConnectionType
        from wsproto.connection import Connection

        self._channel = channel
        self._reply = reply
        self._protocol = Connection(ConnectionType.CLIENT)
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._receiving = threading.Lock()
        self._ready: deque[str | WireClosed | NetworkError] = deque()
        self._parts: list[str | bytes] = []
        self._answers: deque[bytes] = deque()
        self._heard = time.monotonic()
        self._asked = False
        self._leaving = False
        self._gone = False

    # -- sending ------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """One text message. Raises NetworkError."""
        from wsproto.events import TextMessage
        from wsproto.utilities import LocalProtocolError

        try:
            with self._sending:
                with self._lock:
                    data = self._protocol.send(TextMessage(text))
                self._channel.write(data)
        except LocalProtocolError:
            raise NetworkError("the session is closed") from None
        self._answer()

    def _answer(self, timeout: float | None = None) -> None:
        """Send pongs and the like that are due, unless another thread is sending: it will."""
        while self._answers and self._sending.acquire(blocking=False):
            try:
                while self._answers:
                    self._channel.write(self._answers.popleft(), timeout)
            finally:
                self._sending.release()

    # -- receiving ----------------------------------------------------------------------------

    def receive(self, timeout: float | None) -> str | None:
        """The next message, put together from its frames. Raises NetworkError, WireClosed."""
        until = math.inf if timeout is None else time.monotonic() + timeout
        with self._receiving:
            while not self._ready:
                if not self._read(until) and time.monotonic() >= until:
                    return None
            found = self._ready[0]
            if isinstance(found, str):
                self._ready.popleft()
                return found
        self._let_go()
        raise found

    def _read(self, until: float) -> bool:
        """Take in what comes next; False when nothing came for a while, or by the time `until`."""
        data = self._channel.read(min(max(until - time.monotonic(), 0.0), QUIET))
        if data is None:
            self._check_alive()
            return False
        self._heard = time.monotonic()
        self._asked = False
        if data:
            self._take(data)
            try:
                self._answer()
            except NetworkError as error:
                self._ready.append(error)  # what has come, a goodbye above all, counts first
        else:
            self._ready.append(WireClosed(DROPPED, ""))
        return True

    def _check_alive(self) -> None:
        silent = time.monotonic() - self._heard
        if silent >= 2 * QUIET and self._asked:
            raise NetworkError("the server stopped answering", "connect again")
        if silent >= QUIET and not self._asked:
            from wsproto.events import Ping

            self._asked = True
            with self._lock:
                self._answers.append(self._protocol.send(Ping(b"oai")))
            self._answer()

    def _take(self, data: bytes) -> None:
        from wsproto.utilities import RemoteProtocolError

        with self._lock:
            try:
                self._protocol.receive_data(data)
                for event in self._protocol.events():
                    self._one(event)
            except RemoteProtocolError as error:
                self._ready.append(_garbled(str(error)))

    def _one(self, event: Any) -> None:
        from wsproto import events
        from wsproto.connection import ConnectionState

        if isinstance(event, events.Message):
            self._parts.append(event.data)
            if event.message_finished:
                self._ready.append(_joined(self._parts))
                self._parts = []
        elif isinstance(event, events.Ping):
            self._answers.append(self._protocol.send(event.response()))
        elif isinstance(event, events.CloseConnection):
            # What cannot be read comes as such an event as well, though nobody said goodbye.
            readable = self._protocol.state is not ConnectionState.OPEN
            if not self._leaving:
                self._answers.append(self._protocol.send(event.response()))
            code, reason = int(event.code or NO_CODE), event.reason or ""
            self._ready.append(WireClosed(code, reason) if readable else _garbled(reason))

    # -- the end ------------------------------------------------------------------------------

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, wait a moment for the answer, and let the connection go."""
        from wsproto.events import CloseConnection
        from wsproto.utilities import LocalProtocolError

        if self._gone:
            return
        try:
            with self._lock:
                self._leaving = True
                self._answers.append(self._protocol.send(CloseConnection(code, reason or None)))
            self._answer(GOODBYE)
            self._await_goodbye(time.monotonic() + GOODBYE)
        except (LocalProtocolError, NetworkError):
            pass
        self._let_go()

    def _await_goodbye(self, until: float) -> None:
        """Read on until the other side has closed too; whoever is receiving does it instead."""
        if not self._receiving.acquire(timeout=GOODBYE):
            return
        try:
            while all(isinstance(found, str) for found in self._ready):
                self._ready.clear()
                if not self._read(until):
                    return
        finally:
            self._receiving.release()

    def _let_go(self) -> None:
        """Drop the connection, after whoever is receiving has woken up."""
        self._channel.shut()
        with self._receiving:
            if not self._gone:
                self._gone = True
                self._ready.append(WireClosed(NORMAL, ""))
                self._channel.close()
                self._reply.close()


def _garbled(why: str) -> NetworkError:
    return NetworkError(f"the server sent something that is no WebSocket frame: {why}")


def _joined(parts: list[str | bytes]) -> str:
    if len(parts) == 1 and isinstance(parts[0], str):
        return parts[0]
    return "".join(
        part if isinstance(part, str) else bytes(part).decode("utf-8", "replace") for part in parts
    )
