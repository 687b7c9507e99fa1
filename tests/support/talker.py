"""A WebSocket server on loopback (RFC 6455) that does as its script says, frame by frame.

    def script(peer):
        peer.accept()
        peer.tell({"type": "session.created"})
        assert peer.hear() == {"type": "response.create"}
        peer.leave(1000)

    talker.script = script

It is written out here, and not with the library that `oai` uses, so that the two check each other.
A script that fails, fails the test; when it returns, the connection is closed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import parse_headers
from typing import Any

import pytest

from .server import PATIENCE, Asked

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
MORE = 0
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Left(Exception):
    """The client has gone."""


class Peer:
    """One connection. `left` is the code and reason of the client's close frame (None for a client
    that just went away), `pongs` what it answered to pings, `pings` how often it asked itself."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.settimeout(PATIENCE)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = connection.makefile("rb")
        line = self._file.readline().decode("ascii")
        method, target, _ = line.split(" ", 2)
        self.asked = Asked(method, target, parse_headers(self._file), b"")
        self.left: tuple[int, str] | None = None
        self.pongs: list[bytes] = []
        self.pings = 0

    # -- the handshake ------------------------------------------------------------------------

    def accept(self, behind: bytes = b"", **headers: str) -> None:
        """Open the session; `behind` goes out in the same packet."""
        key = self.asked.headers["sec-websocket-key"]
        accepted = base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()).decode()
        named = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accepted}
        named |= {"x-request-id": "req_session"}
        named |= {name.replace("_", "-"): text for name, text in headers.items()}
        self._head(101, named, behind)

    def refuse(self, status: int, value: Any = None, **headers: str) -> None:
        """Answer the handshake like any other request."""
        body = b"" if value is None else json.dumps(value).encode()
        named = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        named |= {name.replace("_", "-"): text for name, text in headers.items()}
        self._head(status, named, body)

    def _head(self, status: int, headers: dict[str, str], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {text}" for name, text in headers.items())]
        self._connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    # -- telling ------------------------------------------------------------------------------

    def tell(self, *events: Any) -> None:
        """Send events, a message each."""
        for event in events:
            self.send(TEXT, json.dumps(event).encode())

    def send(self, kind: int, payload: bytes, *, last: bool = True) -> None:
        """Send one frame."""
        self._connection.sendall(frame(kind, payload, last=last))

    def leave(self, code: int | None = 1000, reason: str = "") -> None:
        """Say goodbye (None: without a code), and wait until the client has answered."""
        self.send(CLOSE, b"" if code is None else struct.pack("!H", code) + reason.encode())
        try:
            while True:
                self.hear()
        except Left:
            pass

    def drop(self) -> None:
        """Break the connection off without a goodbye."""
        linger = struct.pack("ii", 1, 0)
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._file.close()
        self._connection.close()

    # -- hearing ------------------------------------------------------------------------------

    def hear(self) -> Any:
        """The client's next event. Raises Left."""
        return json.loads(self.message())

    def rest(self) -> list[Any]:
        """Every event until the client leaves."""
        found = []
        try:
            while True:
                found.append(self.hear())
        except Left:
            return found

    def message(self) -> bytes:
        """The client's next message. Raises Left."""
        parts = []
        for kind, payload, last in self._frames():
            if kind == CLOSE:
                self._answer_goodbye(payload)
                raise Left
            if kind == PONG:
                self.pongs.append(payload)
            elif kind == PING:
                self.pings += 1
                self.send(PONG, payload)
            else:
                parts.append(payload)
                if last:
                    return b"".join(parts)
        raise Left

    def _answer_goodbye(self, payload: bytes) -> None:
        code = struct.unpack("!H", payload[:2])[0] if payload else 1005
        self.left = (code, payload[2:].decode())
        with suppress(OSError):
            self.send(CLOSE, payload[:2])

    def _frames(self) -> Iterator[tuple[int, bytes, bool]]:
        while head := self._read(2):
            assert head[1] & 0x80, "a client's frames are masked"
            size = head[1] & 0x7F
            if size == 126:
                size = struct.unpack("!H", self._read(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self._read(8))[0]
            mask, payload = self._read(4), self._read(size)
            repeated = (mask * (size // 4 + 1))[:size]
            whole = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
            yield head[0] & 0x0F, whole.to_bytes(size, "big"), bool(head[0] & 0x80)

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (ConnectionError, ValueError):
            return b""

    def close(self) -> None:
        """Let the connection go."""
        self._file.close()
        self._connection.close()


def frame(kind: int, payload: bytes, *, last: bool = True) -> bytes:
    """A server's frame."""
    head = bytes([kind | 0x80 * last])
    size = len(payload)
    if size < 126:
        return head + bytes([size]) + payload
    if size < 1 << 16:
        return head + b"\x7e" + struct.pack("!H", size) + payload
    return head + b"\x7f" + struct.pack("!Q", size) + payload


def told(*events: Any) -> bytes:
    """Events as they travel, for `accept(behind=…)`."""
    return b"".join(frame(TEXT, json.dumps(event).encode()) for event in events)


Script = Callable[[Peer], None]


class Talker:
    """The server. `peers` are the clients so far, in the order they came; `scripts` take the first
    ones, `script` all that come after."""

    def __init__(self) -> None:
        self.script: Script = Peer.accept
        self.scripts: list[Script] = []
        self.peers: list[Peer] = []
        self.failures: list[BaseException] = []
        self._busy: list[threading.Thread] = []
        self._tcp = _Tcp(("127.0.0.1", 0), _Handler)
        self._tcp.owner = self
        threading.Thread(target=self._tcp.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self._tcp.server_address[1]}"

    @property
    def only(self) -> Peer:
        """The one client that came."""
        assert len(self.peers) == 1
        return self.peers[0]

    def serve(self, connection: socket.socket) -> None:
        """Play the script for one client."""
        self._busy.append(threading.current_thread())
        peer = None
        try:
            peer = Peer(connection)
            self.peers.append(peer)
            script = self.scripts.pop(0) if self.scripts else self.script
            script(peer)
        except BaseException as error:
            self.failures.append(error)
        finally:
            if peer:
                peer.close()

    def settle(self) -> None:
        """Wait until every script has ended; raise what went wrong in one."""
        for thread in self._busy:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a script hangs"
        for failure in self.failures:
            raise failure

    def close(self) -> None:
        """Stop listening."""
        self._tcp.shutdown()
        self._tcp.server_close()


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    owner: Talker


class _Handler(socketserver.BaseRequestHandler):
    server: _Tcp

    def handle(self) -> None:
        self.server.owner.serve(self.request)


@pytest.fixture
def talker() -> Iterator[Talker]:
    """A server for this test, whose scripts must all have come to their end."""
    made = Talker()
    yield made
    made.settle()
    made.close()
