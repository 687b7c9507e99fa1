"""Reads a stream of turns: text from the API's events, quiet lines from the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core import live
from ...core.errors import OaiError
from .notices import notice


class TurnReader:
    """`judge` says what is wrong with the last answer, `finish` is called when all is over;
    `people` says that somebody is looking, who may want to know more than the steps of tools."""

    def __init__(
        self,
        family: str,
        judge: Callable[[Any], OaiError | None] = lambda document: None,
        finish: Callable[[], None] = lambda: None,
        *,
        people: bool = True,
    ) -> None:
        self._family = family
        self._judge = judge
        self._finish = finish
        self._people = people
        self._reader = self._fresh()
        self._shown = False
        self._gap = ""

    def _fresh(self) -> live.Reader:
        reader = live.reader(self._family)
        assert reader is not None
        return reader

    def feed(self, event: dict[str, Any]) -> str:
        """The text of an event; a new turn starts a new answer, a blank line below the last."""
        kind = str(event.get("type", ""))
        if kind == "oai.turn":
            self._reader = self._fresh()
            self._gap = "\n\n" if self._shown else ""
        text = "" if kind.startswith("oai.") else self._reader.feed(event)
        if not text:
            return ""
        self._shown, gap, self._gap = True, self._gap, ""
        return gap + text

    def notice(self, event: dict[str, Any]) -> str:
        """What else happened, in a line for people; empty for most events."""
        ours = str(event.get("type", "")).startswith("oai.")
        return notice(event) if ours or self._people else ""

    def final(self) -> Any:
        """The last turn's answer."""
        return self._reader.final()

    def problem(self) -> OaiError | None:
        """What is wrong with the whole: a broken answer, a refusal, output that does not fit."""
        self._finish()
        return self._reader.problem() or self._judge(self._reader.final())

    def text(self, document: Any) -> str | None:
        """The text of a complete answer."""
        return self._reader.text(document)

    def rest(self) -> str:
        """What the last turn held back."""
        return self._reader.rest()
