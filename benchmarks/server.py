"""A loopback API that is never the bottleneck, in a process of its own. Prints its port.

GET  /v1/models                 sixty models
GET  /v1/files                  LISTED files, a hundred a page
GET  /v1/files/N/content        N bytes
POST /v1/files                  swallows an upload
POST /v1/uploads…               announces, swallows and joins parts, each with an id of its own
POST /v1/chat/completions       EVENTS events, as fast as they can be sent
POST /flow/v1/chat/completions  EVENTS events, FLOW of them a second
POST /paced/v1/chat/completions PACED events, PACE apart, each holding the time it was sent
"""

from __future__ import annotations

import itertools
import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

EVENTS = 5_000
FLOW = 5_000
PACED = 400
PACE = 0.003
LISTED = 100_000
PAGE = 100
BLOCK = bytes(1 << 20)
COUNTER = itertools.count()

Headers = dict[str, str]


class Connection:
    """One client's connection, request after request."""

    def __init__(self, plug: socket.socket) -> None:
        self._plug = plug
        self._plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ahead = bytearray()

    def serve(self) -> None:
        """Answer until the client hangs up."""
        try:
            while head := self._head():
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ", 2)
                pairs = (line.partition(":") for line in lines[1:])
                headers = {name.lower(): value.strip() for name, _, value in pairs}
                self._swallow(headers)
                self._answer(method, target)
        except (ConnectionError, ValueError):
            pass
        finally:
            self._plug.close()

    def _head(self) -> bytes:
        while (end := self._ahead.find(b"\r\n\r\n")) < 0:
            data = self._plug.recv(1 << 16)
            if not data:
                return b""
            self._ahead += data
        head = bytes(self._ahead[:end])
        del self._ahead[: end + 4]
        return head

    def _swallow(self, headers: Headers) -> None:
        left = int(headers.get("content-length", 0)) - len(self._ahead)
        self._ahead.clear()
        if headers.get("expect") == "100-continue":
            self._plug.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        buffer = bytearray(1 << 20)
        while left > 0:
            count = self._plug.recv_into(buffer, min(left, len(buffer)))
            if not count:
                raise ConnectionError
            left -= count

    def _answer(self, method: str, target: str) -> None:
        path = urlsplit(target).path
        if path.endswith("/chat/completions"):
            self._stream(path)
        elif path.endswith("/content"):
            self._bytes(int(path.split("/")[-2]))
        elif path.endswith("/models"):
            self._json(MODELS)
        elif "/uploads" in path:
            self._json(json.dumps(_upload(path)).encode())
        elif method == "POST":
            self._json(json.dumps(_file(0)).encode())
        else:
            after = parse_qs(urlsplit(target).query).get("after", ["file-0"])[0]
            self._json(_page(int(after.removeprefix("file-"))))

    def _json(self, body: bytes) -> None:
        self._plug.sendall(_head(f"application/json\r\nContent-Length: {len(body)}") + body)

    def _bytes(self, count: int) -> None:
        self._plug.sendall(_head(f"application/octet-stream\r\nContent-Length: {count}"))
        while count:
            self._plug.sendall(BLOCK if count >= len(BLOCK) else BLOCK[:count])
            count -= min(count, len(BLOCK))

    def _stream(self, path: str) -> None:
        count, pause, text = STREAMS.get(path.split("/")[1], (EVENTS, 0.0, _word))
        self._plug.sendall(_head("text/event-stream\r\nTransfer-Encoding: chunked"))
        started = time.monotonic()
        for number in range(count):
            early = started + number * pause - time.monotonic()
            if early > 0:
                time.sleep(early)
            self._event(_chunk({"content": text(number)}, None))
        self._event(_chunk({}, "stop"))
        self._event(b"[DONE]")
        self._plug.sendall(b"0\r\n\r\n")

    def _event(self, data: bytes) -> None:
        line = b"data: " + data + b"\n\n"
        self._plug.sendall(b"%x\r\n%b\r\n" % (len(line), line))


def _head(rest: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {rest}\r\n\r\n".encode()


def _word(number: int) -> str:
    return f"word{number} "


def _stamped(_: int) -> str:
    return f"{time.monotonic_ns()}\n"


STREAMS: dict[str, tuple[int, float, Callable[[int], str]]] = {
    "flow": (EVENTS, 1 / FLOW, _word),
    "paced": (PACED, PACE, _stamped),
}
"""Events, seconds between two of them, their text; by the first step of the path."""


def _chunk(delta: dict[str, str], finish: str | None) -> bytes:
    chunk: dict[str, Any] = {
        "id": "chatcmpl-Bench0000000000000000000000",
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": "gpt-5.5",
        "service_tier": "default",
        "system_fingerprint": None,
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    return json.dumps(chunk, separators=(",", ":")).encode()


def _file(number: int) -> dict[str, Any]:
    return {
        "id": f"file-{number}",
        "object": "file",
        "bytes": 120_000 + number,
        "created_at": 1_760_000_000 + number,
        "expires_at": None,
        "filename": f"data-{number}.jsonl",
        "purpose": "fine-tune",
        "status": "processed",
        "status_details": None,
    }


def _upload(path: str) -> dict[str, Any]:
    """The answer to a step of an upload: a part, or the upload itself."""
    if path.endswith("/parts"):
        return {"id": f"part_{next(COUNTER)}", "object": "upload.part", "upload_id": "upload_1"}
    upload: dict[str, Any] = {"id": "upload_1", "object": "upload", "created_at": 1_760_000_000}
    return {**upload, "expires_at": 1_760_003_600, "file": _file(0)}


def _page(after: int) -> bytes:
    items = [_file(number) for number in range(after + 1, min(after + PAGE, LISTED) + 1)]
    page = {
        "object": "list",
        "data": items,
        "first_id": f"file-{after + 1}",
        "last_id": items[-1]["id"] if items else None,
        "has_more": after + PAGE < LISTED,
    }
    return json.dumps(page).encode()


MODELS = json.dumps(
    {
        "object": "list",
        "data": [
            {"id": f"model-{n}", "object": "model", "created": 1_760_000_000, "owned_by": "openai"}
            for n in range(60)
        ],
    }
).encode()


def main() -> None:
    """Serve until stopped."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as door:
        print(door.getsockname()[1], flush=True)
        while True:
            plug, _ = door.accept()
            threading.Thread(target=Connection(plug).serve, daemon=True).start()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
