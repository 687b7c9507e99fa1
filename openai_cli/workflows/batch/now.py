"""A job without batches: every request goes to its ordinary endpoint, many at a time."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from ...core import failures
from ...core.errors import ApiError, NetworkError, WaitTimeout
from ...core.patience import PATIENCE
from ...core.retry import FINAL_CODES, delay
from . import state_lines
from .now_answers import Answers
from .now_line import Line
from .now_pace import Pace
from .state_answers import Usage, outcome
from .state_lines import FAILED, GOOD, OPEN

if TYPE_CHECKING:
    from asyncio import Task

    from ...core.context import App
    from ...core.errors import OaiError
    from ...core.http import Answer, Bulk
    from ...render.waiting import StatusLine
    from .split import Inputs
    from .state import State

GRACE, LAST_GRACE = 60.0, 5.0
"""Seconds for answers that are on their way when a run ends early, and when its time is up."""
REFUSALS = 10
"""A line that meets with so many 429s, for longer than ten minutes, is one that can never pass."""
ON_TERMINAL, IN_LOG = 0.2, 30.0
"""Seconds between two words on how far it is."""


class Now:
    """Sends the open lines of one job; `settings` are the job's own."""

    def __init__(
        self, app: App, state: State, inputs: Inputs, settings: Mapping[str, Any], line: StatusLine
    ) -> None:
        console = app.console
        self._app, self._state, self._inputs = app, state, inputs
        self._jobs, self._attempts = int(settings["jobs"]), int(settings["attempts"])
        self._line = line
        self._clock = console.clock
        self._pace = Pace(console.clock, self._sleep)
        self._end = self._clock() + (app.option("wait_timeout") or math.inf)
        self._goods = 0
        self._aside: deque[Line] = deque()
        self._exhausted = self._leaving = False
        self._sending: set[Task[None]] = set()
        self._every = ON_TERMINAL if console.stderr_tty else IN_LOG
        self._said = self._clock()
        counts = state_lines.counts(state)
        self._total = sum(counts.values())
        self._counts = counts

    def run(self) -> bool:
        """Send every open line; True once all have an outcome."""
        import asyncio

        self._answers = Answers(self._state, self._clock)
        self._counts = state_lines.counts(self._state)
        try:
            asyncio.run(self._all())
        finally:
            self._answers.close()
        return True

    async def _all(self) -> None:
        import asyncio

        from ...core.http import Bulk

        bulk = Bulk(self._app.api.http)
        source = self._source()
        workers = {asyncio.ensure_future(self._work(source, bulk)) for _ in range(self._jobs)}
        left = self._end - self._clock()
        try:
            ended, going = await asyncio.wait(
                workers,
                timeout=left if left < math.inf else None,
                return_when=asyncio.FIRST_EXCEPTION,
            )
            for worker in ended:
                worker.result()
            if going:
                raise self._late()
        finally:
            await self._leave(workers)
            await bulk.close()

    async def _leave(self, workers: set[Task[None]]) -> None:
        """Begin nothing more. What is on its way may have been paid for: it gets time to arrive."""
        import asyncio

        self._leaving = True
        for worker in workers - self._sending:
            worker.cancel()
        if self._sending:
            self._line.say(f"waiting for the answers on their way: {len(self._sending)}")
            grace = GRACE if self._clock() < self._end else LAST_GRACE
            await asyncio.wait(set(self._sending), timeout=grace)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def _source(self) -> Iterator[Line]:
        prefix = f"oai-{self._state.fact('job')}-{self._state.fact('round', 0)}"
        for spot, raw in self._inputs.read(state_lines.unanswered(self._state)):
            yield Line(spot, raw, prefix)
        self._exhausted = True
        while self._aside:
            yield self._aside.popleft()

    # -- one line ---------------------------------------------------------------------------------

    async def _work(self, source: Iterator[Line], bulk: Bulk) -> None:
        for line in source:
            while not await self._tried(line, bulk):
                if self._leaving:
                    return
            if self._leaving:
                return
            self._say()

    async def _tried(self, line: Line, bulk: Bulk) -> bool:
        """Send a line once; whether that was the last time, for now at least."""
        await self._pace.turn()
        try:
            answer = await self._sent(line, bulk)
        except NetworkError as error:
            line.lost(error)
            return await self._failed(line, error)
        finally:
            self._pace.back()
        body = line.answered(answer)
        ended = outcome(answer.status, body)
        if answer.status in (401, 429):
            self._refused(line, answer)
            return self._hopeless(line) and self._settle(line, FAILED)
        self._pace.answered(answer.headers, _tokens(body))
        if ended == OPEN:
            return await self._failed(line, _error(answer))
        return self._settle(line, ended)

    async def _sent(self, line: Line, bulk: Bulk) -> Answer:
        import asyncio

        task = cast("Task[None]", asyncio.current_task())
        self._sending.add(task)
        if line.failures < self._attempts:
            line.proof = self._goods
        try:
            return await bulk.send(line.request, line.auth)
        finally:
            self._sending.discard(task)

    def _settle(self, line: Line, ended: int) -> bool:
        """Keep what came for a line as its end; True."""
        self._answers.add(line.seq, ended, *line.answer)
        self._counts[ended] += 1
        self._goods += ended == GOOD
        return True

    def _refused(self, line: Line, answer: Answer) -> None:
        """A key that is not taken, or a quota used up, ends the run; too fast only pauses it."""
        error = _error(answer)
        if answer.status == 401 or (error.code or error.type) in FINAL_CODES:
            raise error
        line.refusals += 1
        line.since = min(line.since, self._clock())
        pause = self._pace.refused(answer.headers)
        self._line.say(f"{self._progress()}; the rate limit is reached, waiting {pause:.0f} s")

    def _hopeless(self, line: Line) -> bool:
        """Whether a line has been refused so often that waiting will not help it."""
        return line.refusals > REFUSALS and self._clock() - line.since > PATIENCE

    async def _failed(self, line: Line, error: OaiError) -> bool:
        """A try has failed in passing: whether it was the line's last, for now at least.

        When its tries are used up, and others are answered well meanwhile, it is the line's fault.
        Else the line gets a last try when others have been tried, as many as there are jobs. While
        nothing at all is answered well, everything waits, for ten minutes at the most. Raises the
        error after them, and where nothing ever was.
        """
        line.failures += 1
        line.since = min(line.since, self._clock())
        if line.failures >= self._attempts:
            if self._goods > line.proof or self._alone(error):
                return self._settle(line, FAILED)
            if not self._exhausted and len(self._aside) < self._jobs:
                self._aside.append(line)
                return True
            if not self._goods or self._clock() - line.since > PATIENCE:
                raise error
        self._line.say(f"{self._progress()}; {error.message}; trying again")
        await self._sleep(delay(line.failures))
        return False

    def _alone(self, error: OaiError) -> bool:
        """Whether no further line will show who is to blame for an answer of the server."""
        return self._exhausted and not isinstance(error, NetworkError)

    # -- time -------------------------------------------------------------------------------------

    async def _sleep(self, seconds: float) -> None:
        """Pause by the console's clock. Raises WaitTimeout when the time is up."""
        import asyncio

        console = self._app.console
        end = self._clock() + seconds
        while not self._leaving and (left := min(end, self._end) - self._clock()) > 0:
            if console.sleep is time.sleep:
                await asyncio.sleep(left)
            else:  # a time of its own passes at once
                console.sleep(left)
                await asyncio.sleep(0)
        if self._clock() >= self._end:
            raise self._late()

    @staticmethod
    def _late() -> WaitTimeout:
        return WaitTimeout("the time is up, and requests are left")

    def _say(self) -> None:
        now = self._clock()
        if now >= self._end:
            raise self._late()
        if now - self._said >= self._every:
            self._said = now
            self._line.say(self._progress())

    def _progress(self) -> str:
        text = f"{self._counts[GOOD]} of {self._total} answered"
        failed = self._counts[FAILED]
        return f"{text}, {failed} failed" if failed else text


def _error(answer: Answer) -> ApiError:
    return failures.from_answer(answer.status, answer.content, answer.headers)


def _tokens(body: Any) -> int:
    usage = Usage()
    usage.add(body)
    return usage.input + usage.output
