"""Server-sent events over a socket, cut into pieces anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_cli.core import api
from openai_cli.core.errors import ApiError, NetworkError
from openai_cli.core.http import Http
from openai_cli.core.request import Request

from .support.server import Answer, Asked, Server
from .support.wire import http

STREAM = {"Content-Type": "text/event-stream"}


class Wire:
    """A connection on which a stream is sent in given pieces."""

    def __init__(self) -> None:
        self.server = Server()
        self.server.handler = self._answer
        self.http: Http = http(self.server)
        self._pieces: list[bytes] = []
        self._end = "ok"

    def _answer(self, asked: Asked) -> Answer:
        return Answer(200, STREAM, self._pieces, end=self._end)  # type: ignore[arg-type]

    def events(self, *pieces: bytes, end: str = "ok") -> list[tuple[str, str]]:
        """What comes out of these pieces."""
        self._pieces, self._end = [piece for piece in pieces if piece], end
        with self.http.open(Request("GET", "/x"), whole=False) as reply:
            return list(reply.events())

    def decoded(self, *pieces: bytes) -> list[object]:
        """The same as JSON."""
        self._pieces, self._end = [piece for piece in pieces if piece], "ok"
        with self.http.open(Request("GET", "/x"), whole=False) as reply:
            return list(api.events(reply))


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.http.close()
    made.server.close()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """`data` in pieces."""
    ends = sorted({place % (len(data) + 1) for place in places})
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12)
EVENT = st.tuples(st.sampled_from(["", "ping", "größer"]), st.lists(LINE, min_size=1, max_size=3))


@settings(max_examples=150)
@given(
    st.lists(EVENT, max_size=5),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(0, 2000), max_size=12),
    st.booleans(),
)
def test_events_survive_any_cut(
    wire: Wire, events: list[tuple[str, list[str]]], end: str, places: list[int], noise: bool
) -> None:
    text = ""
    for name, lines in events:
        text += f": a comment{end}id: 7{end}retry: 5{end}" if noise else ""
        text += f"event: {name}{end}" if name else ""
        text += "".join(f"data: {line}{end}" for line in lines) + end
    found = wire.events(*cut(text.encode(), places))
    assert found == [(name or "message", "\n".join(lines)) for name, lines in events]


def test_byte_by_byte(wire: Wire) -> None:
    data = "event: a\r\ndata: äöü 🎈\r\ndata:second\r\n\r\ndata: x\r\n\r\n".encode()
    single = [data[at : at + 1] for at in range(len(data))]
    assert wire.events(*single) == [("a", "äöü 🎈\nsecond"), ("message", "x")]


def test_only_one_space_is_taken_away(wire: Wire) -> None:
    assert wire.events(b"data:  two\n\ndata:none\n\n") == [("message", " two"), ("message", "none")]


def test_an_event_that_was_never_finished_is_dropped(wire: Wire) -> None:
    assert wire.events(b"data: a\n\ndata: half") == [("message", "a")]


def test_line_separators_inside_data_are_text(wire: Wire) -> None:
    text = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"
    assert wire.events(f"data: {text}\n\n".encode()) == [("message", text)]


def test_a_huge_event(wire: Wire) -> None:
    text = "x" * 5_000_000
    data = f"data: {text}\n\ndata: y\n\n".encode()
    found = wire.events(*[data[at : at + 65536] for at in range(0, len(data), 65536)])
    assert [len(data) for _, data in found] == [5_000_000, 1]


def test_a_dropped_connection_is_an_error_after_what_came(wire: Wire) -> None:
    wire._pieces, wire._end = [b"data: a\n\n"], "cut"
    seen = []
    reply = wire.http.open(Request("GET", "/x"), whole=False)
    with reply, pytest.raises(NetworkError, match="connection failed"):
        for event in reply.events():
            seen.append(event)
    assert seen == [("message", "a")]


def test_the_end_mark_ends_the_stream(wire: Wire) -> None:
    assert wire.decoded(b'data: {"a":1}\n\ndata: [DONE]\n\ndata: {"b":2}\n\n') == [{"a": 1}]


def test_names_join_their_data_unless_it_has_a_type(wire: Wire) -> None:
    found = wire.decoded(b'event: x\ndata: {"a":1}\n\nevent: y\ndata: {"type":"z"}\n\n')
    assert found == [{"event": "x", "data": {"a": 1}}, {"type": "z"}]


def test_data_that_is_no_object_is_wrapped(wire: Wire) -> None:
    assert wire.decoded(b"event: x\ndata: 5\n\n") == [{"event": "x", "data": 5}]


def test_data_that_is_no_json(wire: Wire) -> None:
    with pytest.raises(ApiError, match="not JSON"):
        wire.decoded(b"data: oops\n\n")


@pytest.mark.parametrize(
    "event",
    [
        b'event: error\ndata: {"message": "too much", "code": "rate_limit_exceeded"}\n\n',
        b'data: {"error": {"message": "too much", "code": "rate_limit_exceeded"}}\n\n',
        b'data: {"type":"error","message":"too much","code":"rate_limit_exceeded"}\n\n',
        b'data: {"type":"error","error":{"message":"too much","code":"rate_limit_exceeded"}}\n\n',
    ],
)
def test_an_error_inside_the_stream(wire: Wire, event: bytes) -> None:
    with pytest.raises(ApiError, match="too much") as caught:
        wire.decoded(b'data: {"a":1}\n\n', event)
    assert caught.value.exit == 5


def test_an_error_that_is_only_a_text(wire: Wire) -> None:
    with pytest.raises(ApiError, match="it broke"):
        wire.decoded(b'event: error\ndata: {"error": "it broke"}\n\n')
