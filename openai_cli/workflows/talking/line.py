"""An open session: its settings first, then its events, and a moment for everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ...core import failures
from ...core.errors import NetworkError

if TYPE_CHECKING:
    from ...core.context import App
    from ...core.sockets import Socket

Event = dict[str, Any]
TICK = 0.02
"""Seconds between two looks at what is not an event: keys, text that is due, the sound's end."""
WARN_BEFORE = 300.0
"""Seconds before the server's own end of a session at which that is told."""
LOST = (
    "a realtime session cannot be taken up again: what was said is above, and a new one knows "
    "nothing of it"
)


class Line:
    """One session. `ready` says whether its settings hold; `tell` takes lines for people."""

    def __init__(self, app: App, tell: Callable[[str], None]) -> None:
        self._app = app
        self._tell = tell
        self._expires = 0.0
        self._socket: Socket | None = None
        self.ready = False

    def open(self, connect: str, query: dict[str, Any], first: Event) -> None:
        """Shake hands and send the settings. Raises ApiError, NetworkError."""
        self._socket = self._app.api.connect(connect, query)
        self._socket.send(first)

    def send(self, event: Event) -> bool:
        """Send an event; False when the session is over, which `events` tells best."""
        try:
            assert self._socket is not None
            self._socket.send(event)
        except NetworkError:
            return False
        return True

    def close(self) -> None:
        """Say goodbye, with code 1000; nothing happens where nothing is open."""
        if self._socket is not None:
            self._socket.close()

    def events(self) -> Iterator[Event | None]:
        """Events as they come until the session ends; None when there was none for a moment.

        Raises ApiError when the settings are refused, and whatever ends the session badly.
        """
        socket = self._socket
        assert socket is not None
        while socket.closed is None:
            try:
                event = socket.receive(TICK)
            except NetworkError as error:
                error.hint = LOST if self.ready else error.hint
                raise
            if event is not None:
                self._note(event, socket.request_id)
            self._warn_of_end()
            yield event

    def _note(self, event: Event, request_id: str) -> None:
        kind = event.get("type")
        if kind == "session.updated":
            self.ready = True
        elif kind == "error" and not self.ready:
            raise failures.from_event(event.get("error"), request_id)
        session = event.get("session")
        if isinstance(session, dict) and isinstance(session.get("expires_at"), int | float):
            self._expires = float(session["expires_at"])

    def _warn_of_end(self) -> None:
        left = self._expires - self._app.console.now()
        if self._expires and left < WARN_BEFORE:
            self._expires = 0.0
            if left > 0:
                self._tell(f"the server ends this session in {max(1, round(left / 60))} min")
