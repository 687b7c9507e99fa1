"""A server on loopback that answers as it is told and remembers what it was asked.

    server.answer(reply({"id": "file-1"}))                 one answer for the next request
    server.answer(sse([{"a": 1}]), reply(status=500))      several, in order
    server.handler = lambda request: reply({...})          an answer made for each request

A request that no answer was left for fails the test, and so does an answer nobody asked for.
"""

from __future__ import annotations

import json
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

PATIENCE = 20.0


@dataclass
class FormPart:
    """One part of a multipart body."""

    name: str
    content: bytes
    filename: str | None = None
    content_type: str | None = None

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode()


@dataclass
class Asked:
    """A request as it arrived."""

    method: str
    target: str
    headers: Message
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        """The path, as it was encoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, decoded."""
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def parts(self) -> list[FormPart]:
        """The body as multipart/form-data."""
        return parse_form(self.headers["content-type"], self.body)

    def part(self, name: str) -> FormPart:
        """The only part of that name."""
        (found,) = [part for part in self.parts if part.name == name]
        return found


@dataclass
class Answer:
    """What to send back. `pieces` are written one by one, `pause` seconds apart.

    `end`: `cut` drops the connection after the pieces, `hang` never goes on, `reset` resets it.
    With `length` the answer has a Content-Length (of `length` bytes), else it is chunked.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] = ()
    pause: float = 0.0
    end: Literal["ok", "cut", "hang", "reset"] = "ok"
    length: int | None = None
    before: float = 0.0


def reply(value: Any = None, *, status: int = 200, **headers: str) -> Answer:
    """A JSON answer (or an empty one); header names are written with underscores."""
    content = b"" if value is None else json.dumps(value).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    made = {"Content-Type": "application/json", "x-request-id": "req_test", **named}
    return Answer(status, made, [content], length=len(content))


def raw(content: bytes, kind: str = "application/octet-stream", **headers: str) -> Answer:
    """An answer of bytes."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(200, {"Content-Type": kind, **named}, [content], length=len(content))


def error(
    status: int, message: str = "It failed.", *, code: str | None = None, **headers: str
) -> Answer:
    """An error answer as the API writes it."""
    inner = {"message": message, "type": "some_error", "param": None, "code": code}
    return reply({"error": inner}, status=status, **headers)


def cut(content: bytes, after: int, kind: str = "application/octet-stream") -> Answer:
    """An answer whose connection drops after some bytes."""
    made = {"Content-Type": kind}
    return Answer(200, made, [content[:after]], end="cut", length=len(content))


def sse(
    events: Iterable[Any],
    *,
    done: bool = True,
    pause: float = 0.0,
    end: Literal["ok", "cut", "hang", "reset"] = "ok",
) -> Answer:
    """Server-sent events; an event is a JSON value, or (name, JSON value)."""
    pieces = [event_bytes(event) for event in events]
    if done:
        pieces.append(b"data: [DONE]\n\n")
    made = {"Content-Type": "text/event-stream; charset=utf-8", "x-request-id": "req_stream"}
    return Answer(200, made, pieces, pause, end)


def event_bytes(event: Any) -> bytes:
    """One event on the wire."""
    name, value = event if isinstance(event, tuple) else ("", event)
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def silent() -> Answer:
    """No answer, ever."""
    return Answer(end="hang", status=0)


def dropped() -> Answer:
    """The connection is reset without an answer."""
    return Answer(end="reset", status=0)


Script = Callable[[Asked], Answer]


class Server:
    """The server; `requests` are those that came."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.unexpected: list[str] = []
        self.handler: Script | None = None
        self.released = threading.Event()
        self._answers: list[Answer] = []
        self._lock = threading.Lock()
        self._tcp = _Tcp(("127.0.0.1", 0), _Handler)
        self._tcp.owner = self
        thread = threading.Thread(target=self._tcp.serve_forever, args=(0.02,), daemon=True)
        thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._tcp.server_address[1])

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, *answers: Answer) -> Server:
        """Queue answers for the next requests."""
        self._answers.extend(answers)
        return self

    @property
    def only(self) -> Asked:
        """The one request that came."""
        assert len(self.requests) == 1, [f"{r.method} {r.target}" for r in self.requests]
        return self.requests[0]

    def respond(self, asked: Asked) -> Answer:
        """The answer to a request."""
        with self._lock:
            self.requests.append(asked)
            if self.handler:
                return self.handler(asked)
            if self._answers:
                return self._answers.pop(0)
            self.unexpected.append(f"{asked.method} {asked.target}")
        return error(418, "this request was not expected", x_should_retry="false")

    def check(self) -> None:
        """Fail when a request was not expected, or an answer not asked for."""
        assert not self.unexpected, self.unexpected
        assert not self._answers, f"{len(self._answers)} answers were not asked for"

    def close(self) -> None:
        """Stop listening and let every hanging answer go."""
        self.released.set()
        self._tcp.shutdown()
        self._tcp.server_close()


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    owner: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault of the server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Tcp

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def _serve(self) -> None:
        body = self._body()
        asked = Asked(self.command, self.path, self.headers, body)
        answer = self.server.owner.respond(asked)
        if answer.before:
            time.sleep(answer.before)
        if answer.status:
            self._head(answer)
            self._pieces(answer)
        self._end(answer)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _serve

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("transfer-encoding", ""):
            content = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return content
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def _head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, text in answer.headers.items():
            self.send_header(name, text)
        if answer.length is None:
            self.send_header("Transfer-Encoding", "chunked")
        elif answer.status != 204:
            self.send_header("Content-Length", str(answer.length))
        self.end_headers()
        self.wfile.flush()

    def _pieces(self, answer: Answer) -> None:
        for at, piece in enumerate(answer.pieces):
            if at and answer.pause:
                time.sleep(answer.pause)
            if answer.length is None and piece:
                piece = b"%x\r\n%s\r\n" % (len(piece), piece)
            self.wfile.write(piece)
            self.wfile.flush()

    def _end(self, answer: Answer) -> None:
        if answer.end == "hang":
            self.server.owner.released.wait(PATIENCE)
        if answer.end == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if answer.end == "ok":
            if answer.length is None:
                self.wfile.write(b"0\r\n\r\n")
                self.wfile.flush()
        else:
            self.close_connection = True


def parse_form(content_type: str, body: bytes) -> list[FormPart]:
    """multipart/form-data (RFC 7578), byte for byte."""
    kind, _, rest = content_type.partition(";")
    assert kind.strip() == "multipart/form-data", content_type
    boundary = rest.strip().removeprefix("boundary=").strip('"').encode()
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    assert pieces[0] == b"", "nothing stands before the first boundary"
    assert pieces[-1].startswith(b"--"), "the body ends with the closing boundary"
    return [_part(piece.removeprefix(b"\r\n")) for piece in pieces[1:-1]]


def _part(piece: bytes) -> FormPart:
    head, _, content = piece.partition(b"\r\n\r\n")
    fields = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n"))
    named = {name.lower(): text for name, text in fields.items()}
    disposition = named["content-disposition"]
    parameters = {
        name: _unquoted(text) for name, text in re.findall(r'; (\w+)="([^"]*)"', disposition)
    }
    return FormPart(
        parameters["name"], content, parameters.get("filename"), named.get("content-type")
    )


def _unquoted(text: str) -> str:
    """The escapes that httpx uses in form names (WHATWG HTML's, and a doubled backslash)."""
    return text.replace("\\\\", "\\").replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
