"""Lines of JSON to a session's events and back.

A thread of its own sends the input, so that events are shown whatever the input does. Either side
is held up by the other: nothing is read from the input while the server takes nothing, and nothing
from the server while stdout takes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ..catalog.record import Record
from ..core.errors import NetworkError, OaiError, OutcomeError, WaitTimeout
from ..core.lasting import Lasting
from ..core.sockets import complaint
from .event_input import EventInput

if TYPE_CHECKING:
    from ..core.context import App
    from ..core.sockets import Socket
    from .gather import Call

LOOK = 0.1
"""Seconds between two looks at whether the input has ended."""


class Plan(Record):
    """What to send first, and when to stop. `seconds` is None where there is no limit; `linger` are
    seconds of silence after the input has ended. With `listen` nothing is sent, stdin is left
    alone, and errors are only what others are told of."""

    files: list[str] = []
    until: list[str] = []
    seconds: float | None = None
    linger: float = 3.0
    fail: bool = False
    listen: bool = False


class Bridge:
    """One session: `open` it, and take its `events`."""

    def __init__(self, app: App, call: Call, plan: Plan) -> None:
        self._app = app
        self._call = call
        self._plan = plan
        self._socket: Socket | None = None
        self._again = threading.Condition()
        self._finished = False
        self._input: EventInput | None = None
        self._input_ended = threading.Event()
        self._ended_at = 0.0
        self._input_problem: OaiError | None = None
        self._errors: list[str] = []
        self._lasting: Lasting | None = None

    def close(self) -> None:
        """End the session; nothing happens when it has ended."""
        with self._again:
            self._finished = True
            self._again.notify_all()
        if self._input:
            self._input.close()
        if self._socket:
            self._socket.close()

    def open(self) -> None:
        """Shake hands, and begin to send. Raises UsageError for a file that cannot be read, before
        anything is sent; ApiError, NetworkError."""
        if not self._plan.listen:
            self._input = EventInput(self._app, self._plan.files)
        if self._outlives:
            self._lasting = self._attach()
            self._socket = self._lasting.socket
        else:
            self._socket = self._connect()
        if self._input:
            threading.Thread(target=self._send_input, daemon=True).start()

    def _attach(self) -> Lasting:
        console = self._app.console
        tries = self._app.settings.max_retries
        return Lasting(self._connect, tries, console.sleep, console.warn)

    def _connect(self) -> Socket:
        return self._app.api.connect(self._call.operation, self._call.values)

    @property
    def _outlives(self) -> bool:
        """Whether the session outlives its connection."""
        word = self._call.operation.words.reattach
        return bool(word) and self._call.has(word)

    @property
    def _ended(self) -> bool:
        assert self._socket is not None
        return self._lasting.ended if self._lasting else self._socket.closed is not None

    # -- receiving ----------------------------------------------------------------------------

    def events(self) -> Iterator[dict[str, Any]]:
        """The server's events until the plan is fulfilled, the server ends the session, or the
        connection drops.

        Raises OaiError: what ended it, an input line that is no event (once what came is out), and
        OutcomeError when the server reported errors.
        """
        try:
            yield from self._received()
        except KeyboardInterrupt as stop:
            stop.hint = self._how_to_go_on()  # type: ignore[attr-defined]
            raise
        finally:
            self.close()
        self._judge()

    def _received(self) -> Iterator[dict[str, Any]]:
        clock = self._app.console.clock
        started = heard = clock()
        while True:
            now = clock()
            if self._time_is_up(now - started) or self._quiet_long_enough(now, heard):
                return
            event = self._next()
            if event is None:
                if self._ended:
                    return self._check_early_end()
                continue
            heard = clock()
            yield event
            if self._is_last(event):
                return

    def _next(self) -> dict[str, Any] | None:
        """The next event; None after a moment, and at the end."""
        assert self._socket is not None
        if self._lasting is None:
            try:
                return self._socket.receive(LOOK)
            except NetworkError as error:
                error.hint = "the session went with its connection: start a new one"
                raise
        event = self._lasting.receive(LOOK)
        if self._lasting.socket is not self._socket:
            with self._again:
                self._socket = self._lasting.socket
                self._again.notify_all()
        return event

    # -- when to stop -------------------------------------------------------------------------

    def _time_is_up(self, passed: float) -> bool:
        seconds = self._plan.seconds
        if seconds is None or passed < seconds:
            return False
        if self._plan.until:
            raise WaitTimeout(f"{self._wanted()} did not come in {seconds:g} s")
        return True

    def _quiet_long_enough(self, now: float, heard: float) -> bool:
        if not self._input_ended.is_set():
            return False
        if self._plan.until and not self._input_problem:
            return False
        return now - max(heard, self._ended_at) >= self._plan.linger

    def _is_last(self, event: dict[str, Any]) -> bool:
        kind = str(event.get("type", ""))
        if any(fnmatchcase(kind, pattern) for pattern in self._plan.until):
            self._errors.clear()
            return True
        if kind == "error" and not self._plan.listen:
            self._errors.append(complaint(event))
            if self._plan.fail:
                return True
            self._app.console.warn(f"the server reports an error: {self._errors[-1]}")
        return False

    def _check_early_end(self) -> None:
        if self._lasting and self._lasting.over:
            self._app.console.note("the session is over")
        if self._plan.until:
            raise OutcomeError(f"the session ended before {self._wanted()} came")

    def _wanted(self) -> str:
        return " or ".join(self._plan.until)

    def _judge(self) -> None:
        if self._input_problem:
            raise self._input_problem
        if self._errors:
            number, last = len(self._errors), self._errors[-1]
            what = "an error" if number == 1 else f"{number} errors, the last"
            raise OutcomeError(f"the server reported {what}: {last}")

    def _how_to_go_on(self) -> str:
        if not self._outlives:
            return ""
        named = self._call.get(self._call.operation.words.reattach)
        return f"the session goes on: the same command attaches to {named} again"

    # -- sending ------------------------------------------------------------------------------

    def _send_input(self) -> None:
        """The sending thread."""
        assert self._input is not None
        try:
            for line in self._input.lines():
                if not self._send(line):
                    break
        except OaiError as error:
            self._input_problem = error
        finally:
            self._ended_at = self._app.console.clock()
            self._input_ended.set()

    def _send(self, line: str) -> bool:
        """Send a line, on the next connection if this one drops; False when there is none."""
        while not self._finished:
            socket = self._socket
            assert socket is not None
            try:
                socket.send(line)
                return True
            except NetworkError:
                if not self._outlives:
                    return False
                with self._again:
                    while socket is self._socket and not self._finished:
                        self._again.wait()
        return False
