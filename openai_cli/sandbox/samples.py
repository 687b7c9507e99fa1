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
# What an operation is given beyond what it requires, so that more can be done with its result.
_MORE: dict[str, Any] = {
    "beta.agents.sessions.create": {"agent": {"model": "gpt-5.5"}, "input": "Hello"},
    "beta.responses.create": {"model": "gpt-5.5", "input": "Hello", "background": True},
    "beta.threads.runs.create": {
        "tools": [{"type": "function", "function": {"name": "lookup"}}],
        "additional_messages": [{"role": "user", "content": "Please lookup the weather"}],
    },
    "chat.completions.create": {"store": True},
    "containers.files.create": {"file_id": "@file"},
    "responses.create": {"model": "gpt-5.5", "input": "Hello", "background": True},
    "vector_stores.file_batches.create": {"file_ids": ["@file"]},
}
# Parameters that hold ids, and the operations that make what they point at.
_MAKERS = {
    "assistant_id": "beta.assistants.create",
    "certificate_ids": "admin.organization.certificates.create",
    "file_id": load.UPLOAD,
    "file_ids": load.UPLOAD,
    "input_file_id": load.UPLOAD,
    "training_file": load.UPLOAD,
}
_LOOKS = 4
_BOUNDARY = "sandbox-sample"
Handle = Callable[..., "Reply"]


class Sampler:
    """Makes what an operation needs by asking the sandbox itself."""

    def __init__(self, handle: Handle, key: str) -> None:
        self._handle = handle
        self._key = key

    def arguments(self, operation: Operation) -> Object:
        """Values for every parameter outside the path that a request cannot do without."""
        more = _MORE.get(operation.name, {})
        chosen = {*(operation.required[0] if operation.required else ()), *more}
        needed = (p for p in operation.parameters if p.required or p.name in chosen)
        return {p.name: self._value(p, more) for p in needed if p.place != "path"}

    def _value(self, parameter: Parameter, more: Object) -> Any:
        name = parameter.name
        if name in _MAKERS:
            id = self._post(load.operation(_MAKERS[name]))["id"]
            return [id] if name.endswith("s") else id
        if name in more or name in _KNOWN:
            return more.get(name, _KNOWN.get(name))
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
        maker = operations(call, template(head)).get("POST")
        if maker:
            self._post(load.operation(maker), call.ids)
        elif not call.store.ids(collection):
            self._look(call, head[:-1])
        return call.store.ids(collection)[-1]

    def _look(self, call: Call, parent: list[str]) -> None:
        """Look at an object until the work on it is done, and has left its traces."""
        for _ in range(_LOOKS):
            reply = self._handle("GET", f"/v1/{filled(parent, call.ids)}", self._headers(), [])
            for _ in reply.body:
                pass

    def _headers(self, kind: str = "application/json") -> dict[str, str]:
        return {"authorization": f"Bearer {self._key}", "content-type": kind}

    def _post(self, operation: Operation, ids: dict[str, str] | None = None) -> Object:
        values = self.arguments(operation)
        path = filled(operation.path.partition("?")[0].strip("/").split("/"), ids or {})
        kind, body = "application/json", json.dumps(values).encode()
        if operation.multipart and operation.multipart.when == "always":
            kind, body = f"multipart/form-data; boundary={_BOUNDARY}", _form(operation, values)
        reply = self._handle(operation.method, f"/v1/{path}", self._headers(kind), [body])
        answer = b"".join(reply.body)
        if reply.status >= 400:
            raise RuntimeError(f"no sample of {operation.name}: {answer.decode()}")
        found: Object = json.loads(answer) if answer.startswith(b"{") else {}
        return found


def _form(operation: Operation, values: Object) -> bytes:
    parts = []
    for name, value in values.items():
        parameter = operation.parameter(name)
        file = '; filename="sample.txt"' if parameter and "file" in parameter.type else ""
        text = "Hello" if file else value if isinstance(value, str) else json.dumps(value)
        head = f'Content-Disposition: form-data; name="{name}"{file}'
        parts.append(f"--{_BOUNDARY}\r\n{head}\r\n\r\n{text}\r\n")
    return "".join([*parts, f"--{_BOUNDARY}--\r\n"]).encode()
