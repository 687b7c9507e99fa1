"""A question that comes up in the middle of a conversation: may this tool run?"""

from __future__ import annotations

import threading

LOOK = 0.2


class Asking:
    """Asked in a thread of its own, answered by whoever reads the keys."""

    def __init__(self) -> None:
        self._one = threading.Lock()
        self._answered = threading.Event()
        self._closed = False
        self._yes = False
        self.question = ""
        self.told = False

    def ask(self, question: str) -> bool:
        """Wait for the answer; no when the conversation ends first."""
        with self._one:
            self._answered.clear()
            self._yes, self.told, self.question = False, False, question
            while not (self._closed or self._answered.wait(LOOK)):
                pass
            self.question = ""
            return self._yes

    def answer(self, text: str) -> None:
        """What was typed; anything but yes is no."""
        self._yes = text.strip().lower() in ("y", "yes")
        self.question = ""
        self._answered.set()

    def close(self) -> None:
        """Nobody answers any more."""
        self._closed = True
