"""A conversation that goes on: what was said, with whom, and where it is kept.

It knows nothing of the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...catalog import load
from ...core.errors import OaiError
from ...engine.gather import Call
from .apis import APIS, Api, Usage
from .saved import Saved
from .turns import DEFAULT_TURNS

if TYPE_CHECKING:
    from ...core.context import App
    from .approval import Approval
    from .attach import Attachment

Item = dict[str, Any]


class Conversation:
    """Messages in the API's own form, the settings of the next question, and the record of both.

    `items` are messages (chat) or items (responses), without the system text. `state` is the
    response that the server goes on from; where it is set, the items before it are not sent again.
    `hosted` are tools of the API's side, `tools` our own; `plain` turns markdown off.
    """

    def __init__(self, app: App, api: str, model: str, approval: Approval, saved: Saved) -> None:
        self.app = app
        self.api: Api = APIS[api]()
        self.model = model
        self.system = ""
        self.items: list[Item] = []
        self.state = ""
        self.options: dict[str, Any] = {}
        self.hosted: list[dict[str, Any]] = []
        self.tools: list[Any] = []
        self.schema: Any = None
        self.pending: list[Attachment] = []
        self.pending_ids: dict[int, str] = {}
        self.most = DEFAULT_TURNS
        self.plain = False
        self.total = Usage()
        self.last = Usage()
        self.saved = saved
        self.approval = approval
        self._turns: list[tuple[int, str]] = []

    @property
    def api_name(self) -> str:
        """The adapter's name, as sessions remember it."""
        return self.api.name

    # -- asking ---------------------------------------------------------------------------------

    def question(self, text: str) -> list[Item]:
        """A question with everything that is attached to it."""
        call = self._empty()
        self.api.prompt(call, text)
        if self.pending:
            self.api.attach(call, self.pending, self.pending_ids)
        return self.api.new_items(call, 0)

    def call(self, question: Sequence[Item]) -> Call:
        """The request for a question."""
        call = self._empty()
        call.values.update(self.options)
        self.api.history(call, question)
        if self.state:
            call.values["previous_response_id"] = self.state
        else:
            self.api.history(call, self.items)
        if self.system:
            self.api.system(call, self.system)
        if self.schema is not None:
            self.api.schema(call, self.schema)
        if self.hosted:
            call.values["tools"] = [*(call.get("tools") or ()), *self.hosted]
        if self.tools:
            self.api.tools(call, self.tools)
        if self.api.name == "responses" and not self.saved.wanted:
            call.values.setdefault("store", False)
        return call

    def _empty(self) -> Call:
        return Call(load.operation(self.api.operation), {"model": self.model})

    def keep(self, made: Sequence[Item], document: Any, usage: Usage, state: str) -> None:
        """Take a question and its answer into the conversation and its record; `state` is where the
        server goes on from, if it can."""
        self._turns.append((len(self.items), self.state))
        self.items.extend(made)
        self.state = state
        self.pending, self.pending_ids = [], {}
        self.total = self.total.plus(usage)
        self.last = self.api.usage(document)
        self.saved.add(self, made, document, usage)

    # -- going back -----------------------------------------------------------------------------

    def undo(self) -> list[Item] | None:
        """Forget the last question and its answer; the question, None if there was none."""
        if not self._turns:
            return None
        start, self.state = self._turns.pop()
        gone = self.items[start:]
        del self.items[start:]
        self.last = Usage()
        self.saved.undo(self)
        return [item for item in gone[:1] if item.get("role") == "user"]

    def restore(self, items: Sequence[Item], state: str = "") -> None:
        """Begin with the messages of an earlier conversation."""
        self.items = list(items)
        self.state = state
        users = [at for at, item in enumerate(self.items) if item.get("role") == "user"]
        self._turns = [(at, "") for at in users]
        self.last = Usage()

    def clear(self) -> None:
        """Begin again with the same model and settings, in a new record."""
        self.restore([])
        self.total = Usage()
        self.saved.restart()

    def compact(self) -> tuple[Usage, str]:
        """Replace what was said by something shorter: the API's own compaction, or a summary.

        Returns what it took, and what the whole conversation is called now (empty if unsaved).
        """
        if not self.items:
            raise OaiError("there is nothing to compact yet")
        from .compaction import compacted

        short, usage = compacted(self)
        self.restore(short)
        self.total = self.total.plus(usage)
        return usage, self.saved.replace(self, short)
