"""The chat session on a terminal: ask, read the answer as it comes, ask again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core import results
from ...core.errors import OaiError, UsageError
from . import slash
from .approval import Approval
from .conversation import Conversation, Exchange
from .extras import Given
from .saved import Saved
from .turns import TurnReader
from .windows import filling, nearly_full

if TYPE_CHECKING:
    from ...core.context import App
    from .keyboard import Keyboard


class Session:
    """One person, one conversation. `keyboard` gives lines and raises EOFError at the end."""

    def __init__(self, app: App, conversation: Conversation, keyboard: Keyboard) -> None:
        self.app = app
        self.conversation = conversation
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
                self._tell("press Ctrl-C again to leave")
                continue
            self._interrupted = False
            if text.strip() and not self._take(text):
                return

    def _take(self, text: str) -> bool:
        """One entry; False when the person wants to leave."""
        try:
            if text.startswith("/"):
                self._tell(slash.run(self, text))
            else:
                self.ask(text)
        except slash.Leave:
            return False
        except slash.Send as wanted:
            return self._take_question(wanted.text)
        except OaiError as error:
            self._fail(error)
        return True

    def _take_question(self, text: str) -> bool:
        try:
            self.ask(text)
        except OaiError as error:
            self._fail(error)
        return True

    def ask(self, text: str) -> None:
        """Ask and show the answer live; what came is kept, however it ends."""
        exchange = self.conversation.ask(text)
        try:
            self._show(exchange)
        except KeyboardInterrupt:
            self._tell("stopped")
        finally:
            exchange.finish()
        self._warn_when_full()

    def _show(self, exchange: Exchange) -> None:
        from ...render import live
        from ...render.sink import Sink

        reader = TurnReader(self.conversation.api.family, lambda document: None, lambda: None)
        shown = results.Events(
            exchange.events(),
            self.conversation.api.family,
            reader=reader,
            markdown=self.conversation.schema is None,
        )
        live.show(self.app, Sink(self.app.console), shown, "text")

    def _warn_when_full(self) -> None:
        talk = self.conversation
        used = talk.last.input + talk.last.output
        if nearly_full(talk.model, used):
            full = filling(talk.model, used)
            self._tell(f"the context fills up: {full}; /compact makes room")

    def _tell(self, text: str) -> None:
        if text:
            console = self.app.console
            from ...core.console import harmless

            console.note(console.style(harmless(text), "2", stderr=True), trusted=True)

    def _fail(self, error: OaiError) -> None:
        from ...render import failure

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

    def offer(self, source: str) -> None:
        """Offer tools."""
        from . import tools

        self.conversation.tools.extend(tools.load([source], [], Path.cwd()))

    def shape(self, text: str) -> None:
        """Ask for JSON of this shape from now on."""
        from . import schema

        self.conversation.schema = schema.load(text, self.app.inputs, Path.cwd())

    def edit(self, text: str) -> str:
        """Text written in the person's editor."""
        return self._keyboard.edit(text)

    def load(self, name: str) -> str:
        """Go on with a saved conversation."""
        from .store import existing_store

        with existing_store(self.app.console.env) as store:
            saved = store.need(name)
            items = [message.message for message in store.messages(saved)]
        talk = self.conversation
        if saved.api != talk.api.name:
            raise UsageError(
                f"{saved.label} was held with another API",
                f"start with `oai chat --api {saved.api}`",
            )
        talk.saved.session = saved
        talk.model, talk.system = saved.model or talk.model, saved.system
        talk.restore(items, saved.previous_response_id)
        return f"{saved.label}: {len(items)} messages, {saved.title}"


def start(app: App, given: Given, params: dict[str, Any]) -> None:
    """Open the session that the command line asks for. Raises UsageError."""
    from .keyboard import Keyboard

    api = str(params.get("talk_api") or "chat")
    model = str(params.get("talk_model") or app.settings.model)
    approval = Approval(app, given.text("approve"))
    saved = Saved(app.console.env, wanted=not params.get("talk_private"))
    conversation = Conversation(app, api, model, approval, saved)
    conversation.system = given.text("system")
    session = Session(app, conversation, Keyboard(app, conversation))
    _prepare(session, given, bool(params.get("talk_model")))
    app.console.note(
        app.console.style(f"{conversation.model} · /help lists commands", "2", stderr=True),
        trusted=True,
    )
    session.run()


def _prepare(session: Session, given: Given, model_given: bool) -> None:
    """Load, attach and offer what the command line names."""
    model = session.conversation.model
    name = given.text("session")
    if given.flag("continue") or name:
        from .store import existing_store

        with existing_store(session.app.console.env) as store:
            found = store.find(name) if name else store.last()
        if found is not None:
            session.load(found.id)
        elif name:
            session.conversation.saved.rename(name)
        else:
            raise UsageError("there is no saved conversation yet")
    if model_given:
        session.conversation.model = model
    for source in given.list("attach"):
        session.attach(source)
    for source in given.list("tool"):
        session.offer(source)
    if given.text("schema"):
        session.shape(given.text("schema"))
