"""Forms as they go over the wire, parsed back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core.http import Http
from openai_cli.core.request import FileValue, MultipartBody, Part, Request

from .support.server import Asked, FormPart, Server, reply
from .support.wire import http


class Wire:
    """Sends forms and gives back what arrived."""

    def __init__(self) -> None:
        self.server = Server()
        self.server.handler = lambda asked: reply({})
        self.http: Http = http(self.server)

    def send(self, *parts: Part) -> Asked:
        """The request as it arrived."""
        self.http.open(Request("POST", "/x", body=MultipartBody(parts)))
        return self.server.requests.pop()


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.http.close()
    made.server.close()


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
NAME = st.text("abc_[]", min_size=1, max_size=8)


@given(st.lists(st.tuples(NAME, TEXT), min_size=1, max_size=6))
def test_text_arrives_as_it_is(wire: Wire, fields: list[tuple[str, str]]) -> None:
    asked = wire.send(*(Part(name, text) for name, text in fields))
    by_name = sorted(fields, key=lambda pair: [name for name, _ in fields].index(pair[0]))
    assert [(part.name, part.text) for part in asked.parts] == by_name
    assert all(part.filename is None and part.content_type is None for part in asked.parts)


@given(st.binary(max_size=300))
def test_files_arrive_byte_for_byte(
    wire: Wire, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "upload.bin"
    path.write_bytes(content)
    asked = wire.send(Part("purpose", "batch"), Part("file", FileValue(str(path), "u.bin")))
    assert asked.part("file").content == content
    assert asked.part("file").filename == "u.bin"
    assert asked.headers["content-length"] == str(len(asked.body))


@pytest.mark.parametrize("name", ['a"b.txt', "ümläut.txt", "a\r\nb.txt", "back\\slash.txt", " x "])
def test_file_names(wire: Wire, tmp_path: Path, name: str) -> None:
    path = tmp_path / "f"
    path.write_text("x")
    (part,) = wire.send(Part("file", FileValue(str(path), name))).parts
    assert part.filename == name


def test_several_files_of_one_name(wire: Wire, tmp_path: Path) -> None:
    files = []
    for text in ("one", "two"):
        path = tmp_path / f"{text}.txt"
        path.write_text(text)
        files.append(Part("image[]", FileValue(str(path), path.name)))
    parts = wire.send(Part("prompt", "p"), *files).parts
    assert [(p.name, p.text, p.filename) for p in parts] == [
        ("prompt", "p", None),
        ("image[]", "one", "one.txt"),
        ("image[]", "two", "two.txt"),
    ]


def test_typed_parts(wire: Wire) -> None:
    parts = wire.send(
        Part("sdp", "v=0", "application/sdp"), Part("session", '{"a":1}', "application/json")
    ).parts
    assert parts == [
        FormPart("sdp", b"v=0", None, "application/sdp"),
        FormPart("session", b'{"a":1}', None, "application/json"),
    ]


def test_a_form_without_a_file_is_still_a_form(wire: Wire) -> None:
    (part,) = wire.send(Part("name", "n")).parts
    assert part == FormPart("name", b"n")
