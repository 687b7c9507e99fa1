"""What captions and translations listen to, and what both need around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ...catalog.record import Record
from ...core.errors import OutcomeError, UsageError
from . import devices, source
from .line import Line
from .page import Page

if TYPE_CHECKING:
    from ...core.context import App
    from .ear import Ear, Source

Event = dict[str, Any]
GRACE = 5.0
"""Seconds in which the server may still say what it heard before Ctrl-C."""
SILENT = 60.0
"""Seconds after the end of all sound after which nothing more is expected."""


class Sound(Record):
    """What to listen to: a recording's name (`-` is stdin), or the microphone where it is empty."""

    name: str = ""
    device: str = ""
    rate: int = 0
    fast: bool = False

    def check(self, mic: bool) -> None:
        """Raise UsageError for options that cannot stand together."""
        if mic and self.name:
            raise UsageError("listen to a recording or to the microphone, not to both")
        if (self.fast or self.rate) and not self.name:
            raise UsageError("--fast and --rate are about a recording: name one, or -")
        if self.device and self.name:
            raise UsageError("--device is about the microphone")

    def open(self, app: App, parts: ExitStack, *, tail: bool = False) -> Source:
        """Begin to listen. Raises OaiError."""
        if not self.name:
            with devices.otherwise("without one: name a recording, or - for a pipe"):
                return parts.enter_context(devices.microphone(self.device))
        sound = source.opened(app, self.name, self.rate)
        made = source.Recording(app.console, sound, fast=self.fast, tail=tail)
        parts.callback(made.close)
        return made


class Listening:
    """A session that hears and writes. Kinds of it say what events mean (`handle`), and whether
    something is still to come (`done`)."""

    def __init__(self, app: App, sound: Sound) -> None:
        self._app = app
        self._sound = sound
        self._clock = app.console.clock
        self._line: Line
        self._page: Page
        self._ear: Ear
        self._began = 0.0
        self._last = 0.0
        self._until = 0.0
        self._source: Source

    # -- what kinds of it say ------------------------------------------------------------------

    def handle(self, event: Event) -> None:
        """One event of the server."""
        raise NotImplementedError

    def tick(self) -> None:
        """Time has passed."""

    def done(self) -> bool:
        """Whether all sound has been heard, and everything said that follows from it."""
        raise NotImplementedError

    # -- what they use -------------------------------------------------------------------------

    def converse(self) -> Iterator[Event]:
        """Events until the end. Ctrl-C at a microphone is one: what was said before is waited for.

        Raises OaiError.
        """
        try:
            yield from self._loop()
        except KeyboardInterrupt as stop:
            if self._sound.name or not self._line.ready or type(stop) is not KeyboardInterrupt:
                raise
            self._until = self._clock() + GRACE
            self._ear.stop()
            yield from self._loop()

    def _loop(self) -> Iterator[Event]:
        for event in self._line.events():
            if event is not None:
                self._last = self._clock()
                self.handle(event)
                if self._line.ready and not self._began:
                    self._began = self._clock()
                    self._ear.start()
                yield event
            self.tick()
            if self._began and self._is_over():
                return
        if self._sound.name and not self.done():
            raise OutcomeError("the server ended the session before everything was heard")

    def _is_over(self) -> bool:
        self._ear.check()
        now = self._clock()
        if self._until and now > self._until:
            return True
        if not self.heard_all:
            return False
        if self.done():
            return True
        if now - self._last > SILENT:
            raise OutcomeError(f"the server has said nothing for {SILENT:g} s")
        return False

    @property
    def heard_all(self) -> bool:
        """Whether no more sound comes, but silence perhaps."""
        spoken = isinstance(self._source, source.Recording) and self._source.over
        return spoken or self._ear.ended.is_set()

    @property
    def seconds(self) -> float:
        """How long it has been listening."""
        return self._clock() - self._began if self._began else 0.0
