"""Bytes over a connection that became a WebSocket's: one thread reads while others write.

Nothing here blocks inside a system call while it holds the lock: a TLS connection must not be read
and written at the same moment (before Python 3.13 that can crash), and a writer that waits for a
slow server must not keep the reader from emptying what the server sends.
"""

from __future__ import annotations

import math
import selectors
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Any

from ..errors import NetworkError

READ = 1 << 18
NESTED_PAUSE = 0.02
"""Seconds one look takes where TLS runs inside TLS (an https proxy) and readiness is hidden."""
FIRST_LOOK = 0.001
_READABLE, _WRITABLE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Channel:
    """The connection under `stream`, httpcore2's stream of an answer with status 101. One thread
    may read and one write."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._socket: socket.socket = stream.get_extra_info("socket")
        # An SSLObject (not the one inside an SSLSocket) means that bytes go through two layers.
        self._nested = isinstance(stream.get_extra_info("ssl_object"), ssl.SSLObject)
        self._lock = threading.Lock()
        self._first = self._left_over()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, _READABLE)
        if not self._nested:
            self._socket.setblocking(False)

    def _left_over(self) -> bytes:
        """What came together with the answer's head, which the stream holds back."""
        import httpcore2

        try:
            return bytes(self._stream.read(READ, FIRST_LOOK))
        except httpcore2.ReadTimeout:
            return b""
        except httpcore2.ReadError as error:
            raise NetworkError(f"the connection dropped: {error}") from None

    def read(self, timeout: float | None) -> bytes | None:
        """What has come; empty at the end of the connection, None when `timeout` seconds are over.

        Raises NetworkError.
        """
        if self._first:
            data, self._first = self._first, b""
            return data
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                with self._lock:
                    return self._receive()
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError, TimeoutError):
                pass
            except OSError as error:
                raise NetworkError(f"the connection dropped: {_words(error)}") from None
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return None
            if not self._nested:
                self._selector.select(left)

    def _receive(self) -> bytes:
        if not self._nested:
            return self._socket.recv(READ)
        import httpcore2

        try:
            return bytes(self._stream.read(READ, NESTED_PAUSE))
        except httpcore2.ReadTimeout:
            raise TimeoutError from None
        except httpcore2.ReadError as error:
            raise ConnectionError(str(error)) from None

    def write(self, data: bytes, timeout: float | None = None) -> None:
        """Write everything, in `timeout` seconds if that is given. Raises NetworkError."""
        until = math.inf if timeout is None else time.monotonic() + timeout
        try:
            self._write(memoryview(data), until)
        except OSError as error:
            raise NetworkError(f"the connection dropped: {_words(error)}") from None

    def _write(self, view: memoryview, until: float) -> None:
        while view:
            try:
                with self._lock:
                    sent = self._send(view)
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait(_WRITABLE, until)
            except ssl.SSLWantReadError:
                self._wait(_READABLE, until)
            else:
                view = view[sent:]

    def _send(self, view: memoryview) -> int:
        if not self._nested:
            return self._socket.send(view)
        import httpcore2

        try:
            self._stream.write(bytes(view), None)
        except httpcore2.WriteError as error:
            raise ConnectionError(str(error)) from None
        return len(view)

    def _wait(self, what: int, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server takes nothing")
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, what)
            selector.select(None if left == math.inf else left)

    def shut(self) -> None:
        """Wake whoever reads or writes: nothing goes either way any more."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let the selector go; the connection belongs to the client."""
        self._selector.close()


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
