"""A server that takes files and uploads in parts, counts what it did, and has a line that breaks.

taker = Taker(server)                    answers `/files` and `/uploads` from now on
taker.fault = lambda asked: error(500)   instead of doing what a request wants; None does it
with Line(server, up=1234) as line:      a way to the server that breaks once
    oai(..., env={"OPENAI_BASE_URL": line.url})
"""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .server import Answer, Asked, Server, error, reply

CREATED = 1_700_000_000
Fault = Callable[[Asked], Answer | None]


@dataclass
class Taken:
    """An upload as the server knows it: parts by their ids, in the order they came."""

    announced: dict[str, Any]
    parts: dict[str, bytes] = field(default_factory=dict)
    status: str = "pending"


class Taker:
    """Takes files in one request or in parts. `remembers` tells whether a request that comes again
    with its idempotency key gets the first answer; `lifetime` is that of an upload in seconds."""

    def __init__(self, server: Server, *, remembers: bool = False, lifetime: int = 3600) -> None:
        self.uploads: dict[str, Taken] = {}
        self.files: dict[str, bytes] = {}
        self.records: list[dict[str, Any]] = []
        self.fault: Fault = lambda asked: None
        self.after: Fault = lambda asked: None
        self._answers: dict[str, Answer] = {}
        self._remembers = remembers
        self._lifetime = lifetime
        server.handler = self._answer

    @property
    def parts(self) -> list[bytes]:
        """Every part that was taken, of all uploads."""
        return [content for upload in self.uploads.values() for content in upload.parts.values()]

    @property
    def only(self) -> bytes:
        """The content of the one file there is."""
        (content,) = self.files.values()
        return content

    def _answer(self, asked: Asked) -> Answer:
        if fault := self.fault(asked):
            return fault
        key = asked.headers.get("idempotency-key", "")
        if self._remembers and key in self._answers:
            return self._answers[key]
        made = self._answers[key] = self._do(asked)
        return self.after(asked) or made

    def _do(self, asked: Asked) -> Answer:
        steps = asked.path.removeprefix("/v1/").split("/")
        if steps == ["files"]:
            return self._file(asked) if asked.method == "POST" else self._list()
        if steps == ["uploads"]:
            return self._announce(asked.json)
        upload = self.uploads.get(steps[1])
        if upload is None:
            return error(404, "There is no such upload.")
        if upload.status != "pending":
            return error(400, f"The upload is {upload.status}.")
        if steps[2] == "parts":
            id = f"part_{sum(len(one.parts) for one in self.uploads.values())}"
            upload.parts[id] = asked.part("data").content
            return reply({"id": id, "object": "upload.part", "upload_id": steps[1]})
        if steps[2] == "cancel":
            upload.status = "cancelled"
            return reply({"id": steps[1], "status": "cancelled"})
        return self._join(steps[1], upload, asked.json)

    def _announce(self, told: dict[str, Any]) -> Answer:
        id = f"upload_{len(self.uploads)}"
        self.uploads[id] = Taken(told)
        times = {"created_at": CREATED, "expires_at": CREATED + self._lifetime}
        return reply({"id": id, "object": "upload", "status": "pending", **times})

    def _join(self, id: str, upload: Taken, asked: dict[str, Any]) -> Answer:
        content = b"".join(upload.parts[part] for part in asked["part_ids"])
        if len(content) != upload.announced["bytes"]:
            return error(400, "The parts have another size than was announced.")
        if hashlib.md5(content).hexdigest() != asked["md5"]:
            return error(400, "The md5 does not match.")
        upload.status = "completed"
        file = self._keep(content, upload.announced["filename"], upload.announced["purpose"])
        return reply({"id": id, "status": "completed", "file": file})

    def _file(self, asked: Asked) -> Answer:
        part = asked.part("file")
        return reply(self._keep(part.content, part.filename or "", asked.part("purpose").text))

    def _keep(self, content: bytes, name: str, purpose: str) -> dict[str, Any]:
        id = f"file-{len(self.files)}"
        self.files[id] = content
        made = {
            "id": id,
            "object": "file",
            "bytes": len(content),
            "created_at": CREATED + 5,
            "filename": name,
            "purpose": purpose,
        }
        self.records.append(made)
        return made

    def _list(self) -> Answer:
        return reply({"object": "list", "data": self.records[::-1], "has_more": False})


class Line:
    """A line to a server that breaks once: after `up` bytes on their way to it, or `down` bytes on
    their way back, counted over all connections. `broke` tells whether it did."""

    def __init__(self, server: Server, *, up: int = 1 << 60, down: int = 1 << 60) -> None:
        self._to = ("127.0.0.1", server.port)
        self._left = {"up": up, "down": down}
        self._lock = threading.Lock()
        self.broke = False
        self._ends: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}/v1"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        for end in (self._door, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                self._ends.append(near)
                with suppress(OSError):
                    self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        far = socket.create_connection(self._to)
        self._ends.append(far)
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for way, one, other in (("up", near, far), ("down", far, near)):
            carry = threading.Thread(target=self._carry, args=(way, one, other), daemon=True)
            carry.start()

    def _carry(self, way: str, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(1 << 16):
                passed, broken = self._passing(way, data)
                other.sendall(passed)
                if broken:
                    # What has passed arrives before the line is gone.
                    time.sleep(0.002)
                    _reset(one)
                    _reset(other)
                    return
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _passing(self, way: str, data: bytes) -> tuple[bytes, bool]:
        with self._lock:
            left = self._left[way]
            if self.broke or len(data) < left:
                self._left[way] = left - len(data)
                return data, False
            self.broke = True
            return data[:left], True


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
        end.close()


def journals(home: Any) -> list[list[dict[str, Any]]]:
    """The uploads under way that a home knows, line by line."""
    places = sorted(home.glob("state/uploads/*.jsonl"))
    return [[json.loads(line) for line in path.read_text().splitlines()] for path in places]
