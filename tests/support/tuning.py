"""A fine-tuning job on the scripted server: what it tells at each look is up to the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .server import Answer, Asked, reply

Event = dict[str, Any]


def event(number: int, message: str = "", **fields: Any) -> Event:
    """An event, one second after the one before."""
    made = {"id": f"ftevent-{number}", "object": "fine_tuning.job.event", "level": "info"}
    made |= {"created_at": 1_700_000_000 + number, "message": message or f"Event {number}."}
    return {**made, **fields}


def measured(number: int, step: int, **data: float) -> Event:
    """An event with measurements."""
    return event(number, f"Step {step}", type="metrics", data={"step": step, **data})


class Tuning:
    """The job. `looks` holds for each look the job's status and the events it has told since the
    last one; the last look stays. `before` may answer a request in the job's place."""

    def __init__(self, *looks: tuple[str, list[Event]], page: int = 100) -> None:
        self.told: list[Event] = []
        self.job: dict[str, Any] = {"id": "ftjob-1", "status": "queued"}
        self.before: Callable[[Asked], Answer | None] = lambda asked: None
        self.checkpoints: list[Event] = []
        self.cancelled = False
        self._looks = list(looks)
        self._page = page
        self.asked: list[str] = []

    def __call__(self, asked: Asked) -> Answer:
        """Answer a request."""
        self.asked.append(asked.target.removeprefix("/v1/fine_tuning/jobs/"))
        if answer := self.before(asked):
            return answer
        if asked.path.endswith("/events"):
            return self._events(dict(asked.query))
        if asked.path.endswith("/checkpoints"):
            return reply({"object": "list", "data": self.checkpoints, "has_more": False})
        if self._looks:
            status, events = self._looks.pop(0)
            self.job = {**self.job, "status": status}
            self.told += events
        return reply(self.job)

    def _events(self, query: dict[str, str]) -> Answer:
        newest_first = self.told[::-1]
        ids = [one["id"] for one in newest_first]
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        end = start + min(int(query.get("limit", 20)), self._page)
        more = end < len(newest_first)
        return reply({"object": "list", "data": newest_first[start:end], "has_more": more})
