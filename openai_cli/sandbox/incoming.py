"""Requests as they come in: key, path, query and body become a call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from .errors import ApiError

if TYPE_CHECKING:
    from ..catalog.model import Operation
    from .call import Call

Query = dict[str, list[str]]
PICTURES = "/v1/pictures/"
"""Below it lie the pictures that answers link to. An address says all there is to know of one, so
that nothing has to be kept; as with the real API's links, no key is asked for."""


class Body:
    """The chunks of a body; knows whether it was the client that failed to deliver them."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._chunks
        except Exception as error:
            self.failure = error
            raise


def authorize(headers: Mapping[str, str], only: str | None) -> None:
    """Raise unless there is a key, and a good one."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    key = headers.get("api-key", "") or (key.strip() if scheme.lower() == "bearer" else "")
    if not key:
        message = "No API key was sent: the sandbox takes any key as a Bearer token."
        raise ApiError(401, message)
    bad = key == "bad-key" or key.startswith("sk-invalid")
    if bad or (only is not None and key != only):
        raise ApiError(401, "The API key is not a valid one.", code="invalid_api_key")


def address(target: str) -> tuple[str, Query, str]:
    """The path below the API's base, the query, and the deployment that an Azure path names."""
    path, _, raw = target.partition("?")
    query: Query = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    for base in ("/openai/v1", "/v1"):
        if path == base or path.startswith(base + "/"):
            return path[len(base) :], query, ""
    if path.startswith("/openai/deployments/"):
        deployment, _, rest = path.removeprefix("/openai/deployments/").partition("/")
        return "/" + rest, query, unquote(deployment)
    if path.startswith("/openai/"):
        return path.removeprefix("/openai"), query, ""
    raise ApiError(404, f"There is no such endpoint: {path}.", code="unknown_url")


def read(call: Call, query: Query, body: Iterable[bytes]) -> None:
    """Fill in the values of the query and the body, each of the type its parameter has."""
    operation = call.operation
    if query:
        pairs = [(name, value) for name, values in query.items() for value in values]
        call.query = _typed(operation, pairs, "query")
    if operation.method == "GET":
        return
    kind = call.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        from . import multipart

        call.form = multipart.parse(kind, body, call.blobs.draft)
        files = [(upload.field, upload.filename) for upload in call.form.uploads]
        call.body = _typed(operation, [*call.form.fields, *files], "body")
    elif operation.multipart and operation.multipart.raw and kind.startswith("application/sdp"):
        call.body = {operation.multipart.raw: b"".join(body).decode(errors="replace")}
    else:
        call.body = _document(b"".join(body))


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


def _typed(operation: Operation, pairs: Iterable[tuple[str, Any]], place: str) -> dict[str, Any]:
    """Names and texts as the values the operation's parameters have."""
    from .multipart import nested
    from .shapes import of
    from .validate import coerce

    shapes = {p.name: of(p) for p in operation.parameters if p.place == place}
    return {name: coerce(shapes.get(name, "any"), v) for name, v in nested(pairs).items()}
