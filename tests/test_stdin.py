"""stdin is read only when asked (DESIGN 1.7)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from .support.api import completion, response
from .support.cli import oai, shell
from .support.server import Server, reply


class Untouched(io.BytesIO):
    """A pipe that nobody may read."""

    def read(self, *args: Any) -> bytes:
        raise AssertionError("stdin was read")

    readline = readinto = read1 = read  # type: ignore[assignment]


def body(*args: str, **options: Any) -> Any:
    """The JSON body that this command line means."""
    return oai("--dry-run", "-f", "json", *args, **options).ok().json["body"]


def test_a_loop_runs_for_every_line(server: Server) -> None:
    server.handler = lambda asked: reply({"id": asked.path.rpartition("/")[2]})
    script = "printf 'a\\nb\\nc\\n' | while read m; do oai models retrieve \"$m\" --jq .id; done"
    assert shell(script, server=server).ok().lines == ["a", "b", "c"]


def test_a_loop_with_a_prompt_of_its_own_needs_no_more_than_its_line(server: Server) -> None:
    server.handler = lambda asked: reply(completion(asked.json["messages"][0]["content"]))
    script = (
        "printf 'a\\nb\\n' | while read m; do oai chat create \"$m\" --no-stream </dev/null; done"
    )
    assert shell(script, server=server).ok().lines == ["a", "b"]


@pytest.mark.parametrize(
    "args",
    [
        ["models", "list"],
        ["models", "retrieve", "m"],
        ["files", "delete", "f", "--yes"],
        ["vector-stores", "create", "--name", "n"],
        ["files", "create", "here.txt", "--purpose", "batch"],
        ["api", "call", "GET", "/models"],
    ],
)
def test_commands_leave_a_pipe_alone(args: list[str], tmp_path: Path) -> None:
    (tmp_path / "here.txt").write_text("x")
    stdin = Untouched(b"not for you")
    oai("--dry-run", *args, stdin=stdin, cwd=tmp_path).ok()


def test_a_pipe_fills_the_main_text() -> None:
    assert body("responses", "create", stdin="from a pipe\n")["input"] == "from a pipe\n"
    assert body("embeddings", "create", stdin=" x ")["input"] == " x "
    (message,) = body("chat", "create", stdin="hello\n")["messages"]
    assert message["content"] == "hello\n"


def test_a_prompt_comes_first_then_the_data() -> None:
    assert body("responses", "create", "Review:", stdin="diff")["input"] == "Review:\n\ndiff"
    (message,) = body("chat", "create", "Review:", stdin="diff")["messages"]
    assert message["content"] == "Review:\n\ndiff"


def test_a_dash_reads_stdin() -> None:
    assert body("responses", "create", "-", stdin="text")["input"] == "text"
    assert body("responses", "create", "--input", "-", stdin="text")["input"] == "text"
    assert body("chat", "create", "-", stdin="text")["messages"][0]["content"] == "text"


def test_an_empty_pipe_adds_nothing() -> None:
    assert body("responses", "create", "x", stdin="")["input"] == "x"


def test_a_body_on_stdin_leaves_nothing_for_the_prompt() -> None:
    found = body("chat", "create", "x", "--body", "-", stdin='{"seed": 1}')
    assert found["seed"] == 1
    assert found["messages"][0]["content"] == "x"


def test_stdin_feeds_one_thing() -> None:
    done = oai("chat", "create", "-", "--body", "-", "--dry-run", stdin="{}")
    assert done.code == 2
    assert "stdin can feed one thing" in done.stderr


def test_stdin_that_is_no_text() -> None:
    done = oai("responses", "create", "-", "--dry-run", stdin=b"\xff\xfe")
    assert done.code == 2
    assert "stdin is not UTF-8" in done.stderr


def test_a_closed_stdin() -> None:
    done = shell("oai responses create - --dry-run <&-")
    assert done.code == 2
    assert "stdin is closed" in done.stderr
    assert shell("oai responses create hello --dry-run <&-").ok().json["body"]["input"] == "hello"


def test_a_file_as_stdin(tmp_path: Path, server: Server) -> None:
    (tmp_path / "in.txt").write_text("from a file")
    server.answer(reply(response("ok")))
    shell("oai responses create --no-stream < in.txt", server=server, cwd=tmp_path).ok()
    assert server.only.json["input"] == "from a file"


def test_a_terminal_is_never_read() -> None:
    found = oai(
        *("--dry-run", "-f", "json", "responses", "create", "x"),
        stdin=Untouched(),
        terminals=(True, True, True),
    )
    assert found.ok().json["body"]["input"] == "x"


def test_a_terminal_and_no_prompt_is_a_missing_argument() -> None:
    done = oai("chat", "create", stdin=Untouched(), terminals=(True, True, True))
    assert done.code == 2
    assert "PROMPT" in done.stderr


def test_uploads_from_stdin(server: Server) -> None:
    server.answer(reply({"id": "file-1", "object": "file"}))
    data = bytes(range(256)) * 1000
    done = oai(
        *("files", "create", "-", "--filename", "d.bin", "--purpose", "user_data"),
        server=server,
        stdin=data,
    )
    done.ok()
    part = server.only.part("file")
    assert (part.filename, part.content) == ("d.bin", data)
    assert server.only.part("purpose").text == "user_data"
