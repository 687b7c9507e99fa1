"""A spoken conversation as a machine: the server's events, the person's doings, and what follows.

Nothing here waits. `handle` takes events and `tick` the passing of time, both from one thread;
`commit` may come from another, the ear's.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable
from typing import Any

from ...core.errors import OaiError, OutcomeError
from ..chat.tools import Call
from .calls import Calls
from .mouth import Mouth
from .paragraphs import Paragraphs
from .usage import Usage
from .wish import NOT_READY, Wish

Event = dict[str, Any]
YOU, MODEL = "you", "model"
_WRITTEN = "conversation.item.input_audio_transcription."


class Conversation:
    """`send` sends an event, `tell` takes lines for people, `keep` every answer's samples.
    `detected` says that the server finds turns and stops its answer when somebody speaks;
    `written` that what the person says is written down."""

    def __init__(
        self,
        send: Callable[[Event], object],
        mouth: Mouth,
        said: Paragraphs,
        tell: Callable[[str], None],
        clock: Callable[[], float],
        *,
        calls: Calls | None = None,
        keep: Callable[[bytes], None] = lambda pcm: None,
        detected: bool = True,
        written: bool = True,
    ) -> None:
        self._send = send
        self._mouth = mouth
        self._said = said
        self._tell = tell
        self._wish = Wish(send, clock)
        self._calls = calls
        self._keep = keep
        self._detected = detected
        self._written = written
        self._lock = threading.RLock()
        self._active = ""
        self._cut = ""
        self._number = 0
        self._awaited = False
        self._speaking = False
        self._wants: list[Call] = []
        self.usage = Usage()
        self.problem: OaiError | None = None
        self._events: dict[str, Callable[[Event], None]] = {
            "input_audio_buffer.speech_started": self._speech_started,
            "input_audio_buffer.speech_stopped": self._speech_stopped,
            "input_audio_buffer.committed": self._committed,
            _WRITTEN + "delta": self._writing,
            _WRITTEN + "completed": self._wrote,
            _WRITTEN + "failed": self._not_written,
            "response.created": self._begun,
            "response.output_item.added": self._item_begun,
            "response.output_audio.delta": self._sound,
            "response.output_audio.done": self._sound_over,
            "response.output_audio_transcript.delta": self._words,
            "response.output_text.delta": self._words,
            "response.output_item.done": self._item_over,
            "response.done": self._over,
            "error": self._error,
        }

    # -- what comes in ------------------------------------------------------------------------

    def handle(self, event: Event) -> None:
        """One event of the server; those that are not known change nothing."""
        act = self._events.get(str(event.get("type")))
        if act:
            with self._lock:
                act(event)

    def tick(self) -> None:
        """Time has passed: sound is handed on, words become due, tools have answered.

        Raises DeviceError when the loudspeaker fails.
        """
        with self._lock:
            self._mouth.pump()
            self._said.show()
            self._wish.tick(bool(self._active))
            if self._calls:
                for line in self._calls.reports():
                    self._tell(line)
                while (outcomes := self._calls.finished()) is not None:
                    for outcome in outcomes:
                        self._answer_call(outcome.id, outcome.output)
                    self._want()

    @property
    def idle(self) -> bool:
        """Whether nobody speaks, and nothing is on its way."""
        with self._lock:
            busy = self._active or self._wish.open or self._speaking or self._awaited
            running = self._calls is not None and self._calls.running
            return not (busy or running or self._mouth.playing or self._said.pending)

    @property
    def waiting(self) -> bool:
        """Whether an answer is due that has not begun."""
        return self._awaited or self._wish.open

    # -- what the person does -----------------------------------------------------------------

    def interrupt(self) -> None:
        """The person wants to speak: the model falls silent."""
        with self._lock:
            self._stop(cancel=True)

    def commit(self) -> None:
        """The person has spoken, and an answer is wanted."""
        with self._lock:
            self._send({"type": "input_audio_buffer.commit"})
            self._new_turn()
            self._want()

    def typed(self, text: str) -> None:
        """The person has written something."""
        with self._lock:
            self._stop(cancel=True)
            self._number += 1
            content = [{"type": "input_text", "text": text}]
            item = {"type": "message", "role": "user", "content": content}
            self._send({"type": "conversation.item.create", "item": item})
            self._said.line(YOU, f"typed {self._number}", text)
            self._new_turn()
            self._want()

    def _new_turn(self) -> None:
        if self._calls:
            self._calls.new_turn()

    def _want(self) -> None:
        self._wish.want(bool(self._active))

    def _stop(self, *, cancel: bool) -> None:
        """Silence first, then tell the server what was heard."""
        self._said.show()
        cut = self._mouth.stop()
        if self._active and self._cut != self._active:
            self._cut = self._active
            if cancel:
                self._cancel()
        if cancel:
            self._wish.withdraw()
        if cut:
            place = {"item_id": cut.item, "content_index": 0, "audio_end_ms": cut.heard}
            self._send({"type": "conversation.item.truncate", **place})
        if cut or self._cut:
            self._said.cut(MODEL)

    # -- the person's side, as the server hears it --------------------------------------------

    def _speech_started(self, event: Event) -> None:
        self._speaking = True
        self._stop(cancel=not self._detected)

    def _speech_stopped(self, event: Event) -> None:
        self._speaking = False
        self._awaited = self._detected
        self._new_turn()

    def _committed(self, event: Event) -> None:
        self._speaking = False
        if self._written:
            self._said.begin(YOU, str(event.get("item_id")))

    def _writing(self, event: Event) -> None:
        key = str(event.get("item_id"))
        self._said.begin(YOU, key)
        self._said.say(key, str(event.get("delta") or ""))

    def _wrote(self, event: Event) -> None:
        key = str(event.get("item_id"))
        self._said.begin(YOU, key)
        self._said.finish(key, str(event.get("transcript") or ""))
        self.usage.add_transcript(event.get("usage"))

    def _not_written(self, event: Event) -> None:
        self._said.finish(str(event.get("item_id")))
        self._tell(f"what you said could not be written down: {_message(event)}")

    # -- the model's side ---------------------------------------------------------------------

    def _begun(self, event: Event) -> None:
        self._active = str((event.get("response") or {}).get("id") or "")
        self._awaited, self._cut = False, ""
        self._wants = []
        if not self._wish.begun():
            self._cut = self._active
            self._cancel()

    def _cancel(self) -> None:
        self._send({"type": "response.cancel", "response_id": self._active})

    def _dropped(self, event: Event) -> bool:
        """Whether this belongs to an answer that was cut off."""
        return bool(self._cut) and event.get("response_id") == self._cut

    def _item_begun(self, event: Event) -> None:
        item = event.get("item") or {}
        if item.get("type") == "message" and not self._dropped(event):
            self._said.begin(MODEL, str(item.get("id")))

    def _sound(self, event: Event) -> None:
        if self._dropped(event):
            return
        try:
            pcm = base64.b64decode(str(event.get("delta") or ""))
        except binascii.Error:
            return
        self._keep(pcm)
        self._mouth.play(str(event.get("item_id")), pcm)

    def _sound_over(self, event: Event) -> None:
        self._mouth.ended(str(event.get("item_id")))

    def _words(self, event: Event) -> None:
        if not self._dropped(event):
            key = str(event.get("item_id"))
            self._said.begin(MODEL, key)
            self._said.say(key, str(event.get("delta") or ""), self._mouth.came(key))

    def _item_over(self, event: Event) -> None:
        item = event.get("item") or {}
        if item.get("type") == "function_call" and not self._dropped(event):
            known = (str(item.get(name) or "") for name in ("call_id", "name", "arguments"))
            self._wants.append(Call(*known))
        self._said.finish(str(item.get("id")))

    def _over(self, event: Event) -> None:
        response = event.get("response") or {}
        self.usage.add_answer(response.get("usage"))
        if response.get("id") == self._active:
            self._active = ""
        for item in response.get("output") or ():
            self._said.finish(str(item.get("id")))
        wants, self._wants = self._wants, []
        status = str(response.get("status"))
        self._judge(status, response.get("status_details") or {})
        if status == "completed" and wants:
            self._call(wants)
        self._wish.tick(bool(self._active))

    def _judge(self, status: str, details: Event) -> None:
        self.problem = None
        if status == "failed":
            reason = _message(details)
            self._tell(f"the answer failed: {reason}")
            self.problem = OutcomeError(f"the answer failed: {reason}")
        elif status == "incomplete":
            reason = str(details.get("reason") or "no reason given").replace("_", " ")
            self._tell(f"the answer was cut off: {reason}")

    # -- tools --------------------------------------------------------------------------------

    def _call(self, wants: list[Call]) -> None:
        if self._calls:
            self._calls.start(wants)
            return
        for call in wants:
            self._answer_call(call.id, "there are no tools here")
        self._want()

    def _answer_call(self, id: str, output: str) -> None:
        item = {"type": "function_call_output", "call_id": id, "output": output}
        self._send({"type": "conversation.item.create", "item": item})

    # -- errors -------------------------------------------------------------------------------

    def _error(self, event: Event) -> None:
        error = event.get("error") or {}
        if error.get("code") == "response_cancel_not_active":
            return  # it had just ended by itself
        given_up = self._wish.refused(error)
        if error.get("code") == NOT_READY:
            return  # it is asked again
        message = _message(event)
        self._tell(f"the server reports an error: {message}")
        if given_up:
            self._awaited = False
            self.problem = OutcomeError(f"there is no answer: {message}")


def _message(event: Event) -> str:
    error = event.get("error")
    found = error if isinstance(error, dict) else event
    return str(found.get("message") or found.get("code") or found.get("type") or "no reason given")
