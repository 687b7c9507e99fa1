"""The loop of a conversation's turns: ask, run the tools that are called for, ask again.

`Turns.events()` is one stream of events over all turns, in the API's own words, with our own events
between them: types `oai.tool_call`, `oai.tool_result`, `oai.approval_request`, `oai.approval`,
`oai.saved`, `oai.dropped` and `oai.turn`.
`TurnReader` reads such a stream; `Turns.run()` does the same without streaming.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...core import live
from ...core.errors import ApiError, OutcomeError
from ...engine.gather import Call
from .adapter import put
from .apis import Api, Request, Usage
from .following import follow
from .notices import notice

if TYPE_CHECKING:
    from ...core.context import App
    from . import tools
    from .approval import Approval
    from .outputs import Outputs

DEFAULT_TURNS = 10
FORGOTTEN = "previous_response_not_found"

Event = dict[str, Any]


class Turns:
    """One question with all the turns its answer takes. Afterwards `document` is the last answer,
    `items` what came before it (answers that called tools, and what these gave), `usage` the sum,
    `first_token` the seconds to the first text of the first turn.

    `earlier` are the messages that the server remembers for us, should it have forgotten them;
    `approves` says that requests of remote servers are ours to decide about, `outputs` saves
    pictures and sounds, and `tell` gets a line for each step.
    """

    def __init__(
        self,
        app: App,
        api: Api,
        call: Call,
        offered: Sequence[tools.Tool],
        approval: Approval,
        most: int = DEFAULT_TURNS,
    ) -> None:
        self._app = app
        self._api = api
        self.call = call
        self._tools = list(offered)
        self._approval = approval
        self._most = most
        self.earlier: Sequence[dict[str, Any]] = ()
        self.approves = False
        self.outputs: Outputs | None = None
        self.tell: Callable[[str], None] = lambda line: None
        self.document: Any = None
        self._complete = False
        self.items: list[dict[str, Any]] = []
        self.text = ""
        self.usage = Usage()
        self.first_token: float | None = None
        self.started = time.monotonic()

    def events(self) -> Iterator[Event]:
        """The events of every turn, live. Raises ApiError, NetworkError, OutcomeError."""
        return self._turns(self._stream)

    def run(self) -> Any:
        """The last answer, without streaming."""
        for _event in self._turns(self._whole):
            pass
        return self.document

    def _turns(self, ask: Callable[[], Iterator[Event]]) -> Iterator[Event]:
        for turn in range(1, self._most + 1):
            if turn > 1:
                yield {"type": "oai.turn", "turn": turn}
            yield from self._asked(ask)
            self.usage = self.usage.plus(self._api.usage(self.document))
            yield from self._save()
            calls = self._api.calls(self.document) if self._tools else []
            wishes = self._api.requests(self.document) if self.approves else []
            if not calls and not wishes:
                return
            yield from self._answer(calls, wishes)
        raise OutcomeError(
            f"no answer after {self._most} rounds of tool calls", "--max-turns allows more"
        )

    def said(self) -> list[dict[str, Any]]:
        """Everything that came to the conversation after the question, a broken-off answer's text
        included."""
        answer = self._api.settled(self.document) if self._complete else []
        if not answer and self.text:
            answer = [{"role": "assistant", "content": self.text}]
        return [*self.items, *answer]

    @property
    def state(self) -> str:
        """From where the server goes on by itself; empty where all has to be sent again."""
        return self._api.state(self.document) if self._complete else ""

    # -- asking ---------------------------------------------------------------------------------

    def _asked(self, ask: Callable[[], Iterator[Event]]) -> Iterator[Event]:
        """The events of a turn; what the server has forgotten is sent once more."""
        try:
            yield from ask()
        except ApiError as error:
            if error.code != FORGOTTEN or not self.earlier or self.items:
                raise
            self._app.console.warn("the server has forgotten the conversation; sending it again")
            put(self.call, "previous_response_id", None)
            self._api.history(self.call, self.earlier)
            yield from ask()

    def _whole(self) -> Iterator[Event]:
        call = self.call
        self.document = self._app.api.call(call.operation, call.values, call.body)
        self._complete = True
        yield from ()

    def _stream(self) -> Iterator[Event]:
        reader = live.reader(self._api.family)
        assert reader is not None
        self.text = ""
        try:
            for event in follow(self._app, self.call, reader):
                if str(event.get("type", "")).startswith("oai."):
                    yield from self._told([event])
                    continue
                self._hear(reader.feed(event))
                yield event
            self._complete = True
        finally:
            self.document = reader.final()

    def _hear(self, text: str) -> None:
        if text and self.first_token is None:
            self.first_token = time.monotonic() - self.started
        self.text += text

    # -- answering ------------------------------------------------------------------------------

    def _answer(self, calls: list[tools.Call], wishes: list[Request]) -> Iterator[Event]:
        """Run tools and settle requests; the next turn's call holds what came of it."""
        outcomes: list[tools.Outcome] = []
        if calls:
            yield from self._told(_called(call) for call in calls)
            from .tools import execute

            outcomes = execute(calls, self._tools, self._approval.ask, lambda line: None)
            yield from self._told(_gave(outcome) for outcome in outcomes)
        decisions: list[tuple[Request, bool]] = []
        for wish in wishes:
            yield from self._told([_wished(wish)])
            allowed = self._approval.allow(wish.preview())
            decisions.append((wish, allowed))
            yield from self._told([_decided(wish, allowed)])
        self.items.extend(self._api.results(self.call, self.document, outcomes, decisions))
        self.document, self.text, self._complete = None, "", False

    def _save(self) -> Iterator[Event]:
        if self.outputs is not None:
            yield from self._told(self.outputs.save(self.document))

    def _told(self, events: Iterator[Event] | Sequence[Event]) -> Iterator[Event]:
        for event in events:
            self.tell(notice(event))
            yield event


def _called(call: tools.Call) -> Event:
    return {
        "type": "oai.tool_call",
        "id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    }


def _gave(outcome: tools.Outcome) -> Event:
    return {
        "type": "oai.tool_result",
        "id": outcome.id,
        "name": outcome.name,
        "output": outcome.output,
        "error": outcome.error,
    }


def _wished(wish: Request) -> Event:
    return {
        "type": "oai.approval_request",
        "id": wish.id,
        "server": wish.server,
        "name": wish.name,
        "arguments": wish.arguments,
    }


def _decided(wish: Request, allowed: bool) -> Event:
    return {
        "type": "oai.approval",
        "id": wish.id,
        "server": wish.server,
        "name": wish.name,
        "allowed": allowed,
    }
