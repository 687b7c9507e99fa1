"""The sandbox itself: one request in, one reply out, no network, no event loop.

The in-process transport and the server both call `Sandbox.handle`. Tests provoke failures with
the header `x-sandbox-fail` (`429`, `429:insufficient_quota`, `500`, …), with the key `bad-key` or
one that begins with `sk-invalid`, and with models whose names begin with `no-such`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ..catalog import load
from . import reply
from .call import Call
from .errors import ApiError, no_model, provoked
from .reply import Reply
from .router import Match, Router, all_routes
from .table import behaviour
from .world import World

if TYPE_CHECKING:
    from ..catalog.model import Operation
    from .multipart import Form

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
    between two events of a stream, `key` the only key it accepts (None: any but the bad ones).
    """

    def __init__(self, state: Path | None, *, delay: float = 0.0, key: str | None = None) -> None:
        self._world = World(state)
        self._delay = delay
        self._key = key

    @cached_property
    def _router(self) -> Router:
        return Router(all_routes())

    def handle(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterable[bytes]
    ) -> Reply:
        """Answer one request; `target` is the raw path with its query."""
        started = time.perf_counter()
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            answer = self._answer(method.upper(), target, lower, body)
        except ApiError as error:
            answer = reply.as_json(error.body(), error.status, error.headers.items())
        except Exception as error:
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

    def _answer(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterable[bytes]
    ) -> Reply:
        self._authorize(headers)
        if "x-sandbox-fail" in headers:
            raise provoked(headers["x-sandbox-fail"])
        path, _, raw_query = target.partition("?")
        path, deployment = _base(path)
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(raw_query, keep_blank_values=True):
            query.setdefault(name, []).append(value)
        match = self._router.match(method, path, query)
        operation = load.operation(match.operation)
        call = self._read(operation, match, query, headers, body)
        if deployment and operation.parameter("model"):
            call.body.setdefault("model", deployment)
        try:
            return self._run(call)
        finally:
            call.close()

    def _authorize(self, headers: Mapping[str, str]) -> None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        key = headers.get("api-key", "") or (key.strip() if scheme.lower() == "bearer" else "")
        if not key:
            message = "No API key was sent: the sandbox takes any key as a Bearer token."
            raise ApiError(401, message)
        bad = key == "bad-key" or key.startswith("sk-invalid")
        if bad or (self._key is not None and key != self._key):
            message = "The API key is not a valid one."
            raise ApiError(401, message, code="invalid_api_key")

    def _read(
        self,
        operation: Operation,
        match: Match,
        query: dict[str, list[str]],
        headers: Mapping[str, str],
        body: Iterable[bytes],
    ) -> Call:
        call = self._call(operation, match.ids, headers)
        if query:
            pairs = [(name, value) for name, values in query.items() for value in values]
            call.query = _typed(operation, pairs, "query")
        if operation.method == "GET":
            return call
        kind = headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            from . import multipart

            call.form = multipart.parse(kind, body, self._world.blobs.draft)
            call.body = _form_values(operation, call.form)
        elif operation.multipart and operation.multipart.raw and kind.startswith("application/sdp"):
            call.body = {operation.multipart.raw: b"".join(body).decode(errors="replace")}
        else:
            call.body = _document(b"".join(body))
        return call

    def _call(self, operation: Operation, ids: dict[str, str], headers: Mapping[str, str]) -> Call:
        world, router = self._world, self._router
        call = Call(operation, ids, {}, {}, headers, world, router, self.handle, self._delay)
        call.now = int(time.time())
        return call

    def _run(self, call: Call) -> Reply:
        from .validate import check

        check(call.operation, {**call.query, **call.body})
        model = call.body.get("model")
        if isinstance(model, str) and model.startswith("no-such"):
            raise no_model(model)
        result = behaviour(call.operation.name)(call)
        if not isinstance(result, Reply):
            result = reply.as_nothing() if result is None else reply.as_json(result)
        if call.operation.parameter("model"):
            result.headers += _MODEL_HEADERS
        return result

    def seed(self, operation: str) -> dict[str, str]:
        """Path values for which the operation finds something; made where nothing is there."""
        from .samples import Sampler

        call = self._call(load.operation(operation), {}, {})
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


def _base(path: str) -> tuple[str, str]:
    """The path below the API's base, and the deployment that an Azure path names."""
    for base in ("/openai/v1", "/v1"):
        if path == base or path.startswith(base + "/"):
            return path[len(base) :], ""
    if path.startswith("/openai/deployments/"):
        from urllib.parse import unquote

        deployment, _, rest = path.removeprefix("/openai/deployments/").partition("/")
        return "/" + rest, unquote(deployment)
    if path.startswith("/openai/"):
        return path.removeprefix("/openai"), ""
    raise ApiError(404, f"There is no such endpoint: {path}.", code="unknown_url")


def _document(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw)
    except ValueError:
        raise ApiError(400, "The body of the request is not valid JSON.") from None
    if not isinstance(value, dict):
        raise ApiError(400, "The body of the request has to be a JSON object.")
    return value


def _form_values(operation: Operation, form: Form) -> dict[str, Any]:
    files = [(upload.field, upload.filename) for upload in form.uploads]
    return _typed(operation, [*form.fields, *files], "body")


def _typed(operation: Operation, pairs: Iterable[tuple[str, Any]], place: str) -> dict[str, Any]:
    """Names and texts as the values the operation's parameters have."""
    from .multipart import nested
    from .shapes import of
    from .validate import coerce

    shapes = {p.name: of(p) for p in operation.parameters if p.place == place}
    return {name: coerce(shapes.get(name, "any"), v) for name, v in nested(pairs).items()}
