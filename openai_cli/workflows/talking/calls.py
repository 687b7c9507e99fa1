"""Tools in a conversation: they run beside it, so that talking goes on meanwhile."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..chat.tools import Call, Outcome, Tool, execute

if TYPE_CHECKING:
    from collections.abc import Iterator

Ask = Callable[[Tool, dict[str, Any]], bool]


class Calls:
    """Runs what the model asks for. `approve` is called in a thread of its own. Rounds beyond
    `most` in a row are refused: the model has to say something first."""

    def __init__(self, tools: Sequence[Tool], approve: Ask, most: int) -> None:
        self.tools = list(tools)
        self._approve = approve
        self._most = most
        self._rounds = 0
        self._running = 0
        self._done: queue.SimpleQueue[list[Outcome]] = queue.SimpleQueue()
        self._reports: queue.SimpleQueue[str] = queue.SimpleQueue()

    @property
    def running(self) -> bool:
        """Whether the model still waits for something."""
        return self._running > 0

    def new_turn(self) -> None:
        """Somebody said something: rounds are counted anew."""
        self._rounds = 0

    def start(self, calls: list[Call]) -> None:
        """Run these."""
        self._running += 1
        self._rounds += 1
        if self._rounds > self._most:
            text = f"not run: {self._most} rounds of calls in a row are enough"
            self._done.put([Outcome(call.id, call.name, text, True) for call in calls])
            self._reports.put(f"tools: {text} (--max-turns)")
            return
        threading.Thread(target=self._run, args=(calls,), daemon=True, name="oai-tools").start()

    def _run(self, calls: list[Call]) -> None:
        try:
            outcomes = execute(calls, self.tools, self._approve, self._reports.put)
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
            outcomes = [Outcome(call.id, call.name, text, True) for call in calls]
        self._done.put(outcomes)

    def finished(self) -> list[Outcome] | None:
        """What a round came to, once for each round."""
        try:
            found = self._done.get_nowait()
        except queue.Empty:
            return None
        self._running -= 1
        return found

    def reports(self) -> Iterator[str]:
        """Lines about what runs."""
        while True:
            try:
                yield self._reports.get_nowait()
            except queue.Empty:
                return

    def cancel(self) -> None:
        """End what runs."""
        if self._running:
            for tool in self.tools:
                tool.cancel()


def as_realtime_tool(tool: Tool) -> dict[str, Any]:
    """The tool as realtime sessions want it: they know no strict mode."""
    made: dict[str, Any] = {"type": "function", "name": tool.name}
    if tool.description:
        made["description"] = tool.description
    return {**made, "parameters": tool.parameters}
