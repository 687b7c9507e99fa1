"""A job in flight: parts go up, batches go on, answers come down, until no line is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import run_answers, split, state_lines, state_parts
from .run_remote import QueueFull, Remote, is_queue_full
from .state_parts import CREATED, CREATING, DONE, ENDED, PLANNED, UPLOADED, UPLOADING, Part

if TYPE_CHECKING:
    from ...core.context import App
    from ...core.errors import OaiError
    from ...render.waiting import StatusLine
    from .split import Inputs
    from .state import State

_UNSENT = (PLANNED, UPLOADING, UPLOADED, CREATING)


class Runner:
    """Drives the batches of one job. `settings` are the job's own: limits, attempts, metadata."""

    def __init__(
        self, app: App, state: State, inputs: Inputs, settings: Mapping[str, Any], line: StatusLine
    ) -> None:
        self._app = app
        self._state = state
        self._inputs = inputs
        self._settings = settings
        self._line = line
        self._remote = Remote(app, state.fact("job"), self._trouble, line.sleep)
        self._places = int(settings["max_in_flight"])
        self._hold = False
        self._refusals = 0

    def run(self, *, wait: bool = True) -> bool:
        """Go on until every line has an outcome; True then. Without `wait`, do what can be done
        now and leave."""
        for part in state_parts.all_parts(self._state, ENDED):
            self._fetch(part)
        headers: Mapping[str, str] = {}
        # What an earlier run began may be done by now; what this one begins is not.
        at_once = bool(self._live())
        while True:
            self._submit()
            live = self._live()
            if not live and not self._waiting():
                return True
            self._say(live)
            if not at_once:
                if not wait:
                    return False
                self._remote.patience.pause(headers, self._still)
            at_once = False
            headers = self._look(live)

    # -- up ---------------------------------------------------------------------------------------

    def _waiting(self) -> bool:
        """Whether something is still to be submitted."""
        return bool(state_parts.all_parts(self._state, *_UNSENT)) or state_lines.any_free(
            self._state
        )

    def _submit(self) -> None:
        """Start batches while there are places."""
        if self._hold:
            self._hold = False
            return
        while len(self._live()) < self._places:
            part = self._next()
            if part is None or not self._start(part):
                return

    def _live(self) -> list[Part]:
        return state_parts.all_parts(self._state, CREATED)

    def _next(self) -> Part | None:
        begun = state_parts.all_parts(self._state, *_UNSENT)
        if begun:
            return begun[0]
        limit = min(self._settings["max_requests"], self._state.fact("halved", 1 << 60))
        return split.next_part(self._state, limit, self._settings["max_bytes"])

    def _start(self, part: Part) -> bool:
        """Start the batch of a part; False when there is no room for it now."""
        state = self._state
        if part.status in (PLANNED, UPLOADING):
            self._upload(part)
        begun = part.status == CREATING
        if not begun:
            part.update(state, status=CREATING, submits=part.submits + 1)
        self._line.say(f"starting batch {part.n}")
        endpoint = state_parts.endpoint_of(state, part.kind)
        try:
            batch = self._remote.create(part, endpoint, self._settings, begun)
        except QueueFull:
            part.update(state, status=UPLOADED)
            self._queue_full(part)
            return False
        part.update(state, status=CREATED, batch_id=batch["id"], remote=batch.get("status"))
        return True

    def _upload(self, part: Part) -> None:
        state = self._state
        path = split.write_part(state, self._inputs, part)
        begun = part.status == UPLOADING
        part.update(state, status=UPLOADING)
        self._line.say(f"uploading {part.requests} requests")
        name = f"oai-{state.fact('job')}-{part.n:05}.jsonl"
        file = self._remote.upload(path, name, begun)
        part.update(state, status=UPLOADED, file_id=file["id"], file_created=file.get("created_at"))
        path.unlink(missing_ok=True)

    def _queue_full(self, part: Part) -> None:
        """No room for this part now: fewer at a time; and when nothing else can be what fills the
        queue, the part is too large for it."""
        live = len(self._live())
        self._places = max(1, live)
        self._refusals = 0 if live else self._refusals + 1
        self._line.say("the model's queue is full; waiting for room")
        if self._refusals > 1 and part.requests > 1 and not self._remote.busy():
            with self._state.transaction():
                self._state.note(halved=(part.requests + 1) // 2)
                state_lines.release(self._state, part.n)
                part.update(self._state, status=DONE, remote="split")
            self._refusals = 0

    def _room(self) -> None:
        """A batch has gone through: there may be room for one more, and for larger ones."""
        self._places = min(self._places + 1, int(self._settings["max_in_flight"]))
        self._refusals = 0
        if halved := self._state.fact("halved"):
            self._state.note(halved=2 * halved)

    # -- down -------------------------------------------------------------------------------------

    def _look(self, live: list[Part]) -> Mapping[str, str]:
        """Look at every batch, and take what those left that have ended; the last headers."""
        headers: Mapping[str, str] = {}
        for part in live:
            assert part.batch_id is not None
            batch, headers = self._remote.look(part.batch_id)
            if batch is None:
                break
            if batch["status"] in run_answers.FINAL:
                self._ended(part, batch)
            else:
                counts = batch.get("request_counts")
                part.update(self._state, remote=batch["status"], counts=counts)
        return headers

    def _ended(self, part: Part, batch: dict[str, Any]) -> None:
        """Take what a batch left, or wait where its end means no more than that."""
        state = self._state
        found = run_answers.complaints(batch)
        if any(is_queue_full(one.get("code"), one.get("message")) for one in found):
            part.update(state, status=UPLOADED, batch_id=None, remote="queue full")
            self._queue_full(part)
            self._hold = True
            return
        if not run_answers.refuse_lines(state, part, found):
            run_answers.end(state, part, batch)
            self._fetch(part)
        if batch["status"] == "completed":
            self._room()

    def _fetch(self, part: Part) -> None:
        self._line.say(f"fetching the answers of batch {part.n}")
        run_answers.fetch(self._state, self._remote, part, int(self._settings["attempts"]))

    # -- what is said -----------------------------------------------------------------------------

    def _say(self, live: list[Part]) -> None:
        counts = state_lines.counts(self._state)
        total = sum(counts.values())
        done = counts[state_lines.GOOD]
        going = [part for part in live if part.status == CREATED]
        done += sum(int((part.counts or {}).get("completed") or 0) for part in going)
        text = f"{done} of {total} answered"
        if counts[state_lines.FAILED]:
            text += f", {counts[state_lines.FAILED]} failed"
        if going:
            text += (
                f"; {len(going)} in flight ({', '.join(sorted({p.remote or '' for p in going}))})"
            )
        self._line.say(text)

    def _still(self) -> str:
        return f"{len(self._live())} batches are still going on"

    def _trouble(self, error: OaiError) -> None:
        self._line.say(f"{error.message}; trying again")
