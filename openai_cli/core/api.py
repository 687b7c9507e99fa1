"""The API as workflows speak to it: `call`, `stream`, `pages`, `wait`, by operation.

api.call("files.retrieve", {"file_id": "file-1"})      the decoded answer
api.stream("responses.create", {...})                  events as they arrive
api.pages("files.list", {...}, max_items=5)            pages, lazily
api.wait("batches.retrieve", {"batch_id": "batch_1"})  the object, once it is done
api.open(operation, values)                            the reply, its body unread
api.connect("realtime.connect", {...})                 a session: events both ways (`sockets`)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import failures, pages
from .errors import ApiError
from .request import Request, build

if TYPE_CHECKING:
    from ..catalog.model import Operation
    from .http import Http, Reply
    from .sockets import Socket

Values = Mapping[str, Any]
DONE = "[DONE]"


class Api:
    """Calls operations over one `Http`, which is made at the first call."""

    def __init__(self, connect: Callable[[], Http]) -> None:
        self._connect = connect
        self._http: Http | None = None

    @property
    def http(self) -> Http:
        """The transport."""
        if self._http is None:
            self._http = self._connect()
        return self._http

    def close(self) -> None:
        """Let every connection go."""
        if self._http:
            self._http.close()

    def call(self, operation: Operation | str, values: Values, body: Values | None = None) -> Any:
        """Send and decode: a JSON value, a text, bytes, or None for an empty answer."""
        operation = _known(operation)
        with self.open(operation, values, body, whole=True) as reply:
            return decode(operation, reply)

    def open(
        self,
        operation: Operation | str,
        values: Values,
        body: Values | None = None,
        *,
        whole: bool = False,
        within: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send, with further `headers`; the reply's body is unread unless `whole`. With `within`
        there is one try, of that many seconds at most. Raises ApiError, NetworkError."""
        operation = _known(operation)
        request = build(operation, values, body)
        request.headers.update(headers or {})
        return self.send(request, auth=operation.auth, whole=whole, within=within)

    def send(
        self,
        request: Request,
        *,
        auth: str = "bearer",
        whole: bool = False,
        within: float | None = None,
    ) -> Reply:
        """Send a request as it is; a POST gets one idempotency key for all its tries."""
        accept = request.headers.get("Accept", "application/json")
        if request.method == "POST" and "Idempotency-Key" not in request.headers:
            import uuid

            request.headers["Idempotency-Key"] = f"oai-{uuid.uuid4()}"
        return self.http.open(request, auth=auth, accept=accept, whole=whole, within=within)

    def connect(self, socket: Operation | str, values: Values) -> Socket:
        """Open a session over WebSocket, by the SDK's name of the connect; names that it does not
        know go to the query. Refusals are tried again like any request. Raises ApiError,
        NetworkError."""
        from .http.socket import connect

        if isinstance(socket, str):
            from ..catalog import load

            socket = load.socket(socket)
        return connect(self.http, build(socket, values))

    def stream(
        self, operation: Operation | str, values: Values, body: Values | None = None
    ) -> Iterator[dict[str, Any]]:
        """Events as they arrive. Raises ApiError for an error event, NetworkError when it drops."""
        operation = _known(operation)
        asked = ask_for_stream(operation, values)
        with self.open(operation, asked, body) as reply:
            yield from events(reply)

    def pages(
        self,
        operation: Operation | str,
        values: Values,
        max_items: int | None = None,
        body: Values | None = None,
    ) -> Iterator[pages.Chunk]:
        """The list's pages, each fetched when it is asked for."""
        operation = _known(operation)
        assert operation.page is not None

        def fetch(position: dict[str, Any]) -> Any:
            return self.call(operation, {**values, **position}, body)

        return pages.walk(fetch, operation.page, max_items)

    def wait(self, operation: Operation | str, values: Values, **pace: Any) -> Any:
        """Look at an object until it is done, whatever its end; `wait.wait` has the options."""
        from . import wait

        waiter = wait.waiter(_known(operation))
        assert waiter is not None
        return wait.wait(self, waiter, values, **pace)


def _known(operation: Operation | str) -> Operation:
    if isinstance(operation, str):
        from ..catalog import load

        return load.operation(operation)
    return operation


def ask_for_stream(operation: Operation, values: Values) -> dict[str, Any]:
    """The values that make this operation answer with events."""
    asks = operation.stream is not None and operation.stream.ask != "always"
    return {**values, "stream": True} if asks else dict(values)


def decode(operation: Operation, reply: Reply) -> Any:
    """The whole answer, by what the server says it is."""
    content = reply.read()
    if operation.response.kind == "binary":
        return content
    if not content:
        return None
    kind = operation.response.kind
    if kind == "text" or (kind == "json_or_text" and "json" not in reply.content_type):
        return content.decode("utf-8", "replace")
    return parse_json(content, reply)


def parse_json(content: bytes | str, reply: Reply) -> Any:
    """The answer as JSON. Raises ApiError when it is something else (a proxy's page, say)."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raw = content.encode() if isinstance(content, str) else content
        shown = failures.from_answer(reply.status, raw, reply.headers)
        raise ApiError(
            f"the server answered something that is not JSON: {shown.message}",
            status=reply.status,
            request_id=reply.request_id,
            hint="check the base URL; -f raw shows the answer as it came",
        ) from None


def events(reply: Reply) -> Iterator[dict[str, Any]]:
    """The events of a stream. A named event becomes `{"event": name, "data": …}`, as in the SDK,
    unless its data has a `type` of its own. A server that answers with one document instead of a
    stream gives one event."""
    if reply.content_type != "text/event-stream":
        document = parse_json(reply.read(), reply)
        yield document if isinstance(document, dict) else {"data": document}
        return
    for name, data in reply.events():
        if data.startswith(DONE):
            return
        if not data:
            continue
        event = _event(name, data, reply)
        if name == "error" or _is_error(event):
            raise failures.from_event(event.get("data", event), reply.request_id)
        yield event


def _event(name: str, data: str, reply: Reply) -> dict[str, Any]:
    value = parse_json(data, reply)
    if not isinstance(value, dict):
        return {"event": name, "data": value}
    return value if name == "message" or "type" in value else {"event": name, "data": value}


def _is_error(event: dict[str, Any]) -> bool:
    if event.get("type") == "error":
        return True
    return isinstance(event.get("error"), dict) and "choices" not in event and "type" not in event
