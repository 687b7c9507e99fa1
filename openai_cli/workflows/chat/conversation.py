"""A conversation that goes on: what was said, with whom, and where it is kept.

It knows nothing of the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...catalog import load
from ...core.errors import OaiError
from ...engine.gather import Call
from .adapter import call_is_stored
from .apis import APIS, Api, Usage, said, text_of
from .saved import Saved
from .turns import DEFAULT_TURNS, Turns

if TYPE_CHECKING:
    from ...core.context import App
    from .approval import Approval
    from .attach import Attachment

SUMMARY = (
    "Summarize our conversation so far for yourself, so that it can go on from your summary alone: "
    "facts, decisions, open questions, names, code that matters. Write only the summary."
)


class Conversation:
    """Messages in the API's own form, the settings of the next question, and the record of both.

    `items` are messages (chat) or items (responses), without the system text. `state` is the
    response that the server goes on from; where it is set, the items before it are not sent again.
    """

    def __init__(self, app: App, api: str, model: str, approval: Approval, saved: Saved) -> None:
        self.app = app
        self.api: Api = APIS[api]()
        self.model = model
        self.system = ""
        self.items: list[dict[str, Any]] = []
        self.state = ""
        self.options: dict[str, Any] = {}
        self.tools: list[Any] = []
        self.schema: Any = None
        self.pending: list[Attachment] = []
        self.pending_ids: dict[int, str] = {}
        self.total = Usage()
        self.last = Usage()
        self.saved = saved
        self._approval = approval
        self._turns: list[tuple[int, str]] = []

    # -- asking ---------------------------------------------------------------------------------

    def call(self, text: str) -> Call:
        """The request for the next question."""
        operation = load.operation(self.api.operation)
        call = Call(operation, {"model": self.model})
        for name, value in self.options.items():
            call.values[name] = value
        self.api.prompt(call, text)
        if self.pending:
            self.api.attach(call, self.pending, self.pending_ids)
        if self.state:
            call.values["previous_response_id"] = self.state
        else:
            self.api.history(call, self.items)
        if self.system:
            self.api.system(call, self.system)
        if self.schema is not None:
            self.api.schema(call, self.schema)
        if self.tools:
            self.api.tools(call, self.tools)
        return call

    def ask(self, text: str) -> Exchange:
        """A question ready to be sent; nothing is kept before its answer begins."""
        return Exchange(self, self.call(text))

    def keep(self, made: Sequence[dict[str, Any]], document: Any, usage: Usage) -> None:
        """Take a question and its answer into the conversation and its record."""
        self._turns.append((len(self.items), self.state))
        self.items.extend(made)
        if self.api.name == "responses" and call_is_stored(document):
            self.state = str(document["id"])
        self.pending, self.pending_ids = [], {}
        self.total = self.total.plus(usage)
        self.last = self.api.usage(document)
        self.saved.add(self, made, document, usage)

    @property
    def api_name(self) -> str:
        """The adapter's name, as sessions remember it."""
        return self.api.name

    @property
    def approval(self) -> Approval:
        """Who decides about tools."""
        return self._approval

    # -- going back -----------------------------------------------------------------------------

    def undo(self) -> str | None:
        """Forget the last question and its answer; the question's text, None if there was none."""
        if not self._turns:
            return None
        start, self.state = self._turns.pop()
        gone = self.items[start:]
        del self.items[start:]
        self.saved.undo()
        return said(gone[0]) if gone else ""

    def restore(self, items: Sequence[dict[str, Any]], state: str = "") -> None:
        """Begin with the messages of an earlier conversation."""
        self.items = list(items)
        self.state = state
        users = [at for at, item in enumerate(self.items) if item.get("role") == "user"]
        self._turns = [(at, "") for at in users]

    def clear(self) -> None:
        """Begin again with the same model and settings, in a new record."""
        self.items, self._turns, self.state = [], [], ""
        self.total, self.last = Usage(), Usage()
        self.saved.restart()

    # -- making room ----------------------------------------------------------------------------

    def compact(self) -> Usage:
        """Replace what was said by something shorter: the API's own compaction, or a summary."""
        if not self.items:
            raise OaiError("there is nothing to compact yet")
        short, usage = self._compacted()
        self.restore(short)
        self.total = self.total.plus(usage)
        self.last = Usage()
        self.saved.replace(self, short)
        return usage

    def _compacted(self) -> tuple[list[dict[str, Any]], Usage]:
        if self.api.name == "responses":
            wanted = {"previous_response_id": self.state} if self.state else {"input": self.items}
            document = self.app.api.call("responses.compact", {"model": self.model, **wanted})
            return self.api.answer(document), self.api.usage(document)
        call = self.call(SUMMARY)
        call.values.pop("tools", None)
        call.values.pop("response_format", None)
        document = self.app.api.call(call.operation, call.values)
        summary = text_of(self.api, document)
        return [
            {"role": "user", "content": "What have we talked about so far?"},
            {"role": "assistant", "content": summary},
        ], self.api.usage(document)


class Exchange:
    """One question under way. Iterate `events`, then call `finish`, also after an interruption."""

    def __init__(self, conversation: Conversation, call: Call) -> None:
        self._conversation = conversation
        self._question = conversation.api.new_items(call, self._known(conversation))
        if conversation.api.name == "chat":
            call.values.setdefault("stream_options", {"include_usage": True})
        call.values["stream"] = True
        self.turns = Turns(
            conversation.app,
            conversation.api,
            call,
            conversation.tools,
            conversation.approval,
            DEFAULT_TURNS,
        )

    @staticmethod
    def _known(conversation: Conversation) -> int:
        """How many items of the call are not new: the history, and a system message."""
        history = 0 if conversation.state else len(conversation.items)
        system = 1 if conversation.system and conversation.api.name == "chat" else 0
        return history + system

    def events(self) -> Iterator[dict[str, Any]]:
        """The events of the answer."""
        return self.turns.events()

    def finish(self) -> bool:
        """Keep the question and what came of its answer; False where nothing came."""
        conversation = self._conversation
        document = self.turns.document
        answer = self.turns.said()
        if not any(said(item) or "type" in item or "tool_calls" in item for item in answer):
            return False
        conversation.keep([*self._question, *answer], document, self.turns.usage)
        return True
