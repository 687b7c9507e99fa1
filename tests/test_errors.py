"""Failures: what is said, where, and with which exit code (DESIGN 6)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .support.api import chat, chunk, completion, response, response_events
from .support.cli import Outcome, oai, oai_process
from .support.server import Answer, Server, dropped, error, raw, reply, silent, sse


def call(server: Server | None, *args: str, **options: Any) -> Outcome:
    """A plain call, tried once."""
    return oai("models", "retrieve", "m", "--max-retries", "0", *args, server=server, **options)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, 1),
        (401, 4),
        (403, 4),
        (404, 3),
        (408, 1),
        (409, 1),
        (413, 1),
        (422, 1),
        (429, 5),
        (500, 6),
        (503, 6),
        (529, 6),
    ],
)
def test_each_status_has_its_exit_code(server: Server, status: int, code: int) -> None:
    server.answer(error(status, "The API's own words."))
    done = call(server)
    assert (done.code, done.stdout) == (code, "")
    lines = done.stderr.splitlines()
    assert lines[0] == "error: The API's own words."
    assert lines[-1] == "request: req_test"


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 413, 429, 500])
def test_what_to_do_next(server: Server, status: int) -> None:
    server.answer(error(status))
    assert "\nhint: " in call(server).stderr


def test_success_is_zero(server: Server) -> None:
    server.answer(reply({"id": "m"}))
    assert call(server).code == 0


def test_the_hint_says_where_the_key_came_from(server: Server) -> None:
    server.answer(error(401, "Incorrect API key provided."))
    done = call(server)
    assert "environment variable OPENAI_API_KEY" in done.stderr
    assert "sk-test" not in done.stderr


@pytest.mark.parametrize("style", ["json", "jsonl"])
def test_json_errors(server: Server, style: str) -> None:
    server.answer(error(404, "No such model.", code="model_not_found"))
    done = call(server, "-f", style)
    found = done.error
    hint = found.pop("hint")
    assert found == {
        "type": "some_error",
        "message": "No such model.",
        "status": 404,
        "code": "model_not_found",
        "request_id": "req_test",
    }
    assert "oai models list" in hint
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "args",
    [
        ["-f", "json", "models", "retrieve"],
        ["models", "retrieve", "-f", "json"],
        ["models", "retrieve", "--format=json"],
        ["models", "retrieve", "-fjson"],
        ["models", "lst", "-f", "json"],
        ["models", "list", "--nonsense", "-f", "json"],
        ["models", "list", "-f", "json", "--timeout", "soon"],
    ],
)
def test_usage_errors_are_json_too(args: list[str]) -> None:
    done = oai(*args)
    assert (done.code, done.stdout) == (2, "")
    assert done.error["type"] == "usage"


def test_json_errors_by_variable() -> None:
    assert oai("models", "retrieve", env={"OAI_FORMAT": "json"}).error["type"] == "usage"


# -- the API says it in its own ways --------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b'{"error": "plain words"}', "plain words"),
        (b'{"message": "on top"}', "on top"),
        (b'{"detail": "as FastAPI says it"}', "as FastAPI says it"),
        (b'{"error": {"message": ""}}', "HTTP 400"),
        (b"", "HTTP 400, and no more said"),
        (b"null", "HTTP 400"),
        (b"[1]", "HTTP 400: [1]"),
        (b"<html><head><title>Bad Gateway</title></head><body>x</body></html>", "Bad Gateway"),
        (b"just text\n with lines", "HTTP 400: just text with lines"),
        (b"\xff\xfe", "HTTP 400"),
        (b"x" * 5000, "x" * 400),
    ],
)
def test_bodies_of_all_kinds(server: Server, content: bytes, shown: str) -> None:
    server.answer(Answer(400, {}, [content], length=len(content)))
    done = call(server)
    assert done.code == 1
    assert shown in done.stderr
    assert len(done.stderr) < 800


def test_an_error_cannot_drive_the_terminal(server: Server) -> None:
    server.answer(error(400, "\x1b]0;owned\x07 \x1b[2J"))
    done = call(server, terminals=(False, False, True), env={"NO_COLOR": "1"})
    assert "\x1b" not in done.stderr and "␛" in done.stderr


def test_an_answer_that_is_no_json(server: Server) -> None:
    server.answer(raw(b"<html><title>Log in</title></html>", "text/html"))
    done = oai("files", "list", server=server)
    assert done.code == 1 and done.stdout == ""
    assert "Log in" in done.stderr


def test_json_that_is_cut_short(server: Server) -> None:
    server.answer(raw(b'{"id": "m', "application/json"))
    done = call(server)
    assert (done.code, done.stdout) == (1, "")
    assert "not JSON" in done.stderr


def test_quota_has_a_hint_of_its_own(server: Server) -> None:
    server.answer(error(429, "You exceeded your quota.", code="insufficient_quota"))
    done = oai("models", "retrieve", "m", server=server)
    assert done.code == 5
    assert "billing" in done.stderr
    assert len(server.requests) == 1, "never tried again"


# -- keys -----------------------------------------------------------------------------------------


def test_no_key(server: Server) -> None:
    done = call(server, env={"OPENAI_API_KEY": ""})
    assert (done.code, server.requests) == (4, [])
    assert "no API key" in done.stderr and "OPENAI_API_KEY" in done.stderr


def test_no_admin_key(server: Server) -> None:
    env = {"OPENAI_ADMIN_KEY": None}
    done = oai("admin", "projects", "list", server=server, env=env)
    assert (done.code, server.requests) == (4, [])
    assert "OPENAI_ADMIN_KEY" in done.stderr


# -- the network ----------------------------------------------------------------------------------


def test_nobody_listens() -> None:
    done = call(None, env={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    assert done.code == 7
    assert "127.0.0.1:9" in done.stderr
    assert "is the server running?" in done.stderr


def test_a_name_that_does_not_exist() -> None:
    done = call(None, env={"OPENAI_BASE_URL": "https://no-such-host.invalid/v1"})
    assert done.code == 7
    assert "no-such-host.invalid" in done.stderr


def test_a_dropped_connection(server: Server) -> None:
    server.answer(dropped())
    assert call(server).code == 7


def test_a_time_out(server: Server) -> None:
    server.answer(silent())
    done = call(server, "--timeout", "0.2")
    assert done.code == 7
    assert "no answer in time" in done.stderr and "--timeout" in done.stderr


def test_a_time_out_inside_a_stream_keeps_the_text(server: Server) -> None:
    server.answer(sse(chat("Hello")[:-1], done=False, end="hang"))
    done = oai("chat", "create", "hi", "--timeout", "0.3", server=server)
    assert done.code == 7
    assert done.stdout == "Hello\n"
    assert len(server.requests) == 1, "an answer that has begun is not asked for again"


@pytest.mark.parametrize("end", ["cut", "reset", "ok"])
@pytest.mark.parametrize("style", ["text", "json", "jsonl"])
def test_a_stream_that_breaks_off_keeps_what_came(server: Server, end: Any, style: str) -> None:
    server.answer(sse(chat("Hel", "lo")[:-1], done=False, end=end))
    done = oai("chat", "create", "hi", "-f", style, "--stream", server=server)
    assert done.code == 7
    if style == "text":
        assert done.stdout == "Hello\n"
    elif style == "json":
        assert done.json["choices"][0]["message"]["content"] == "Hello"
    else:
        assert done.jsonl == chat("Hel", "lo")[:-1]


def test_a_broken_stream_with_an_output_file_keeps_the_part(server: Server, tmp_path: Path) -> None:
    server.answer(sse(chat("Hel", "lo")[:-1], done=False, end="cut"))
    done = oai("chat", "create", "hi", "-o", "out.txt", server=server, cwd=tmp_path)
    assert done.code == 7
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt.partial"]
    assert (tmp_path / "out.txt.partial").read_text() == "Hello\n"
    assert "out.txt.partial" in done.stderr


def test_an_error_inside_a_stream(server: Server) -> None:
    event = {"error": {"message": "too much", "code": "rate_limit_exceeded"}}
    server.answer(sse([*chat("Hel")[:-1], event], done=False))
    done = oai("chat", "create", "hi", server=server)
    assert (done.code, done.stdout) == (5, "Hel\n")
    assert "error: too much" in done.stderr and "request: req_stream" in done.stderr


# -- work that ended badly ------------------------------------------------------------------------


def test_a_refusal(server: Server) -> None:
    events = [chunk(role="assistant"), chunk(refusal="I won't."), chunk(finish="stop")]
    server.answer(sse(events), reply(completion("", refusal="I won't.")))
    for more in ([], ["--no-stream"]):
        done = oai("chat", "create", "hi", *more, server=server)
        assert (done.code, done.stdout) == (8, "I won't.\n")
        assert "refused" in done.stderr


@pytest.mark.parametrize("style", ["text", "json", "jsonl"])
def test_a_refusal_has_its_code_in_every_format(server: Server, style: str) -> None:
    refusal = {"type": "refusal", "refusal": "No."}
    output = [{"type": "message", "role": "assistant", "content": [refusal]}]
    server.answer(reply(response("", output=output)))
    done = oai("responses", "create", "hi", "--no-stream", "-f", style, server=server)
    assert done.code == 8
    assert "No." in done.stdout


def test_a_response_that_failed(server: Server) -> None:
    events = response_events(["a"], status="failed", error={"message": "no room"})
    server.answer(sse(events))
    done = oai("responses", "create", "hi", server=server)
    assert (done.code, done.stdout) == (8, "a\n")
    assert "no room" in done.stderr


# -- our own faults -------------------------------------------------------------------------------


def test_no_traceback_ever(server: Server) -> None:
    server.answer(error(500))
    done = oai_process("models", "retrieve", "m", "--max-retries", "0", server=server)
    assert done.code == 6
    assert "Traceback" not in done.stderr


def test_debug_shows_where(server: Server) -> None:
    server.answer(error(404))
    assert "Traceback" in call(server, "--debug").stderr


def test_quiet_leaves_the_error(server: Server) -> None:
    server.answer(error(404, "Gone."))
    done = call(server, "--quiet")
    assert done.stderr.splitlines() == ["error: Gone.", "request: req_test"]


def test_verbose_tells_each_request(server: Server) -> None:
    server.answer(reply({"id": "m"}))
    done = call(server, "-v")
    assert f"> GET {server.url}/v1/models/m" in done.stderr
    assert "< 200" in done.stderr and "req_test" in done.stderr
    assert done.json == {"id": "m"}


def test_headers_can_be_shown(server: Server) -> None:
    server.answer(reply({"id": "m"}, x_ratelimit_remaining="9"))
    done = call(server, "--show-headers")
    assert "x-ratelimit-remaining: 9" in done.stderr
    assert done.json == {"id": "m"}


def test_the_whole_error_object_fits_one_line(server: Server) -> None:
    server.answer(error(400, "two\nlines"))
    assert json.loads(call(server, "-f", "json").stderr)["error"]["message"] == "two\nlines"
