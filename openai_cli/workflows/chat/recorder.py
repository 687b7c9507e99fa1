"""`-c` and `--session` of a one-liner: go on with a saved conversation, and keep what it adds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...core.errors import UsageError
from .apis import Api
from .extras import Given
from .saved import Saved

if TYPE_CHECKING:
    from ...core.context import App
    from ...engine.gather import Call
    from .turns import Turns


class Recorder:
    """The saved conversation of one question; without `-c`, `--session` and the profile's `record`
    it does nothing. `earlier` are the messages that the server remembers for us."""

    def __init__(self, app: App, api: Api, given: Given) -> None:
        self._app = app
        self._api = api
        self._last = given.flag("continue")
        self._name = given.text("session")
        if self._last and self._name:
            raise UsageError("--continue and --session exclude each other")
        self._saved: Saved | None = None
        self._question: list[dict[str, Any]] = []
        self.earlier: list[dict[str, Any]] = []
        self.model = self.system = self.state = ""

    @property
    def api_name(self) -> str:
        """The adapter's name, as sessions remember it."""
        return self._api.name

    @property
    def records(self) -> bool:
        """Whether question and answer are to be kept."""
        return self._saved is not None

    def resume(self, call: Call) -> None:
        """Put the conversation so far before the question. Raises UsageError."""
        if not self._last and not self._name and not self._app.settings.record:
            return
        self._saved = self._find()
        self._question = self._api.new_items(call, 0)
        session = self._saved.session
        if session is not None:
            self._go_on(call, session)
        self.model = str(call.get("model") or self.model or self._app.settings.model)
        if not call.has("model"):
            call.values["model"] = self.model

    def settle_system(self, given: str) -> str:
        """The system text in force: the one that was given, or the conversation's."""
        self.system = given or self.system
        return self.system

    def _find(self) -> Saved:
        from .store import existing_store

        env = self._app.console.env
        if not self._last and not self._name:
            return Saved(env)
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
        if saved.name:
            from .store_records import check_name

            check_name(saved.name)
        return saved

    def _go_on(self, call: Call, session: Any) -> None:
        from .store import existing_store

        self.model, self.system = session.model, session.system
        for name in ("previous_response_id", "conversation"):
            if call.has(name):
                flag = "--" + name.replace("_", "-")
                raise UsageError(f"{flag} and a saved conversation exclude each other")
        with existing_store(self._app.console.env) as store:
            items = [message.message for message in store.messages(session)]
        if session.previous_response_id:
            call.values["previous_response_id"] = session.previous_response_id
            self.earlier = items
        else:
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
        self.state = turns.state
        self._saved.add(self, [*self._question, *answer], turns.document, turns.usage)
        self._saved = None
