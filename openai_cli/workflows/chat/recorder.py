"""`-c` and `--session` of a one-liner: go on with a saved conversation, and keep what it adds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...core.errors import UsageError
from .adapter import Api, call_is_stored
from .extras import Given

if TYPE_CHECKING:
    from ...core.context import App
    from ...engine.gather import Call
    from .saved import Saved
    from .turns import Turns


class Recorder:
    """The saved conversation of one question; without `-c` and `--session` it does nothing."""

    def __init__(self, app: App, api: Api, given: Given) -> None:
        self._app = app
        self._api = api
        self._last = given.flag("continue")
        self._name = given.text("session")
        self._saved: Saved | None = None
        self._question: list[dict[str, Any]] = []
        self.model = self.system = self.state = ""

    @property
    def api_name(self) -> str:
        """The adapter's name, as sessions remember it."""
        return self._api.name

    def resume(self, call: Call) -> None:
        """Put the conversation so far before the question. Raises UsageError."""
        if not self._last and not self._name:
            return
        self._saved = self._find()
        self._question = self._api.new_items(call, 0)
        session = self._saved.session
        if session is not None:
            self._go_on(call, session)
        self.model = str(call.get("model") or self.model or self._app.settings.model)
        if not call.has("model"):
            call.values["model"] = self.model

    def _find(self) -> Saved:
        from .saved import Saved
        from .store import existing_store

        env = self._app.console.env
        with existing_store(env) as store:
            session = store.last() if self._last else store.find(self._name)
        if session is None and self._last:
            raise UsageError("there is no saved conversation yet", "--session NAME starts one")
        if session is not None and session.api != self._api.name:
            raise UsageError(
                f"session {session.label} was held with another API",
                f"go on with `oai {session.api} create`",
            )
        saved = Saved(env, session=session)
        saved.name = "" if session else self._name
        return saved

    def _go_on(self, call: Call, session: Any) -> None:
        from .store import open_store

        self.model, self.system = session.model, session.system
        self.state = session.previous_response_id
        if self.state:
            call.values.setdefault("previous_response_id", self.state)
            return
        with open_store(self._app.console.env) as store:
            items = [message.message for message in store.messages(session)]
        self._api.history(call, items)

    def over(self, turns: Turns) -> Iterator[dict[str, Any]]:
        """The events of the answer; what came is kept, however it ends."""
        try:
            yield from turns.events()
        finally:
            self.keep(turns)

    def keep(self, turns: Turns) -> None:
        """Add question and answer to the record, once there is something of an answer."""
        answer = turns.said()
        if self._saved is None or not answer:
            return
        if self._api.name == "responses" and call_is_stored(turns.document):
            self.state = str(turns.document["id"])
        self._saved.add(self, [*self._question, *answer], turns.document, turns.usage)
        self._saved = None
