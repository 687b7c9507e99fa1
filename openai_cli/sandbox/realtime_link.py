"""Sessions over WebSocket without a network: both ends of one, and what all kinds share.

Nothing runs by itself. What a session has to say is made when somebody asks for the next event, so
that a slow reader slows it down, and an answer that is cancelled half-way has not been made yet.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from .call import Object
from .errors import INVALID, ApiError
from .ids import fresh

Work = Iterator[Object | float]
"""Makes events one by one; a number is a pause in seconds."""
LONGEST = 3600.0
"""Seconds that a session may last."""
GOING_AWAY = 1001


class Session:
    """One session, and everybody who is connected to it. Kinds of sessions say what client events
    mean (`events`, by type) and what happens by itself (`idle`)."""

    def __init__(self, delay: float = 0.0) -> None:
        self.lock = threading.Condition()
        self.links: list[Link] = []
        self.started = time.monotonic()
        self.expires_at = int(time.time() + LONGEST)
        self.over = False
        self._delay = delay
        self._due = 0.0
        self._work: deque[Work] = deque()
        self.events: dict[str, Callable[[Object], None]] = {}

    # -- what kinds of sessions say ------------------------------------------------------------

    def joined(self, link: Link) -> None:
        """Somebody has connected."""

    def left(self) -> None:
        """Somebody has gone; a session that nobody is connected to is over."""
        self.over = self.over or not self.links

    def idle(self) -> float:
        """Called when there is nothing to do; seconds until it wants to be called again."""
        return math.inf

    def refusal(self, error: ApiError, event: Object) -> Object:
        """The event that says why a client event was not taken."""
        told = {"type": error.type or INVALID, "code": error.code, "message": error.message}
        told |= {"param": error.param, "event_id": event.get("event_id")}
        return {"type": "error", "error": told}

    def numbered(self, kind: str) -> bool:
        """Whether events of a type have an `event_id`."""
        return True

    # -- what they use -------------------------------------------------------------------------

    def emit(self, event: Object, only: Link | None = None) -> None:
        """Send an event to everybody, or to one."""
        kind = event["type"]
        id = {"event_id": fresh("event_")} if self.numbered(kind) else {}
        made = {"type": kind, **id, **event}
        for link in [only] if only else self.links:
            link.hand(made)
        self.lock.notify_all()

    def do(self, work: Work) -> None:
        """Make these events after those that are being made."""
        self._work.append(work)
        self.lock.notify_all()

    def drop(self, work: Work) -> None:
        """Make no more of these events."""
        if work in self._work:
            self._work.remove(work)
            self._due = 0.0

    def end(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye to everybody, once they have read what there is."""
        self.over = True
        for link in self.links:
            link.last = (code, reason)
        self.lock.notify_all()

    # -- what links use ------------------------------------------------------------------------

    def take(self, text: str, link: Link) -> None:
        """One client event, as it came."""
        event: Any = None
        try:
            event = _parsed(text)
            kind = event.get("type")
            if kind not in self.events:
                known = ", ".join(sorted(self.events))
                message = f"There is no client event '{kind}' here; there are {known}."
                raise ApiError(400, message, param="type", code="invalid_value")
            self.events[kind](event)
        except ApiError as error:
            self.emit(self.refusal(error, event if isinstance(event, dict) else {}), link)
        except (KeyError, TypeError, AttributeError, ValueError) as problem:
            message = f"The event is not well formed: {problem!r}."
            refused = ApiError(400, message, code="invalid_event")
            self.emit(self.refusal(refused, event), link)

    def step(self) -> float:
        """Make the next event; 0 if that was possible, else the seconds until it may be."""
        now = time.monotonic()
        if now - self.started > LONGEST and not self.over:
            message = "The session has lasted as long as it may."
            self.emit(self.refusal(ApiError(400, message, code="session_expired"), {}))
            self.end(GOING_AWAY, "session_expired")
        if self.over:
            return math.inf
        if not self._work:
            return self.idle()
        if now < self._due:
            return self._due - now
        self._one(now)
        return 0.0

    def _one(self, now: float) -> None:
        work = self._work[0]
        made = next(work, None)
        if made is None:
            if work in self._work:
                self._work.remove(work)
        elif isinstance(made, float):
            self._due = now + made
        else:
            self._due = now + self._delay if self._delay else 0.0
            self.emit(made)


def _parsed(text: str) -> Object:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        raise ApiError(400, "The message is not valid JSON.", code="invalid_json") from None
    if not isinstance(event, dict):
        raise ApiError(400, "An event has to be a JSON object.", code="invalid_json")
    return event


class Link:
    """A client's end of a session. `goodbye` is the code and reason with which the session ended,
    once everything before has been read."""

    def __init__(self, session: Session, shape: Callable[[Object], Object | None] | None = None):
        self.session = session
        self.goodbye: tuple[int, str] | None = None
        self.last: tuple[int, str] | None = None
        self._shape = shape
        self._waiting: deque[str] = deque()
        with session.lock:
            session.links.append(self)
            session.joined(self)

    def hand(self, event: Object) -> None:
        """Something to be read; `shape` may spell it differently, or keep it back."""
        shaped = self._shape(event) if self._shape else event
        if shaped is not None:
            self._waiting.append(json.dumps(shaped, ensure_ascii=False, separators=(",", ":")))

    def put(self, text: str) -> None:
        """Send an event to the session."""
        session = self.session
        with session.lock:
            if self.last is None:
                session.take(text, self)
                session.lock.notify_all()

    def get(self, timeout: float | None) -> str | None:
        """The next event; None after `timeout` seconds, or at the end."""
        until = math.inf if timeout is None else time.monotonic() + timeout
        with self.session.lock:
            while True:
                if self._waiting:
                    return self._waiting.popleft()
                if self.last is not None:
                    self.goodbye = self.last
                    return None
                pause = self.session.step()
                left = until - time.monotonic()
                if pause and left <= 0:
                    return None
                if pause:
                    wait = min(pause, left)
                    self.session.lock.wait(None if wait == math.inf else wait)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Leave the session."""
        with self.session.lock:
            self.last = self.goodbye = self.last or (code, reason)
            if self in self.session.links:
                self.session.links.remove(self)
                self.session.left()
            self.session.lock.notify_all()
