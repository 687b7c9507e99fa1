"""The sandbox itself: one request in, one reply out, no network, no event loop.

The in-process transport and the server both call `Sandbox.handle`. Tests provoke failures with
the header `x-sandbox-fail` (see `provoke`), with the key `bad-key` or one that begins with
`sk-invalid`, and with models whose names begin with `no-such`; what batches can meet with is asked
for in their metadata (see `batches`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ..catalog import load
from . import incoming, provoke, reply
from .call import Call
from .errors import ApiError, no_model
from .reply import Reply
from .router import Router
from .table import behaviour
from .world import World

if TYPE_CHECKING:
    from .deliveries import Deliver
    from .realtime_link import Link
    from .realtime_rooms import Rooms

_MODEL_HEADERS = (
    ("x-ratelimit-limit-requests", "10000"),
    ("x-ratelimit-remaining-requests", "9999"),
    ("x-ratelimit-reset-requests", "6ms"),
    ("x-ratelimit-limit-tokens", "2000000"),
    ("x-ratelimit-remaining-tokens", "1999000"),
    ("x-ratelimit-reset-tokens", "30ms"),
)
_VERSION = "2020-10-01"


class Sandbox:
    """An OpenAI API that answers from the catalog.

    `state` is the folder it remembers in (None: only as long as it lives), `delay` the seconds
    between two events of a stream, `key` the only key it accepts (None: any but the bad ones);
    `deliver` takes webhook events to their endpoints (see `deliveries`), None leaves them.
    """

    def __init__(
        self,
        state: Path | None,
        *,
        delay: float = 0.0,
        key: str | None = None,
        deliver: Deliver | None = None,
    ) -> None:
        self._world = World(state, deliver)
        self._delay = delay
        self._key = key
        self._provoker = provoke.Provoker()

    @cached_property
    def _router(self) -> Router:
        return Router(load.routes())

    def handle(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterable[bytes]
    ) -> Reply:
        """Answer one request; `target` is the raw path with its query.

        The body is read as far as it is needed. What it raises comes out again.
        """
        started = time.perf_counter()
        lower = {name.lower(): value for name, value in headers.items()}
        chunks = incoming.Body(body)
        try:
            answer = self._answer(method.upper(), target, lower, chunks)
        except ApiError as error:
            answer = reply.as_json(error.body(), error.status, error.headers.items())
        except Exception as error:
            if chunks.failure is not None:
                raise
            failure = ApiError(500, f"The sandbox itself failed: {error!r}.")
            answer = reply.as_json(failure.body(), 500)
        spent = int((time.perf_counter() - started) * 1000)
        answer.headers += [
            ("x-request-id", "req_" + os.urandom(16).hex()),
            ("openai-processing-ms", str(spent)),
            ("openai-version", _VERSION),
            ("openai-organization", "org-sandbox"),
        ]
        return answer

    def connect(self, target: str, headers: Mapping[str, str]) -> Link | Reply:
        """A client's end of a session over WebSocket, or the reply that refuses it."""
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            incoming.authorize(lower, self._key)
            if failure := provoke.error(self._provoker.due(lower)):
                raise failure
            path, query, _ = incoming.address(target)
            return self._rooms.connect(path, query, lower)
        except ApiError as error:
            return reply.as_json(error.body(), error.status, error.headers.items())

    @cached_property
    def _rooms(self) -> Rooms:
        from .realtime_rooms import Rooms

        return Rooms(self._call, self.handle, self._delay)

    def _answer(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterable[bytes]
    ) -> Reply:
        if method == "GET" and target.startswith(incoming.PICTURES):
            from .images import linked

            return linked(target)
        incoming.authorize(headers, self._key)
        due = self._provoker.due(headers)
        if failure := provoke.error(due):
            raise failure
        path, query, deployment = incoming.address(target)
        match = self._router.match(method, path, query)
        call = self._call(match.operation, match.ids, headers)
        try:
            incoming.read(call, query, body)
            if deployment and call.operation.parameter("model"):
                call.body.setdefault("model", deployment)
            return provoke.shorten(due, self._run(call))
        finally:
            call.close()

    def _call(self, operation: str, ids: dict[str, str], headers: Mapping[str, str]) -> Call:
        facts, world, router = load.operation(operation), self._world, self._router
        call = Call(facts, ids, {}, {}, headers, world, router, self.handle, self._delay)
        call.now = int(time.time())
        return call

    def _run(self, call: Call) -> Reply:
        from .validate import check

        check(call.operation, {**call.query, **call.body})
        model = call.body.get("model")
        if isinstance(model, str) and model.startswith("no-such"):
            raise no_model(model)
        result = behaviour(call.operation.name)(call)
        if call.operation.parameter("model"):
            result.headers += _MODEL_HEADERS
        return result

    def seed(self, operation: str) -> dict[str, str]:
        """Path values for which the operation finds something; made where nothing is there."""
        from .samples import Sampler

        call = self._call(operation, {}, {})
        return Sampler(self.handle, self._key or "sk-sandbox").path_values(call)

    def reset(self) -> None:
        """Forget everything."""
        self._world.reset()

    def close(self) -> None:
        """Let files go."""
        self._world.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
