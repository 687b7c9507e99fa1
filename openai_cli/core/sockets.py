"""Sessions over WebSocket: events go out and come in while both sides stay connected.

    with api.connect("realtime…", {"model": "…"}) as socket:
        socket.send({"type": "response.create"})
        for event in socket.events():
            …

One thread may receive while others send. What travels is text, one JSON object a message; how it
travels is a `Wire`'s business: a real connection, or a sandbox inside the process.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ..catalog.record import Record
from .errors import (
    ApiError,
    NetworkError,
    NotFoundError,
    OaiError,
    PermissionError_,
    RateLimitError,
    ServerError,
)
from .wire import encode_json

NORMAL = 1000
NO_CODE = 1005
"""What stands for the code of a close frame that has none (RFC 6455, 7.1.5)."""
DROPPED = 1006
"""What stands for a connection that ended without a close frame."""
CLEAN = (NORMAL, 1001, NO_CODE)


class Closed(Record):
    """How a connection ended: the close frame's code (RFC 6455, 7.4) and reason."""

    code: int = NORMAL
    reason: str = ""


class WireClosed(Exception):
    """The other side said goodbye; what it said is in `closed`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.closed = Closed(code, reason)


class Wire(Protocol):
    """Carries texts. One thread at a time receives; any may send."""

    def send(self, text: str) -> None:
        """Send one message. Raises NetworkError, WireClosed."""

    def receive(self, timeout: float | None) -> str | None:
        """The next message; None after `timeout` seconds. Raises NetworkError, WireClosed."""

    def close(self, code: int, reason: str) -> None:
        """Say goodbye and let the connection go; raises nothing."""


class Socket:
    """One session. `request_id` is the API's id of the handshake; `closed` tells how the session
    ended, None while it lasts."""

    def __init__(self, wire: Wire, request_id: str = "") -> None:
        self._wire = wire
        self._lock = threading.Lock()
        self.request_id = request_id
        self.closed: Closed | None = None

    def send(self, event: Mapping[str, Any] | str) -> None:
        """Send one event; a text is sent as it is. Waits while the server takes nothing.

        Raises NetworkError when the session is over.
        """
        text = event if isinstance(event, str) else encode_json(event).decode()
        if self.closed is not None:
            raise NetworkError("the session is closed")
        try:
            self._wire.send(text)
        except WireClosed as end:
            self._ended(end.closed)
            raise NetworkError("the session is closed") from None

    def receive(self, timeout: float | None = None) -> dict[str, Any] | None:
        """The next event. None when `timeout` seconds are over, or when the session has ended as it
        should (`closed` tells which).

        Raises NetworkError when the connection drops, ApiError (with the exit code that fits) when
        the server ends the session for a reason.
        """
        if self.closed is not None:
            return None
        try:
            text = self._wire.receive(timeout)
        except WireClosed as end:
            self._ended(end.closed)
            if problem := failure(end.closed, self.request_id):
                raise problem from None
            return None
        except NetworkError:
            self._ended(Closed(DROPPED))
            raise
        return None if text is None else _event(text)

    def events(self) -> Iterator[dict[str, Any]]:
        """Every event until the session ends. Raises as `receive` does."""
        while self.closed is None:
            event = self.receive()
            if event is not None:
                yield event

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """End the session; safe to call again, and from another thread."""
        self._ended(Closed(code, reason))
        self._wire.close(code, reason)

    def _ended(self, how: Closed) -> None:
        with self._lock:
            if self.closed is None:
                self.closed = how

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _event(text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        shown = text if len(text) <= 200 else text[:199] + "…"
        raise ApiError(f"the server sent something that is not an event: {shown}")
    return event


def complaint(event: Mapping[str, Any]) -> str:
    """What an error event says."""
    inner = event.get("error")
    found = inner if isinstance(inner, dict) else event
    return str(found.get("message") or found.get("code") or "it says nothing more")


# -- how sessions end -------------------------------------------------------------------------

_KINDS: tuple[tuple[type[ApiError], tuple[str, ...], tuple[int, ...]], ...] = (
    (RateLimitError, ("rate_limit", "quota", "billing"), ()),
    (NotFoundError, ("not_found",), ()),
    (PermissionError_, ("api_key", "auth", "permission"), (1008, 3000, 3003)),
    (ServerError, ("server_error",), (1011, 1012, 1013, 1014)),
)
"""Which error a goodbye means: by words of its reason first, else by its code."""


def failure(closed: Closed, request_id: str = "") -> OaiError | None:
    """The error that a server's goodbye amounts to; None for a clean end.

    A reason that names the kind of failure (`invalid_request_error.invalid_api_key`) counts more
    than the code.
    """
    if closed.code in CLEAN:
        return None
    if closed.code == DROPPED:
        return NetworkError("the connection dropped")
    said = f": {closed.reason}" if closed.reason else ""
    message = f"the server ended the session with code {closed.code}{said}"
    return _kind(closed)(message, code=str(closed.code), request_id=request_id)


def _kind(closed: Closed) -> type[ApiError]:
    reason = closed.reason.lower()
    for kind, words, _ in _KINDS:
        if any(word in reason for word in words):
            return kind
    return next((kind for kind, _, codes in _KINDS if closed.code in codes), ApiError)
