"""Requests that work: arguments for any operation, and objects for its path to point at."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..catalog import load
from . import shapes
from .places import filled, is_parameter, operations, segments, template
from .seeds import ensure

if TYPE_CHECKING:
    from ..catalog.model import Operation, Parameter
    from .call import Call, Object
    from .reply import Reply

_FREE = {"fine_tuned_model_checkpoint": "ft:gpt-4o:sandbox::tuned:ckpt-step-100"}
_KNOWN: dict[str, Any] = {
    "completion_window": "24h",
    "endpoint": "/v1/chat/completions",
    "messages": [{"role": "user", "content": "Hello"}],
    "model": "gpt-5.5",
    "purpose": "user_data",
    "mime_type": "text/plain",
    "bytes": 5,
    "part_ids": [],
    "tool_outputs": [],
    "start_time": 1767225600,
    "items": [{"type": "message", "role": "user", "content": "Hello"}],
}
_BOUNDARY = "sandbox-sample"
Handle = Callable[..., "Reply"]


class Sampler:
    """Makes what an operation needs by asking the sandbox itself."""

    def __init__(self, handle: Handle, key: str) -> None:
        self._handle = handle
        self._key = key

    def arguments(self, operation: Operation) -> Object:
        """Values for every parameter outside the path that a request cannot do without."""
        chosen = operation.required[0] if operation.required else ()
        return {
            p.name: self._value(p)
            for p in operation.parameters
            if p.place != "path" and (p.required or p.name in chosen)
        }

    def _value(self, parameter: Parameter) -> Any:
        name = parameter.name
        if name in _KNOWN:
            return _KNOWN[name]
        if parameter.type == "string" and name in ("file_id", "input_file_id", "training_file"):
            return self._post(load.operation(load.UPLOAD))["id"]
        return shapes.example(shapes.of(parameter), name)

    def path_values(self, call: Call) -> dict[str, str]:
        """Ids for the operation's path, of objects that are there."""
        ids: dict[str, str] = {}
        parts = segments(call.operation.path)
        for number, part in enumerate(parts):
            if is_parameter(part):
                call.ids = ids
                ids[part.strip("{}")] = self._id(call, parts[:number], part.strip("{}"))
        return ids

    def _id(self, call: Call, head: list[str], name: str) -> str:
        if name in _FREE:
            return _FREE[name]
        collection = filled(head, call.ids)
        ensure(call, template(head), collection)
        found = call.store.ids(collection)
        if not found:
            self._create(call, head)
            found = call.store.ids(collection)
        return found[-1]

    def _create(self, call: Call, head: list[str]) -> None:
        name = operations(call, template(head)).get("POST")
        if name:
            self._post(load.operation(name), call.ids)

    def _post(self, operation: Operation, ids: dict[str, str] | None = None) -> Object:
        values = self.arguments(operation)
        path = filled(operation.path.partition("?")[0].strip("/").split("/"), ids or {})
        kind, body = "application/json", json.dumps(values).encode()
        if operation.multipart and operation.multipart.when == "always":
            kind, body = f"multipart/form-data; boundary={_BOUNDARY}", _form(operation, values)
        headers = {"authorization": f"Bearer {self._key}", "content-type": kind}
        reply = self._handle(operation.method, f"/v1/{path}", headers, [body])
        answer = b"".join(reply.body)
        if reply.status != 200:
            raise RuntimeError(f"no sample of {operation.name}: {answer.decode()}")
        found: Object = json.loads(answer) if answer.startswith(b"{") else {}
        return found


def _form(operation: Operation, values: Object) -> bytes:
    parts = []
    for name, value in values.items():
        parameter = operation.parameter(name)
        file = '; filename="sample.txt"' if parameter and parameter.type == "file" else ""
        text = "Hello" if file else value if isinstance(value, str) else json.dumps(value)
        head = f'Content-Disposition: form-data; name="{name}"{file}'
        parts.append(f"--{_BOUNDARY}\r\n{head}\r\n\r\n{text}\r\n")
    return "".join([*parts, f"--{_BOUNDARY}--\r\n"]).encode()
