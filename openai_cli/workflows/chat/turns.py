"""The loop of a conversation's turns: ask, run the tools that are called for, ask again.

`Turns.events()` is one stream of events over all turns, in the API's own words, with our own events
between them: types `oai.tool_call`, `oai.tool_result` and `oai.turn`.
`TurnReader` reads such a stream; `Turns.run()` does the same without streaming.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...core import live
from ...core.errors import NetworkError, OaiError, OutcomeError
from ...engine.gather import Call
from .apis import Api, Usage
from .notices import notice

if TYPE_CHECKING:
    from ...core.context import App
    from . import tools
    from .approval import Approval

DEFAULT_TURNS = 10
RESUMES = 5


class Turns:
    """One question with all the turns its answer takes. Afterwards `document` is the last answer,
    `items` what came before it (answers that called tools, and what these gave), `usage` the sum,
    `first_token` the seconds to the first text of the first turn."""

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
        self.document: Any = None
        self.items: list[dict[str, Any]] = []
        self.text = ""
        self.usage = Usage()
        self.first_token: float | None = None
        self.started = time.monotonic()

    def events(self) -> Iterator[dict[str, Any]]:
        """The events of every turn, live. Raises ApiError, NetworkError, OutcomeError."""
        for turn in range(1, self._most + 1):
            if turn > 1:
                yield {"type": "oai.turn", "turn": turn}
            yield from self._stream()
            calls = self._finish_turn()
            if not calls:
                return
            yield from self._use_tools(calls)
        raise self._too_many()

    def run(self) -> Any:
        """The last answer, without streaming."""
        for _ in range(self._most):
            call = self.call
            self.document = self._app.api.call(call.operation, call.values, call.body)
            calls = self._finish_turn()
            if not calls:
                return self.document
            for _event in self._use_tools(calls):
                pass
        raise self._too_many()

    def _too_many(self) -> OutcomeError:
        return OutcomeError(
            f"no answer after {self._most} rounds of tool calls", "--max-turns allows more"
        )

    def _finish_turn(self) -> list[tools.Call]:
        """Count the answer; the calls that are ours to make."""
        self.usage = self.usage.plus(self._api.usage(self.document))
        return self._api.calls(self.document) if self._tools else []

    # -- streaming ------------------------------------------------------------------------------

    def _stream(self) -> Iterator[dict[str, Any]]:
        reader = live.reader(self._api.family)
        assert reader is not None
        self.text = ""
        position: dict[str, Any] = {}
        source = self._app.api.stream(self.call.operation, self.call.values, self.call.body)
        resumes = 0
        while True:
            try:
                for event in source:
                    self._note_position(event, position)
                    self._hear(reader.feed(event))
                    yield event
                break
            except NetworkError:
                resumes += 1
                if not self._can_resume(position) or resumes > RESUMES:
                    raise
                self._app.console.warn("the connection dropped; following the response again")
                source = self._app.api.stream("responses.retrieve", position)
            finally:
                self.document = reader.final()
        problem = reader.problem()
        if isinstance(problem, NetworkError):
            raise problem

    def _hear(self, text: str) -> None:
        if text and self.first_token is None:
            self.first_token = time.monotonic() - self.started
        self.text += text

    def said(self) -> list[dict[str, Any]]:
        """Everything that came to the conversation after the question, a broken-off answer's text
        included."""
        answer = self._api.answer(self.document) if self.document else []
        if not answer and self.text:
            answer = [{"role": "assistant", "content": self.text}]
        return [*self.items, *answer]

    @staticmethod
    def _note_position(event: dict[str, Any], position: dict[str, Any]) -> None:
        response = event.get("response")
        if isinstance(response, dict) and response.get("id"):
            position["response_id"] = response["id"]
        if isinstance(event.get("sequence_number"), int):
            position["starting_after"] = event["sequence_number"]

    def _can_resume(self, position: dict[str, Any]) -> bool:
        background = self.call.get("background") is True
        return background and len(position) == 2

    # -- tools ----------------------------------------------------------------------------------

    def _use_tools(self, calls: list[tools.Call]) -> Iterator[dict[str, Any]]:
        for call in calls:
            yield {
                "type": "oai.tool_call",
                "id": call.id,
                "name": call.name,
                "arguments": call.arguments,
            }
        from .tools import execute

        outcomes = execute(calls, self._tools, self._approval.ask, self._report)
        for outcome in outcomes:
            yield {
                "type": "oai.tool_result",
                "id": outcome.id,
                "name": outcome.name,
                "output": outcome.output,
                "error": outcome.error,
            }
        self.items.extend(self._api.results(self.call, self.document, outcomes))
        self.document = None

    def _report(self, text: str) -> None:
        if not self._app.console.quiet:
            self._app.console.note(text)


class TurnReader:
    """Reads a stream of turns: text from the API's events, one-line notices from the rest."""

    def __init__(
        self, family: str, judge: Callable[[Any], OaiError | None], finish: Callable[[], None]
    ) -> None:
        self._family = family
        self._judge = judge
        self._finish = finish
        self._reader = self._fresh()

    def _fresh(self) -> live.Reader:
        reader = live.reader(self._family)
        assert reader is not None
        return reader

    def feed(self, event: dict[str, Any]) -> str:
        """The text of an event; a new turn starts a new answer."""
        kind = str(event.get("type", ""))
        if kind == "oai.turn":
            self._reader = self._fresh()
        return "" if kind.startswith("oai.") else self._reader.feed(event)

    def notice(self, event: dict[str, Any]) -> str:
        """What else happened, in one line for people; empty for most events."""
        return notice(event)

    def final(self) -> Any:
        """The last turn's answer."""
        return self._reader.final()

    def problem(self) -> OaiError | None:
        """What is wrong with the whole: a broken answer, a refusal, output that does not fit."""
        self._finish()
        return self._reader.problem() or self._judge(self._reader.final())

    def text(self, document: Any) -> str | None:
        """The text of a complete answer."""
        return self._reader.text(document)

    def rest(self) -> str:
        """What the last turn held back."""
        return self._reader.rest()
