"""What a person sees: a real terminal, as pyte draws it."""

from __future__ import annotations

import re

import pytest

from .support.api import chat, page
from .support.cli import oai_terminal
from .support.server import Server, reply, sse

QUERIES = re.compile(r"\x1b\[[0-9;?>]*[cn]|\x1b\]1[01];\?|\x1bP\+q|\x1b\[\?[0-9]+\$p")


def test_a_list_is_a_table(server: Server) -> None:
    server.answer(reply(page([1, 2])))
    screen = oai_terminal("files", "list", server=server, columns=100)
    assert screen.code == 0
    assert screen.lines[0].split()[:2] == ["ID", "FILENAME"]
    assert screen.lines[2].startswith("file-2  name 2.txt")
    assert not QUERIES.search(screen.raw)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_tables_fit(server: Server, columns: int) -> None:
    server.answer(reply(page(range(1, 4))))
    screen = oai_terminal("files", "list", server=server, columns=columns)
    assert len([line for line in screen.lines if line.startswith("file-")]) == 3
    assert len([line for line in screen.lines if line]) == 4, "no line was wrapped"


def test_an_object_is_a_view(server: Server) -> None:
    server.answer(reply({"id": "gpt-5", "created": 1_700_000_000, "owned_by": "me"}))
    screen = oai_terminal("models", "retrieve", "gpt-5", server=server)
    assert screen.text.splitlines() == [
        "id        gpt-5",
        "created   2023-11-14 22:13:20",
        "owned_by  me",
    ]


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours(server: Server, env: dict[str, str]) -> None:
    server.answer(reply(page([1])))
    assert "\x1b" not in oai_terminal("files", "list", server=server, env=env).raw


def test_colours_can_be_switched_off(server: Server) -> None:
    server.answer(reply(page([1])))
    assert "\x1b" not in oai_terminal("files", "list", "--color", "never", server=server).raw


def test_a_model_cannot_drive_the_terminal(server: Server) -> None:
    server.answer(sse(chat("\x1b[2J\x1b]0;owned\x07", "\x1b", "[31mred", " \r hidden")))
    screen = oai_terminal("chat", "create", "hi", server=server)
    assert "\x1b[2J" not in screen.raw and "\x1b]0" not in screen.raw
    assert "\x1b[31m" not in screen.raw
    assert "red" in screen.text


def test_a_question_before_what_cannot_be_undone(server: Server) -> None:
    screen = oai_terminal("files", "delete", "file-1", server=server, answers=[("[y/N]", "n\n")])
    assert screen.code == 1
    assert "Delete file file-1?" in screen.text and "nothing was sent" in screen.text
    assert server.requests == []


def test_yes(server: Server) -> None:
    server.answer(reply({"id": "file-1", "deleted": True}))
    screen = oai_terminal("files", "delete", "file-1", server=server, answers=[("[y/N]", "y\n")])
    assert screen.code == 0
    assert server.only.method == "DELETE"


@pytest.mark.parametrize("option", ["--yes", "-y", "--no-input"])
def test_settled_in_advance(server: Server, option: str) -> None:
    server.handler = lambda asked: reply({"id": "file-1", "deleted": True})
    screen = oai_terminal("files", "delete", "file-1", option, server=server, timeout=10)
    assert "[y/N]" not in screen.text


def test_ctrl_c_at_the_question(server: Server) -> None:
    screen = oai_terminal("files", "delete", "file-1", server=server, answers=[("[y/N]", "\x03")])
    assert screen.code == 130
    assert server.requests == []


def test_binary_is_refused(server: Server) -> None:
    screen = oai_terminal("files", "content", "file-1", server=server)
    assert screen.code == 2
    assert "-o " in screen.text
    assert server.requests == []


def test_ctrl_c_in_a_stream(server: Server) -> None:
    server.answer(sse(chat("Hello")[:2], done=False, end="hang"))
    screen = oai_terminal("chat", "create", "hi", server=server, answers=[("Hello", "\x03")])
    assert screen.code == 130
    assert screen.lines[0] == "Hello"
    assert "interrupted" in screen.text


def test_help_fits_the_terminal() -> None:
    screen = oai_terminal("files", "--help", columns=60, rows=60)
    assert screen.code == 0
    assert "Traceback" not in screen.text
    assert all(len(line) <= 60 for line in re.sub(r"\x1b\[\d*m", "", screen.raw).splitlines())
