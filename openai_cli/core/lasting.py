"""Sessions that outlive their connections: calls, sessions that somebody else holds open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import retry
from .errors import NetworkError, NotFoundError, OaiError, ServerError
from .sockets import Socket


class Lasting:
    """One such session. `connect` attaches to it, and does so again, up to `tries` times in a row,
    with ever longer pauses; `tell` takes a line about each of them.

    `socket` is the connection in use. `over` becomes true when the server knows of no such session
    any more.
    """

    def __init__(
        self,
        connect: Callable[[], Socket],
        tries: int,
        sleep: Callable[[float], None],
        tell: Callable[[str], None],
    ) -> None:
        self.over = False
        self.socket = connect()
        self._connect = connect
        self._tries = tries
        self._sleep = sleep
        self._tell = tell
        self._drops = 0

    def receive(self, timeout: float | None) -> dict[str, Any] | None:
        """The next event; None after `timeout` seconds, at the end of the session, and after a
        connection was made anew.

        Raises what ends the session for good: ApiError; NetworkError and ServerError once every try
        has failed.
        """
        try:
            event = self.socket.receive(timeout)
        except (NetworkError, ServerError) as error:
            self._again(error)
            return None
        if event is not None:
            self._drops = 0
        return event

    @property
    def ended(self) -> bool:
        """Whether the session has come to its end."""
        return self.over or self.socket.closed is not None

    def _again(self, error: OaiError) -> None:
        while self._drops < self._tries:
            self._drops += 1
            pause = retry.delay(self._drops)
            self._tell(f"{error.message}; connecting again in {pause:.1f} s")
            self._sleep(pause)
            try:
                self.socket = self._connect()
            except NotFoundError:
                self.over = True
                return
            except (NetworkError, ServerError) as failed:
                error = failed
            else:
                return
        raise error
