"""One request a piece, in order, and their answers as the answer about the whole recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core import api as wire
from ...core.errors import Exit, NetworkError, OaiError
from ...core.live.base import Quiet, records
from ...core.live.transcript import DELTA, DONE, SEGMENT, spoken
from ...core.moments import clock
from . import limits, showing, subtitles
from .joining import added, gap, joined, merged, moved, shifted, tail
from .speakers import Speakers

if TYPE_CHECKING:
    from ...catalog.model import Operation
    from ...core.context import App
    from ...core.http import Reply
    from ...core.parallel import Stop
    from ...engine.gather import Call
    from .pieces import Part

Event = dict[str, Any]
SUBTITLES = ("srt", "vtt")


class Interrupted(OaiError):
    """Ctrl-C, as an error: what came by then is shown first."""

    exit = Exit.INTERRUPTED

    def __init__(self, stop: KeyboardInterrupt) -> None:
        super().__init__("interrupted")
        self.stop = stop


class Asking:
    """Asks about the parts of one recording; each is told how the one before it ended, unless a
    prompt was given or the model takes none, and how those sound who spoke in them, where speakers
    are told apart. `cut` says that there may be several."""

    def __init__(self, app: App, call: Call, stop: Stop | None = None, *, cut: bool) -> None:
        self._app = app
        self._call = call
        self._stop = stop
        self._model = str(call.get("model") or "")
        self._form = str(call.get("response_format") or "json")
        self._said = self._live = ""
        self._cues = 0
        self._speakers = Speakers(cut and showing.names_speakers(call))
        self._warned = app.console.quiet

    def _open(self, part: Part, *, whole: bool) -> Reply:
        call = self._call
        values = {**call.values, **self._speakers.fields(), "file": part.file}
        if self._said and limits.takes_prompt(self._model) and not call.has("prompt"):
            values["prompt"] = tail(self._said)
        return self._app.api.open(call.operation, values, call.body, whole=whole)

    def _warn(self, part: Part) -> None:
        if part.number and self._speakers.unsure and not self._warned:
            self._warned = True
            self._app.console.warn(
                "some of the speakers cannot be told again, and may have other names from "
                f"{clock(part.start)} on: --known-speaker-names and --known-speaker-references "
                "name them for all"
            )

    @contextmanager
    def _asking(self, part: Part) -> Iterator[None]:
        """What goes wrong from the second part on says what there is already."""
        if self._stop and self._stop.asked:
            raise OaiError("not begun: it was interrupted before")
        self._warn(part)
        try:
            yield
        except KeyboardInterrupt as stop:
            raise Interrupted(stop) from None
        except OaiError as error:
            if part.number:
                error.advise(f"what was said before {clock(part.start)} is there")
            raise

    def _learn(self, part: Part) -> None:
        """A part is done: whoever spoke in it is known from here."""
        try:
            with suppress(OaiError, OSError):
                self._speakers.learn(Path(str(part.file.source)))
        except KeyboardInterrupt as stop:
            raise Interrupted(stop) from None

    # -- whole answers ----------------------------------------------------------------------------

    def answers(self, parts: Iterable[Part]) -> Iterator[Event]:
        """The answer about each part, with the times and numbers of the whole; one that is text
        comes as `{"text": …}`. Raises OaiError, and Interrupted at Ctrl-C."""
        for part in _interruptible(parts):
            with self._asking(part):
                with self._open(part, whole=True) as reply:
                    value = wire.decode(self._call.operation, reply)
                made = self._placed(value, part)
            yield made
            self._learn(part)

    def _placed(self, value: Any, part: Part) -> Event:
        if isinstance(value, dict):
            self._said = joined(self._said, str(value.get("text") or ""))
            value = self._speakers.placed(value)
            return shifted(value, part.start, part.number) if part.number else value
        text = str(value or "")
        if self._form not in SUBTITLES:
            self._said = joined(self._said, text)
            return {"text": text}
        self._said = joined(self._said, subtitles.words(text))
        later = subtitles.later(text, part.start) if part.number else text
        if self._form == "vtt":
            return {"text": subtitles.headless(later) if part.number else later}
        counted, self._cues = subtitles.numbered(later, self._cues)
        return {"text": counted if part.number else text}

    # -- live -------------------------------------------------------------------------------------

    def events(self, parts: Iterable[Part]) -> Iterator[Event]:
        """The events of all parts as those of one stream, which one event ends. Raises as
        `answers`."""
        last: Event = {}
        for part in _interruptible(parts):
            with self._asking(part), self._open(part, whole=False) as reply:
                before, ended = self._said, None
                for event in _streamed(self._call.operation, reply):
                    if event.get("type") == DONE:
                        ended = event
                    else:
                        yield self._in_place(event, part, before)
                if ended is None:
                    raise NetworkError("the stream ended before the answer did")
                self._said = joined(before, str(ended.get("text") or ""))
                last = _ended(last, ended, self._said)
            self._learn(part)
        yield last

    def _in_place(self, event: Event, part: Part, before: str) -> Event:
        if event.get("type") == SEGMENT:
            event = self._speakers.named(event)
            return moved(event, part.start, part.number) if part.number else event
        if event.get("type") != DELTA:
            return event
        if part.number and (named := event.get("segment_id")):
            return {**event, "segment_id": f"{named}_{part.number + 1}"}
        text = str(event.get("delta") or "")
        if part.number and self._said == before and (text := text.lstrip()):
            # The first words of a part stand apart from the last ones of the part before.
            text = ("" if self._live.endswith((" ", "\n")) else gap(before, text)) + text
            event = {**event, "delta": text}
        self._said += text
        self._live = text or self._live
        return event


def _interruptible(parts: Iterable[Part]) -> Iterator[Part]:
    """Making a part takes a while too."""
    try:
        yield from parts
    except KeyboardInterrupt as stop:
        raise Interrupted(stop) from None


def _streamed(operation: Operation, reply: Reply) -> Iterator[Event]:
    """The events of a stream; models that cannot stream answer whole, as events likewise."""
    if reply.content_type == "text/event-stream":
        yield from wire.events(reply)
        return
    value = wire.decode(operation, reply)
    document = value if isinstance(value, dict) else {"text": str(value or "").strip()}
    segments = [s for s in records(document.get("segments")) if s.get("speaker")]
    for segment in segments:
        yield {**segment, "type": SEGMENT}
    if not segments:
        yield {"type": DELTA, "delta": str(document.get("text") or "")}
    yield {**document, "type": DONE}


def _ended(last: Event, ended: Event, said: str) -> Event:
    """The event that ends them all."""
    if not last:
        return ended
    made = {**last, **ended, "text": said}
    if "usage" in ended:
        made["usage"] = added(last.get("usage"), ended["usage"])
    if isinstance(ended.get("logprobs"), list):
        made["logprobs"] = [*(last.get("logprobs") or ()), *ended["logprobs"]]
    return made


class Whole(Quiet):
    """Reads what `answers` gives: its text piece by piece, and one answer at the end."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._value: Event | None = None
        self._end = ""

    def feed(self, event: Event) -> str:
        """The text that another answer adds."""
        lines = spoken(event)
        text = str(event.get("text") or "")
        if lines:
            shown = ("\n" if self._end else "") + lines
        elif self._form in SUBTITLES:
            shown = "\n" * max(0, 2 - _line_ends(self._end)) * bool(self._end) + text
        else:
            shown = gap(self._end, text.lstrip()) + text.strip()
        self._value = self._joined(event, shown)
        self._end = (self._end + shown)[-2:]
        return shown

    def _joined(self, event: Event, shown: str) -> Event:
        if self._value is None:
            return event
        if self._form in SUBTITLES:
            return {"text": self._value["text"] + shown}
        return merged(self._value, event)

    def final(self) -> Event | None:
        """The answer about all of it."""
        return self._value

    def problem(self) -> OaiError | None:
        """An answer that came is an answer."""
        return None

    def text(self, document: Any) -> str | None:
        """The text of an answer."""
        return spoken(document) or str(document.get("text") or "")

    def rest(self) -> str:
        """The end of the last line."""
        return "" if not self._end or self._end.endswith("\n") else "\n"


def _line_ends(text: str) -> int:
    return len(text) - len(text.rstrip("\n"))
