"""Live translation: what somebody says, in another language, written and spoken."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ...catalog.record import Record
from ...core import results
from ...core.errors import OaiError, OutcomeError
from ..sound.capture import RATE
from ..sound.pcm import Converter
from . import devices, settings, showing
from .ear import Always, Ear
from .hearing import Listening, Sound
from .line import Line
from .mouth import Mouth, Nobody
from .page import page
from .paragraphs import Paragraphs
from .saving import Saving

if TYPE_CHECKING:
    from ...core.context import App

Event = dict[str, Any]
APPEND = "session.input_audio_buffer.append"
SOURCE, TARGET = "original", "translation"
ENDS, ENDS_WITHOUT_SPACE = ".!?…:;", "。！？"
PAUSE = 2.0
"""Seconds without a word that end a paragraph."""


class Wishes(Record):
    """What the command line asks for; `save` is where the speech goes."""

    model: str
    session: Event
    play: bool = False
    output_device: str = ""
    save: str = ""
    both: bool = False


def result(app: App, sound: Sound, wishes: Wishes) -> results.Result:
    """Translate, or show how it would begin. Raises OaiError."""
    first = settings.update(wishes.session)
    if showing.previewed(app):
        app.options.pop("output", None)
        return showing.preview(app, settings.TRANSLATE, {"model": wishes.model}, first)
    showing.check_stdout(app, wishes.save)
    if showing.wants_events(app):
        app.options.pop("output", None)  # it is the speech that is saved there
    return showing.run(app, lambda text: Interpreter(app, sound, wishes).events(first, text))


class Sentences:
    """An endless text cut into paragraphs: at the end of a sentence, or a pause."""

    def __init__(self, said: Paragraphs, who: str) -> None:
        self._said = said
        self._who = who
        self._number = 0
        self._text = ""
        self._at = 0.0

    def add(self, text: str, now: float) -> None:
        """More of it."""
        ended = self._text.rstrip()[-1:]
        if ended and ((ended in ENDS and text[:1].isspace()) or ended in ENDS_WITHOUT_SPACE):
            self.end()
        key = f"{self._who} {self._number}"
        if not self._text:
            if not text.strip():
                return
            self._said.begin(self._who, key)
        self._text += text
        self._at = now
        self._said.say(key, text)

    def tick(self, now: float) -> None:
        """Nothing has come for a while, perhaps."""
        if self._text and now - self._at > PAUSE:
            self.end()

    def end(self) -> None:
        """The paragraph is whole."""
        if self._text:
            self._said.finish(f"{self._who} {self._number}")
            self._text = ""
            self._number += 1


class Interpreter(Listening):
    """One session that translates."""

    def __init__(self, app: App, sound: Sound, wishes: Wishes) -> None:
        super().__init__(app, sound)
        self._wishes = wishes
        self._asked_to_close = False
        self._closed = False
        self._saving: Saving | None = None
        self._convert: Converter | None = None
        self._problem: OaiError | None = None

    def events(self, first: Event, text: bool) -> Iterator[Event]:
        """The server's events; with `text` what they say is shown. Raises OaiError."""
        app, wishes = self._app, self._wishes
        with ExitStack() as parts:
            aside = wishes.save == "-"
            shown = page(app, text=text, sound_on_stdout=aside, plain=True)
            self._page = parts.enter_context(shown)
            self._line = Line(app, self._page.tell)
            output = devices.speaker(wishes.output_device) if wishes.play else Nobody(None)
            self._mouth = Mouth(output)
            parts.callback(self._mouth.close)
            self._write(parts)
            if wishes.save:
                self._saving = Saving(app, wishes.save)
                parts.callback(self._saving.close)
            self._source = self._sound.open(app, parts)
            self._ear = Ear(self._source, Always(), self._line.send, kind=APPEND)
            parts.callback(self._ear.stop)
            parts.callback(self._line.close)
            self._line.open(settings.TRANSLATE, {"model": wishes.model}, first)
            yield from self.converse()
        if self._problem:
            raise self._problem

    def _write(self, parts: ExitStack) -> None:
        names = {SOURCE: self._page.name(SOURCE, "2"), TARGET: self._page.name(TARGET, "1;32")}
        self._said = Paragraphs(
            self._page,
            self._clock,
            lambda key: 0,
            live=self._page.live,
            names=names if self._wishes.both else None,
        )
        parts.callback(self._said.close)
        self._texts = {
            f"session.{side}_transcript.delta": Sentences(self._said, who)
            for side, who in (("input", SOURCE), ("output", TARGET))
        }

    def handle(self, event: Event) -> None:
        """One event of the server."""
        kind = str(event.get("type"))
        if kind in self._texts:
            self._texts[kind].add(str(event.get("delta") or ""), self._clock())
        elif kind == "session.output_audio.delta":
            self._sounds(event)
        elif kind == "session.closed":
            self._closed = True
        elif kind == "error":
            error = event.get("error") or {}
            message = str(error.get("message") or error.get("code") or "no reason given")
            self._page.tell(f"the server reports an error: {message}")
            self._problem = OutcomeError(f"the server reported an error: {message}")

    def _sounds(self, event: Event) -> None:
        try:
            pcm = base64.b64decode(str(event.get("delta") or ""))
        except binascii.Error:
            return
        rate, channels = event.get("sample_rate") or RATE, event.get("channels") or 1
        if (rate, channels) != (RATE, 1):
            self._convert = self._convert or Converter(rate, channels, RATE, 1)
            pcm = self._convert.feed(pcm)
        if self._saving:
            self._saving.add(pcm)
        self._mouth.play(TARGET, pcm)

    def tick(self) -> None:
        """Sound is handed on, sentences end, and the server is told when nobody speaks any more."""
        self._mouth.pump()
        for text in self._texts.values():
            text.tick(self._clock())
        self._said.show()
        hint = "" if self._sound.name else "Ctrl-C ends it"
        self._page.status(self._said, hint, b"" if self._sound.name else self._ear.last)
        if self._ear.ended.is_set() and not self._asked_to_close:
            self._asked_to_close = True
            self._line.send({"type": "session.close"})

    def done(self) -> bool:
        """Whether all is translated, and heard."""
        if self._closed:
            self._mouth.ended(TARGET)
        return self._closed and not self._mouth.playing
