"""The events of one answer; a response that is made in the background is followed again when the
connection drops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...core.errors import NetworkError
from ...core.live import Reader

if TYPE_CHECKING:
    from ...core.context import App
    from ...engine.gather import Call

RESUMES = 5
"""How often in a row the connection may drop without bringing anything."""
PAUSE = 1.0
"""Seconds that each further try waits longer than the one before."""


def follow(app: App, call: Call, reader: Reader) -> Iterator[dict[str, Any]]:
    """The events as they arrive, and `oai.dropped` before the connection is made again; `reader`
    has seen each before the next is asked for.

    Raises ApiError, and NetworkError when the answer breaks off. An interrupt gets a `hint`.
    """
    position = _Position(call)
    source = app.api.stream(call.operation, call.values, call.body)
    while True:
        try:
            for event in source:
                position.note(event)
                yield event
            problem = reader.problem()
            if not isinstance(problem, NetworkError):
                return
            raise problem
        except NetworkError as error:
            if not position.may_resume():
                error.hint = position.hint() or error.hint
                raise
            yield {"type": "oai.dropped", "message": error.message}
            app.console.sleep(position.pause())
            source = app.api.stream("responses.retrieve", position.values)
        except KeyboardInterrupt as stop:
            # Whoever cleans up the screen tells it afterwards.
            stop.hint = position.hint()  # type: ignore[attr-defined]
            raise


class _Position:
    """How far the events of a response have come."""

    def __init__(self, call: Call) -> None:
        self._background = call.get("background") is True
        self._drops = 0
        self.values: dict[str, Any] = {}
        if call.get("include"):
            self.values["include"] = call.get("include")

    def note(self, event: dict[str, Any]) -> None:
        response = event.get("response")
        if isinstance(response, dict) and response.get("id"):
            self.values["response_id"] = response["id"]
        if isinstance(event.get("sequence_number"), int):
            self.values["starting_after"] = event["sequence_number"]
            self._drops = 0

    @property
    def _known(self) -> bool:
        return self._background and {"response_id", "starting_after"} <= self.values.keys()

    def may_resume(self) -> bool:
        """Whether to try once more; counts the tries."""
        self._drops += 1
        return self._known and self._drops <= RESUMES

    def pause(self) -> float:
        """Seconds before the next try: none at first."""
        return PAUSE * (self._drops - 1)

    def hint(self) -> str:
        """How a person follows it again; empty where that cannot be done."""
        if not self._known:
            return ""
        after = f"--starting-after {self.values['starting_after']}"
        return f"`oai responses retrieve {self.values['response_id']} --stream {after}` follows it"
