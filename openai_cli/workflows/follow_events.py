"""The events of a fine-tuning job, as they come: each one once, and none left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..catalog import load
from ..core import pages, wait
from ..core.api import decode
from ..core.errors import (
    NetworkError,
    OaiError,
    OutcomeError,
    RateLimitError,
    ServerError,
)
from ..core.patience import Patience
from ..engine.waiting import command_line
from ..render.waiting import StatusLine

if TYPE_CHECKING:
    from ..core.context import App

JOB = "fine_tuning.jobs.retrieve"
EVENTS = "fine_tuning.jobs.list_events"
PAGE = 100
OVERLAP = 60
"""Seconds of events already known that are looked through again: events of the same moment have no
order that could be relied on."""
LAST_PAUSE = 1.0
"""Seconds after which a job that has just ended is looked at once more, for its last words."""

Event = dict[str, Any]


class Log:
    """What has been seen of a job's events, which are listed newest first."""

    def __init__(self, app: App, ids: Mapping[str, str]) -> None:
        self._app = app
        self._ids = ids
        self._operation = load.operation(EVENTS)
        self._seen: set[str] = set()
        self._newest = 0.0

    def news(self, patience: Patience) -> list[Event]:
        """The events not seen before, oldest first.

        Pages are read until one ends with an event that was known for a while. Raises OaiError;
        then nothing counts as seen, and the next look finds it all.
        """
        assert self._operation.page is not None
        found: dict[str, Event] = {}
        for chunk in pages.walk(lambda at: self._page(at, patience), self._operation.page):
            for event in chunk.items:
                key = _key(event)
                if key not in self._seen:
                    found.setdefault(key, event)
            if chunk.items and self._known(chunk.items[-1]):
                break
        self._seen |= found.keys()
        self._newest = max([self._newest, *(_moment(event) for event in found.values())])
        oldest_first = [*found.values()][::-1]
        oldest_first.sort(key=_moment)
        return oldest_first

    def _page(self, position: Mapping[str, Any], patience: Patience) -> Any:
        values = {**self._ids, "limit": PAGE, **position}
        operation = self._operation
        with self._app.api.open(operation, values, whole=True, within=patience.within) as reply:
            return decode(operation, reply)

    def _known(self, event: Event) -> bool:
        return _key(event) in self._seen and _moment(event) < self._newest - OVERLAP


def _key(event: Event) -> str:
    return str(event.get("id") or (event.get("created_at"), event.get("message")))


def _moment(event: Event) -> float:
    at = event.get("created_at")
    return float(at) if isinstance(at, int | float) else 0.0


class Following:
    """One job that is followed; `job` is the last that is known of it."""

    def __init__(self, app: App, id: str) -> None:
        self.job: dict[str, Any] = {}
        self._app = app
        self._id = id
        self._ids = {"fine_tuning_job_id": id}
        self._operation = load.operation(JOB)
        made = wait.waiter(self._operation)
        assert made is not None
        self._waiter = made
        self._line = StatusLine(app, id)
        self._log = Log(app, self._ids)
        self._patience = Patience(
            every=app.option("poll_interval"),
            timeout=app.option("wait_timeout"),
            clock=app.console.clock,
            sleep=self._line.sleep,
            trouble=lambda error: self._line.say(f"{error.message}; looking again"),
        )

    def events(self) -> Iterator[Event]:
        """The events until the job is over. Raises WaitTimeout, and what ends looking."""
        try:
            yield from self._looks()
        except OaiError as error:
            if isinstance(error, NetworkError | ServerError | RateLimitError):
                error.advise(f"{self._command('follow')} goes on")
            raise
        finally:
            self._line.clear()

    def problem(self) -> OaiError | None:
        """What is wrong with a job that is over."""
        if self._waiter.state(self.job) == "success":
            return None
        status, why = self._waiter.status(self.job), self._waiter.why(self.job)
        message = f"{self._waiter.what} ended as {status}"
        return OutcomeError(f"{message}: {why}" if why else message)

    def say_how_to_go_on(self) -> None:
        """After Ctrl-C: the job is not touched by it."""
        self._line.clear()
        if not self._app.console.quiet:
            self._app.console.note(
                f"{self._waiter.what} goes on without you: {self._command('follow')} looks again, "
                f"{self._command('cancel')} stops it"
            )

    def _looks(self) -> Iterator[Event]:
        was_going = False
        headers: Mapping[str, str] = {}
        while True:
            try:
                headers, news = self._look()
            except OaiError as error:
                if self._over:
                    return
                self._patience.bear(error)
                headers = {}
            else:
                self._patience.failing = False
                self._line.clear()
                yield from news
                if self._over and not was_going:
                    return
                self._line.say(self._waiter.status(self.job))
            if self._over:
                was_going = False
                self._line.sleep(LAST_PAUSE)
            else:
                was_going = bool(self.job)
                self._patience.pause(headers, self._still)

    def _look(self) -> tuple[Mapping[str, str], list[Event]]:
        """The job first: what it has told by the time it is over is then in the list."""
        within = self._patience.within
        with self._app.api.open(self._operation, self._ids, whole=True, within=within) as reply:
            job = decode(self._operation, reply)
        self._waiter.status(job)
        news = self._log.news(self._patience)
        self.job = job
        return reply.headers, news

    @property
    def _over(self) -> bool:
        return bool(self.job) and self._waiter.state(self.job) != "going"

    def _still(self) -> str:
        if not self.job:
            return f"nothing is known of {self._waiter.what}"
        return f"{self._waiter.what} is still {self._waiter.status(self.job)}"

    def _command(self, name: str) -> str:
        return command_line(self._app, (*self._operation.command[:-1], name), [self._id])
