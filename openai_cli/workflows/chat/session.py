"""The chat session on a terminal: ask, read the answer as it comes, ask again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core import results
from ...core.errors import ApiError, OaiError, UsageError
from . import slash
from .conversation import Conversation
from .exchange import Exchange
from .turn_reader import TurnReader
from .windows import filling, nearly_full

if TYPE_CHECKING:
    from ...core.context import App
    from .keyboard import Keyboard

TOO_LONG = "context_length_exceeded"
AGAIN = "Ctrl-C again leaves"


class Session:
    """One person, one conversation. `keyboard` gives lines and raises EOFError at the end.

    `unanswered` is the last question, if it got no answer.
    """

    def __init__(self, app: App, conversation: Conversation, keyboard: Keyboard) -> None:
        self.app = app
        self.conversation = conversation
        self.unanswered: list[dict[str, Any]] = []
        self._keyboard = keyboard
        self._interrupted = False

    def run(self) -> None:
        """Until the person leaves: Ctrl-D, /exit, or Ctrl-C twice."""
        while True:
            try:
                text = self._keyboard.read()
            except EOFError:
                return
            except KeyboardInterrupt:
                if self._interrupted:
                    return
                self._interrupted = True
                self.tell(AGAIN)
                continue
            self._interrupted = False
            if text.strip() and not self._take(text):
                return

    def _take(self, text: str) -> bool:
        """One entry; False when the person wants to leave."""
        try:
            self._obey(text)
        except slash.Leave:
            return False
        except KeyboardInterrupt as stop:
            self._interrupted = True
            self.app.console.end_line()
            hint = getattr(stop, "hint", "")
            self.tell("; ".join(word for word in ("stopped", hint, AGAIN) if word))
        except OaiError as error:
            self._fail(error)
        return True

    def _obey(self, text: str) -> None:
        if not text.startswith("/"):
            self._ask(self.conversation.question(text))
            return
        try:
            self.tell(slash.run(self, text))
        except slash.Send as wanted:
            self._ask(wanted.question)

    def _ask(self, question: list[dict[str, Any]]) -> None:
        """Ask and show the answer live; what came is kept, however it ends."""
        self.unanswered = question
        exchange = Exchange(self.conversation, question)
        try:
            self._show(exchange)
        finally:
            if exchange.finish():
                self.unanswered = []
        self._warn_when_full()

    def _show(self, exchange: Exchange) -> None:
        from ...render import live
        from ...render.sink import Sink

        talk = self.conversation
        shown = results.Events(
            exchange.events(),
            talk.api.family,
            reader=TurnReader(talk.api.family, self._misfit),
            markdown=talk.schema is None and not talk.plain,
        )
        live.show(self.app, Sink(self.app.console), shown, "text")

    def _misfit(self, document: Any) -> OaiError | None:
        from .structured import value_of

        talk = self.conversation
        return value_of(talk.api, talk.schema, document)[1] if talk.schema else None

    def _warn_when_full(self) -> None:
        talk = self.conversation
        used = talk.last.input + talk.last.output
        if nearly_full(talk.model, used):
            full = filling(talk.model, used)
            self.tell(f"the context fills up: {full}; /compact makes room")

    def tell(self, text: str) -> None:
        """Quiet lines for the person."""
        if text:
            from ...core.console import harmless

            console = self.app.console
            console.note(console.style(harmless(text), "2", stderr=True), trusted=True)

    def _fail(self, error: OaiError) -> None:
        from ...render import failure

        if isinstance(error, ApiError) and error.code == TOO_LONG:
            error.hint = "/compact makes room, then /retry asks again; /undo takes back a turn"
        failure.show(self.app.console, error, "")

    # -- what commands do ------------------------------------------------------------------------

    def attach(self, source: str) -> None:
        """Send a file along with the next question."""
        from . import attach

        if source == "-":
            raise UsageError("stdin is the keyboard here", "name a file")
        talk = self.conversation
        one = attach.read(source, self.app.inputs)
        attach.check(one, talk.api.name)
        if one.needs_upload:
            from ...engine import run

            talk.pending_ids[len(talk.pending)] = run.upload(self.app, str(one.path), "user_data")
        talk.pending.append(one)

    def offer(self, sources: list[str], commands: list[str]) -> None:
        """Offer tools."""
        from . import tools

        found = tools.load(sources, commands, Path.cwd())
        talk = self.conversation
        talk.tools = tools.unique([*talk.tools, *found])

    def shape(self, text: str) -> None:
        """Ask for JSON of this shape from now on."""
        from . import schema

        self.conversation.schema = schema.load(text, self.app.inputs, Path.cwd())

    def edit(self, text: str) -> str:
        """Text written in the person's editor."""
        return self._keyboard.edit(text)

    def load(self, name: str, *, switch: bool = True) -> str:
        """Go on with a saved conversation, with the API that it was held with; unless `switch`,
        that has to be the present one."""
        from .apis import APIS
        from .store import existing_store

        with existing_store(self.app.console.env) as store:
            saved = store.need(name)
            items = [message.message for message in store.messages(saved)]
        talk = self.conversation
        if saved.api != talk.api.name:
            if not switch or saved.api not in APIS:
                raise UsageError(f"{saved.label} was held through {saved.api}", "leave out --api")
            talk.api = APIS[saved.api]()
        talk.saved.session = saved
        talk.model, talk.system = saved.model or talk.model, saved.system
        talk.restore(items, saved.previous_response_id)
        self.unanswered = []
        return f"{saved.label}: {len(items)} messages, {saved.title}"
