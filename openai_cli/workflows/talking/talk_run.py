"""A conversation put together: devices or files, the session, the screen, the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...catalog.record import Record
from ...core import results
from ...core.errors import OutcomeError
from . import devices, settings, showing, source
from .asking import Asking
from .calls import Calls, as_realtime_tool
from .conversation import MODEL, YOU, Conversation
from .ear import Always, Ear, Held, Never, Source, Turns, Whole
from .keyboard import Keyboard
from .line import Line
from .mouth import Mouth, Nobody, Output
from .page import Page, page
from .paragraphs import Paragraphs
from .saving import Saving
from .source import Recording
from .tape import Tape

if TYPE_CHECKING:
    from ...core.context import App
    from ..chat.tools import Tool

Event = dict[str, Any]
ROOM = 0.3
"""Seconds for which a room still sounds after the loudspeaker fell silent."""
LINGER = 2.0
"""Seconds of quiet after the end of a recording in which the server may still find a turn."""
NO_ANSWER = 60.0
"""Seconds after which nobody waits for an answer to a recording any more."""


class Wishes(Record):
    """What the command line asks for; `session` holds the session's settings."""

    model: str
    session: Event
    held: bool = False
    text: bool = False
    silent: bool = False
    half_duplex: bool = False
    device: str = ""
    output_device: str = ""
    input: str = ""
    rate: int = 0
    fast: bool = False
    play: bool = False
    save: str = ""
    record: str = ""
    tools: list[Tool] = []
    approve: str = ""
    most: int = 0

    @property
    def detected(self) -> bool:
        """Whether the server finds turns."""
        return settings.detected(self.session)

    @property
    def written(self) -> bool:
        """Whether what the person says is written down."""
        return settings.written(self.session)


def result(app: App, wishes: Wishes) -> results.Result:
    """Talk, or show how it would begin. Raises OaiError."""
    if wishes.tools:
        wishes.session |= {"tools": [as_realtime_tool(tool) for tool in wishes.tools]}
        wishes.session.setdefault("tool_choice", "auto")
    first = settings.update(wishes.session)
    if showing.previewed(app):
        return showing.preview(app, settings.TALK, {"model": wishes.model}, first)
    showing.check_stdout(app, wishes.save)
    return showing.run(app, lambda text: Talk(app, wishes).events(first, text))


class Talk:
    """One conversation, from the first event to the last."""

    def __init__(self, app: App, wishes: Wishes) -> None:
        self._app = app
        self._wishes = wishes
        self._clock = app.console.clock
        self._typed = wishes.text and not app.console.stdin_tty
        self._alone = bool(wishes.input) or self._typed
        self._recording: Recording | None = None
        self._loud_at = -ROOM
        self._last = 0.0
        self._started = 0.0
        self._held = Held()
        self._ear: Ear | None = None
        self._finished = False

    # -- from beginning to end ----------------------------------------------------------------

    def events(self, first: Event, text: bool) -> Iterator[Event]:
        """The server's events while the conversation goes on; with `text` it is shown as well.

        Ctrl-C is how people end a conversation: no failure. Raises OaiError.
        """
        with ExitStack() as parts:
            self._put_together(parts, text)
            try:
                self._line.open(settings.TALK, {"model": self._wishes.model}, first)
                yield from self._converse()
            except KeyboardInterrupt as stop:
                if self._alone or not self._line.ready or type(stop) is not KeyboardInterrupt:
                    raise
        if self._alone:
            self._judge()

    def _put_together(self, parts: ExitStack, text: bool) -> None:
        app, wishes = self._app, self._wishes
        shown = page(app, text=text, sound_on_stdout=wishes.save == "-")
        self._page: Page = parts.enter_context(shown)
        parts.callback(self._page.clear)
        self._line = Line(app, self._page.tell)
        parts.callback(self._tell_usage)
        self._mouth = Mouth(self._output(), tape=bool(wishes.record))
        parts.callback(self._mouth.close)
        names = {YOU: self._page.name(YOU, "1;36"), MODEL: self._page.name(MODEL, "1;32")}
        self._said = Paragraphs(
            self._page, self._clock, self._mouth.heard, live=self._page.live, names=names
        )
        parts.callback(self._said.close)
        asking = Asking()
        parts.callback(asking.close)
        self._conversation = self._machine(parts, asking)
        parts.callback(self._line.close)
        self._listen(parts)
        speaks = not wishes.text
        keys = Keyboard(app, self._conversation, asking, self._page, speaks=speaks)
        self._keyboard = parts.enter_context(keys.opened(self._typed, held=self._its_keys()))

    def _machine(self, parts: ExitStack, asking: Asking) -> Conversation:
        app, wishes = self._app, self._wishes
        calls = self._calls(asking)
        if calls:
            parts.callback(calls.cancel)
        saving = Saving(app, wishes.save) if wishes.save else None
        if saving:
            parts.callback(saving.close)
        return Conversation(
            self._line.send,
            self._mouth,
            self._said,
            self._page.tell,
            self._clock,
            calls=calls,
            keep=saving.add if saving else lambda pcm: None,
            detected=wishes.detected,
            written=wishes.written,
        )

    def _its_keys(self) -> Held | None:
        return self._held if self._wishes.held else None

    def _output(self) -> Output:
        wishes = self._wishes
        if not wishes.silent and (wishes.play or not self._alone):
            with devices.otherwise("without sound: --silent writes the answers, --text types"):
                return devices.speaker(wishes.output_device)
        return Nobody(self._clock if wishes.input and not wishes.fast else None)

    def _calls(self, asking: Asking) -> Calls | None:
        from ..chat.approval import Approval

        approval = Approval(self._app, self._wishes.approve, asking.ask)
        if not self._wishes.tools:
            return None
        return Calls(self._wishes.tools, approval.ask, self._wishes.most)

    # -- listening ----------------------------------------------------------------------------

    def _listen(self, parts: ExitStack) -> None:
        """Make the ear, unless nobody speaks and nothing is recorded."""
        wishes = self._wishes
        found = self._source(parts)
        if found is None:
            return
        tape = None
        if wishes.record:
            tape = Tape(Path(wishes.record).expanduser(), self._mouth.heard_sound)
            parts.callback(tape.close)
        self._ear = Ear(
            found,
            self._turns(),
            self._line.send,
            muted=self._muted,
            tap=tape.add if tape else None,
            commit=self._conversation.commit,
        )
        parts.callback(self._ear.stop)

    def _source(self, parts: ExitStack) -> Source | None:
        wishes, console = self._wishes, self._app.console
        if wishes.input:
            sound = source.opened(self._app, wishes.input, wishes.rate)
            self._recording = Recording(
                console,
                sound,
                fast=wishes.fast,
                tail=wishes.detected,
                hold=self._muted,
            )
            parts.callback(self._recording.close)
            return self._recording
        if wishes.text:
            return source.silence(console) if wishes.record else None
        with devices.otherwise("without one: --text types, --input speaks a recording"):
            return parts.enter_context(devices.microphone(wishes.device))

    def _turns(self) -> Turns:
        wishes = self._wishes
        if wishes.text:
            return Never()
        if wishes.held:
            return self._held
        return Always() if wishes.detected else Whole()

    def _muted(self) -> bool:
        """With half duplex: whether the loudspeaker could be heard."""
        if not self._wishes.half_duplex:
            return False
        now = self._clock()
        if self._mouth.playing:
            self._loud_at = now
        return now - self._loud_at < ROOM

    # -- talking ------------------------------------------------------------------------------

    def _converse(self) -> Iterator[Event]:
        for event in self._line.events():
            if event is not None:
                self._last = self._clock()
                self._conversation.handle(event)
                if self._line.ready and not self._started:
                    self._begin()
                yield event
            self._conversation.tick()
            if self._ear:
                self._ear.check()
            if self._started and self._goes_on():
                continue
            if self._started:
                self._finished = True
                return
        self._page.tell("the server has ended the session")

    def _begin(self) -> None:
        self._started = self._clock()
        if self._ear:
            self._ear.start()
        self._keyboard.welcome()

    def _goes_on(self) -> bool:
        """Look after keys and the quiet line; whether there is anything still to come."""
        block = self._ear.last if self._ear and not self._wishes.text else b""
        self._keyboard.look(self._said, block)
        if self._keyboard.over:
            return self._typed and not self._conversation.idle
        if self._recording is None:
            return True
        assert self._ear is not None
        spoken = self._recording.over if self._wishes.detected else self._ear.ended.is_set()
        quiet = self._clock() - self._last
        if spoken and quiet > NO_ANSWER and self._conversation.waiting:
            raise OutcomeError(f"no answer came in {NO_ANSWER:g} s")
        return not (spoken and self._conversation.idle and quiet > self._linger())

    def _linger(self) -> float:
        return LINGER if self._wishes.detected else -1.0

    # -- the end ------------------------------------------------------------------------------

    def _judge(self) -> None:
        """Where nobody watched, a failed answer or an early end is a failure."""
        if self._conversation.problem:
            raise self._conversation.problem
        if not self._finished:
            raise OutcomeError("the server ended the session before the conversation was over")

    def _tell_usage(self) -> None:
        if self._started:
            seconds = self._clock() - self._started
            self._page.tell(self._conversation.usage.text(seconds))
