"""The harness itself: what it records is what was sent, what it answers is what arrives."""

from __future__ import annotations

from .support.api import chat
from .support.cli import oai, oai_process, oai_terminal, shell
from .support.server import Server, reply, sse


def test_in_process(server: Server) -> None:
    server.answer(reply({"id": "gpt-5", "object": "model"}))
    done = oai("models", "retrieve", "gpt-5", server=server).ok()
    assert done.json["id"] == "gpt-5"
    assert (server.only.method, server.only.path) == ("GET", "/v1/models/gpt-5")
    assert server.only.headers["authorization"] == "Bearer sk-test"


def test_process(server: Server) -> None:
    server.answer(sse(chat("Hel", "lo")))
    done = oai_process("chat", "create", "hi", server=server).ok()
    assert done.stdout == "Hello\n"
    assert done.stderr == ""


def test_shell(server: Server) -> None:
    server.answer(reply({"id": "gpt-5", "object": "model"}))
    assert shell("oai models retrieve gpt-5 --jq .id", server=server).ok().stdout == "gpt-5\n"


def test_terminal(server: Server) -> None:
    server.answer(sse(chat("Hel", "lo")))
    screen = oai_terminal("chat", "create", "hi", server=server)
    assert (screen.code, screen.text) == (0, "Hello")
