"""The wish for an answer. A session gives one at a time, so that a wish may have to wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
ASKED = "oai_response_"
"""How the id of our own `response.create` begins, so that its failure can be told from others."""
AGAIN = 0.5
"""Seconds after which an answer is asked for again that the server was not ready for."""
NOT_READY = "conversation_already_has_active_response"


class Wish:
    """Asks for answers. `asked` is the id of a request whose answer has not begun."""

    def __init__(self, send: Callable[[Event], object], clock: Callable[[], float]) -> None:
        self._send = send
        self._clock = clock
        self._again = 0.0
        self._number = 0
        self._withdrawn = False
        self.wanted = False
        self.asked = ""

    @property
    def open(self) -> bool:
        """Whether an answer is wanted that has not begun."""
        return self.wanted or bool(self.asked)

    def want(self, active: bool) -> None:
        """Ask for an answer, as soon as there is none under way."""
        self.wanted = True
        if active or self.asked:
            return
        self.wanted = False
        self._number += 1
        self.asked = f"{ASKED}{self._number}"
        self._send({"type": "response.create", "event_id": self.asked})

    def tick(self, active: bool) -> None:
        """Ask again where it is time."""
        if self.wanted and self._clock() >= self._again:
            self.want(active)

    def withdraw(self) -> None:
        """What was asked for and has not begun is no longer wanted."""
        self._withdrawn = self._withdrawn or bool(self.asked)

    def begun(self) -> bool:
        """An answer begins; whether it is still wanted."""
        withdrawn, self._withdrawn = self._withdrawn, False
        self.asked = ""
        return not withdrawn

    def refused(self, error: Event) -> bool:
        """The server reports an error; whether that is the end of what was asked for."""
        if not self.asked or error.get("event_id") != self.asked:
            return False
        self.asked = ""
        if error.get("code") == NOT_READY:
            self.wanted, self._again = True, self._clock() + AGAIN
            return False
        return True
