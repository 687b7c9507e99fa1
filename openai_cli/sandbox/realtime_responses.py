"""Responses over one WebSocket connection: each `response.create` is a request that streams."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .call import Object
from .errors import ApiError
from .ids import fresh
from .realtime_link import Session, Work
from .reply import Reply

Ask = Callable[..., Reply]


class ResponsesSession(Session):
    """`ask` sends the sandbox a request, `path` is where responses are created."""

    def __init__(self, ask: Ask, path: str, headers: Mapping[str, str], delay: float) -> None:
        super().__init__(delay)
        self._ask = ask
        self._path = path
        names = ("authorization", "api-key", "openai-beta")
        self._headers = {name: headers[name] for name in names if name in headers}
        self._number = 0
        self._active = ""
        self._answering = False
        self._steers: deque[Object] = deque()
        self.events = {
            "response.create": self._create,
            "response.steer": self._steer,
            "response.inject": self._inject,
        }

    def numbered(self, kind: str) -> bool:
        """They have their place in a sequence instead."""
        return False

    def refusal(self, error: ApiError, event: Object) -> Object:
        """An error event as responses stream it, with the HTTP status beside it."""
        told: Object = {"type": error.type, "message": error.message}
        told |= {"code": error.code, "param": error.param}
        return {"type": "error", "status": error.status, "error": told, **self._next()}

    def _next(self) -> Object:
        self._number += 1
        return {"sequence_number": self._number - 1}

    def _create(self, event: Object) -> None:
        if self._answering:
            message = "The connection answers one request after the other."
            raise ApiError(400, message, code="response_already_active")
        self._answering = True
        self.do(self._answered({key: v for key, v in event.items() if key not in _OWN}))

    def _answered(self, body: Object) -> Work:
        reply = self._ask(
            "POST", self._path, self._headers, [json.dumps({**body, "stream": True}).encode()]
        )
        if reply.status >= 400:
            self._answering = False
            yield self._failed(reply)
            return
        for event in _events(reply):
            self._number = event.get("sequence_number", 0) + 1
            self._active = (event.get("response") or {}).get("id", self._active)
            if event["type"] in _LAST and not self._steers:
                # Whoever hears of the end may ask for the next answer at once.
                self._answering = False
            yield event
        known, self._active = self._active, ""
        if self._steers:
            text = [self._steers.popleft()["input"] for _ in range(len(self._steers))]
            more = {"input": _joined(text), "previous_response_id": known}
            yield from self._answered({**body, **more})

    def _failed(self, reply: Reply) -> Object:
        error = json.loads(b"".join(reply.body))["error"]
        known = {name: error.get(name) for name in ("type", "param", "code")}
        return self.refusal(ApiError(reply.status, error["message"], **known), {})

    def _steer(self, event: Object) -> None:
        known = event.get("previous_response_id")
        steer = {"id": fresh("steer_"), "previous_response_id": str(known)}
        if not self._active or known != self._active:
            error = {"type": "invalid_request_error", "code": "response_not_active"}
            error["message"] = f"The response '{known}' is not being made here."
            failed = {"type": "response.steer.failed", "error": error, **self._next()}
            self.emit({**failed, "steer": {**steer, "input": event.get("input", "")}})
            return
        self._steers.append(event)
        self.emit({"type": "response.steer.accepted", "steer": steer, **self._next()})

    def _inject(self, event: Object) -> None:
        known = str(event.get("response_id"))
        if not self._active or known != self._active:
            error = {"code": "response_not_found", "message": f"'{known}' is not being made here."}
            failed = {"type": "response.inject.failed", "error": error, **self._next()}
            self.emit({**failed, "response_id": known, "input": event.get("input") or []})
            return
        self._steers.append(event)
        self.emit({"type": "response.inject.created", "response_id": known, **self._next()})


_LAST = ("response.completed", "response.incomplete", "response.failed")
_OWN = ("type", "event_id", "stream", "background")


def _joined(texts: list[Any]) -> Any:
    if all(isinstance(text, str) for text in texts):
        return "\n".join(texts)
    return [item for text in texts for item in (text if isinstance(text, list) else [_said(text)])]


def _said(text: str) -> Object:
    return {"type": "message", "role": "user", "content": text}


def _events(reply: Reply) -> Iterator[Object]:
    """The events of a stream that the sandbox itself has made: one chunk of bytes each."""
    for chunk in reply.body:
        for line in chunk.decode().splitlines():
            if line.startswith("data: {"):
                yield json.loads(line[6:])
