"""Live captions: what somebody says, written down while it is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ...core import results
from ...core.errors import OaiError, OutcomeError
from . import settings, showing
from .ear import Always, Ear, Pauses
from .hearing import Listening, Sound
from .line import Line
from .page import page
from .paragraphs import Paragraphs
from .usage import Usage

if TYPE_CHECKING:
    from ...core.context import App

Event = dict[str, Any]
LINGER = 2.0
"""Seconds of quiet after the end of a recording in which the server may still find a turn."""
_WRITTEN = "conversation.item.input_audio_transcription."
QUERY = {"intent": "transcription"}


def result(app: App, sound: Sound, session: Event) -> results.Result:
    """Write down, or show how it would begin. Raises OaiError."""
    first = settings.update(session)
    if showing.previewed(app):
        return showing.preview(app, settings.TALK, QUERY, first)
    return showing.run(app, lambda text: Captions(app, sound, session).events(first, text))


class Captions(Listening):
    """One session that writes down."""

    def __init__(self, app: App, sound: Sound, session: Event) -> None:
        super().__init__(app, sound)
        self._detected = settings.detected(session)
        self._open: set[str] = set()
        self._unheard = 0
        self._speaking = False
        self._usage = Usage()
        self._problem: OaiError | None = None

    def events(self, first: Event, text: bool) -> Iterator[Event]:
        """The server's events; with `text` what they say is shown. Raises OaiError."""
        with ExitStack() as parts:
            shown = page(self._app, text=text, sound_on_stdout=False)
            self._page = parts.enter_context(shown)
            self._line = Line(self._app, self._page.tell)
            parts.callback(self._tell_usage)
            live = self._page.live
            self._said = Paragraphs(self._page, self._clock, lambda key: 0, live=live)
            parts.callback(self._said.close)
            self._source = self._sound.open(self._app, parts, tail=self._detected)
            self._ear = Ear(
                self._source,
                Always() if self._detected else Pauses(),
                self._line.send,
                commit=self._commit,
            )
            parts.callback(self._ear.stop)
            parts.callback(self._line.close)
            self._line.open(settings.TALK, QUERY, first)
            yield from self.converse()
        if self._problem:
            raise self._problem

    def _commit(self) -> None:
        self._unheard += 1
        self._line.send({"type": "input_audio_buffer.commit"})

    def tick(self) -> None:
        """Words become due; the quiet line is drawn."""
        self._said.show()
        hint = "" if self._sound.name else "Ctrl-C ends it"
        self._page.status(self._said, hint, b"" if self._sound.name else self._ear.last)

    def done(self) -> bool:
        """Whether every turn was written down."""
        if self._unheard or self._open or self._speaking:
            return False
        return not self._detected or self._clock() - self._last > LINGER

    def handle(self, event: Event) -> None:
        """One event of the server."""
        kind = str(event.get("type"))
        key = str(event.get("item_id"))
        if kind == "input_audio_buffer.committed":
            self._unheard = max(0, self._unheard - 1)
            self._speaking = False
            self._open.add(key)
            self._said.begin("", key)
        elif kind.startswith("input_audio_buffer.speech_"):
            self._speaking = kind.endswith("started")
        elif kind == _WRITTEN + "delta":
            self._said.begin("", key)
            self._said.say(key, str(event.get("delta") or ""))
        elif kind == _WRITTEN + "completed":
            self._said.begin("", key)
            self._said.finish(key, str(event.get("transcript") or ""))
            self._open.discard(key)
            self._usage.add_transcript(event.get("usage"))
        elif kind in (_WRITTEN + "failed", "error"):
            self._failed(event, key)

    def _failed(self, event: Event, key: str) -> None:
        error = event.get("error") or {}
        if error.get("code") == "input_audio_buffer_commit_empty":
            self._unheard = max(0, self._unheard - 1)
            return
        message = str(error.get("message") or error.get("code") or "no reason given")
        self._page.tell(f"not written down: {message}")
        self._problem = OutcomeError(f"something was not written down: {message}")
        self._said.finish(key)
        self._open.discard(key)

    def _tell_usage(self) -> None:
        if self._began:
            self._page.tell(self._usage.text(self.seconds))
