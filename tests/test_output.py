"""Results on stdout, in every format (DESIGN 4)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from .support.api import chat, completion, item, page, response, response_events
from .support.cli import oai, oai_process
from .support.server import Server, raw, reply, sse

MODEL = {"id": "gpt-5", "object": "model", "created": 1_700_000_000, "owned_by": "openai"}
TERMINAL = (False, True, False)


# -- one object -----------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["auto", "json"])
def test_an_object_in_a_pipe_is_json(server: Server, style: str) -> None:
    server.answer(reply(MODEL))
    done = oai("models", "retrieve", "gpt-5", "-f", style, server=server).ok()
    assert done.json == MODEL
    assert done.stderr == ""
    assert done.stdout.endswith("}\n")


def test_an_object_on_a_terminal_is_a_view(server: Server) -> None:
    server.answer(reply(MODEL))
    env = {"NO_COLOR": "1"}
    done = oai("models", "retrieve", "m", server=server, terminals=TERMINAL, env=env).ok()
    assert done.lines[0].split() == ["id", "gpt-5"]
    assert "2023-11-14 22:13:20" in done.stdout


def test_other_formats(server: Server) -> None:
    for _ in range(5):
        server.answer(reply(MODEL))

    def shown(style: str) -> str:
        return oai("models", "retrieve", "m", "-f", style, server=server).ok().stdout

    assert shown("jsonl") == json.dumps(MODEL, separators=(",", ":")) + "\n"
    assert yaml.safe_load(shown("yaml")) == MODEL
    assert next(csv.DictReader(io.StringIO(shown("csv"))))["id"] == "gpt-5"
    assert shown("table").splitlines()[0].startswith("ID")
    assert "gpt-5" in shown("text")


def test_raw_is_untouched(server: Server) -> None:
    content = b'{ "id":"gpt-5",\r\n  "n": 1.0, "u": "\\u00e9" }'
    server.answer(raw(content, "application/json"))
    assert oai("models", "retrieve", "m", "-f", "raw", server=server).ok().stdout_bytes == content


def test_the_format_may_come_from_the_environment(server: Server) -> None:
    server.answer(reply(MODEL))
    done = oai("models", "retrieve", "m", server=server, env={"OAI_FORMAT": "yaml"}).ok()
    assert done.stdout.startswith("id: gpt-5\n")


def test_fields_from_tomorrow_are_shown(server: Server) -> None:
    server.answer(reply({**MODEL, "mood": {"glad": True}}))
    assert oai("models", "retrieve", "m", server=server).ok().json["mood"] == {"glad": True}


def test_big_numbers_and_odd_text_survive(server: Server) -> None:
    value = {"id": "x", "n": 2**63 + 1, "f": 1e-7, "t": "\u2028\x00\x1b é 🎈", "half": "\ud83d"}
    server.answer(reply(value))
    assert oai("models", "retrieve", "m", server=server).ok().json == value


def test_an_empty_answer(server: Server) -> None:
    server.answer(reply(status=200), reply(status=204))
    done = oai("responses", "delete", "resp_1", "--yes", server=server).ok()
    assert (done.stdout, done.stderr) == ("", "done\n")
    done = oai("responses", "delete", "resp_1", "--yes", "--quiet", server=server).ok()
    assert (done.stdout, done.stderr) == ("", "")


# -- text -----------------------------------------------------------------------------------------


def test_text_for_a_model_comes_back_as_text(server: Server) -> None:
    server.answer(sse(chat("Hel", "lo")), sse(response_events(["Hel", "lo"])))
    assert oai("chat", "create", "hi", server=server).ok().stdout == "Hello\n"
    assert oai("responses", "create", "hi", server=server).ok().stdout == "Hello\n"
    assert [request.json["stream"] for request in server.requests] == [True, True]


def test_without_a_stream_too(server: Server) -> None:
    server.answer(reply(completion("Hello")), reply(response("Hello")))
    assert oai("chat", "create", "hi", "--no-stream", server=server).ok().stdout == "Hello\n"
    assert oai("responses", "create", "hi", "--no-stream", server=server).ok().stdout == "Hello\n"


def test_json_asks_for_no_stream(server: Server) -> None:
    server.answer(reply(completion("Hello")))
    done = oai("chat", "create", "hi", "-f", "json", server=server).ok()
    assert done.json == completion("Hello")
    assert "stream" not in server.only.json


def test_json_of_a_stream_is_the_final_object(server: Server) -> None:
    server.answer(sse(chat("Hel", "lo")), sse(response_events(["Hel", "lo"])))
    done = oai("chat", "create", "hi", "-f", "json", "--stream", server=server).ok()
    assert done.json == completion("Hello")
    done = oai("responses", "create", "hi", "-f", "json", "--stream", server=server).ok()
    assert done.json == response("Hello")


def test_jsonl_is_each_event(server: Server) -> None:
    server.answer(sse(chat("a", "b")), sse(response_events(["a"])))
    assert oai("chat", "create", "hi", "-f", "jsonl", server=server).ok().jsonl == chat("a", "b")
    found = oai("responses", "create", "hi", "-f", "jsonl", server=server).ok().jsonl
    assert found == [event for _, event in response_events(["a"])]


def test_raw_of_a_stream(server: Server) -> None:
    answer = sse(chat("a"))
    server.answer(answer)
    done = oai("chat", "create", "hi", "--stream", "-f", "raw", server=server).ok()
    assert done.stdout_bytes == b"".join(answer.pieces)


def test_several_choices(server: Server) -> None:
    from .support.api import chunk

    chunks = [chunk("a", index=0), chunk("b", index=1), chunk(finish="stop", index=0)]
    server.answer(sse([*chunks, chunk(finish="stop", index=1)]))
    assert oai("chat", "create", "hi", "--n", "2", server=server).ok().stdout == "a\n\nb\n"


def test_the_limit_is_a_warning_on_stderr(server: Server) -> None:
    server.answer(sse(chat("a", finish="length")))
    done = oai("chat", "create", "hi", server=server).ok()
    assert done.stdout == "a\n"
    assert done.stderr.startswith("warning: ") and "token limit" in done.stderr


def test_text_answers_are_text(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"x")
    server.answer(raw(b"1\n00:00 --> 00:01\nHi\n", "text/plain; charset=utf-8"))
    done = oai(
        *("audio", "transcriptions", "create", "a.mp3", "--response-format", "srt"),
        server=server,
        cwd=tmp_path,
    )
    assert done.ok().stdout == "1\n00:00 --> 00:01\nHi\n"


# -- lists ----------------------------------------------------------------------------------------


def test_a_list_is_one_document(server: Server) -> None:
    server.answer(reply(page([1, 2], True)), reply(page([3])))
    done = oai("files", "list", server=server).ok()
    assert done.json == page([1, 2, 3])
    assert server.requests[1].query == [("after", "file-2")]


def test_an_empty_list(server: Server) -> None:
    for _ in range(4):
        server.answer(reply(page([])))
    assert oai("files", "list", server=server).ok().json == page([])
    assert oai("files", "list", "-f", "jsonl", server=server).ok().stdout == ""
    done = oai("files", "list", "-f", "table", server=server).ok()
    assert (done.stdout, done.stderr) == ("", "nothing to list\n")
    assert oai("files", "list", "-f", "csv", server=server).ok().stdout.count("\n") <= 1


def test_jsonl_is_an_item_a_line(server: Server) -> None:
    server.answer(reply(page([1, 2], True)), reply(page([3])))
    done = oai("files", "list", "-f", "jsonl", server=server).ok()
    assert done.jsonl == [item(1), item(2), item(3)]


def test_yaml_of_a_list(server: Server) -> None:
    server.answer(reply(page([1], True)), reply(page([2])))
    done = oai("files", "list", "-f", "yaml", server=server).ok()
    assert yaml.safe_load(done.stdout) == page([1, 2])


def test_csv_of_a_list(server: Server) -> None:
    server.answer(reply(page([1], True)), reply(page([2])))
    done = oai("files", "list", "-f", "csv", server=server).ok()
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["id"], row["bytes"]) for row in rows] == [("file-1", "1000"), ("file-2", "2000")]


def test_a_table_on_a_terminal(server: Server) -> None:
    server.answer(reply(page([1], True)), reply(page([2])))
    env = {"NO_COLOR": "1", "COLUMNS": "100"}
    done = oai("files", "list", server=server, terminals=TERMINAL, env=env).ok()
    assert done.lines[0].startswith("ID      FILENAME")
    assert done.lines[1].startswith("file-1  name 1.txt  1 kB")
    assert len(done.lines) == 3


def test_raw_is_one_answer(server: Server) -> None:
    content = json.dumps(page([1], True)).encode()
    server.answer(raw(content, "application/json"))
    assert oai("files", "list", "-f", "raw", server=server).ok().stdout_bytes == content


def test_usage_pages_by_token(server: Server) -> None:
    first = {"object": "page", "data": [{"a": 1}], "has_more": True, "next_page": "p2"}
    last = {"object": "page", "data": [{"a": 2}], "has_more": False, "next_page": None}
    server.answer(reply(first), reply(last))
    done = oai("admin", "usage", "completions", "--start-time", "1", server=server).ok()
    assert done.json == {**last, "data": [{"a": 1}, {"a": 2}]}
    assert server.requests[1].query == [("start_time", "1"), ("page", "p2")]


def pages_of(server: Server, size: int, total: int = 100) -> None:
    """Serve a list of `total` files in pages of `size`."""

    def answer(asked: Any) -> Any:
        after = dict(asked.query).get("after", "file-0")
        start = int(after.removeprefix("file-")) + 1
        numbers = range(start, min(start + size, total + 1))
        return reply(page(numbers, start + size <= total))

    server.handler = answer


@pytest.mark.parametrize(("wanted", "requests"), [(0, 1), (1, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_max_items_fetches_no_page_more(server: Server, wanted: int, requests: int) -> None:
    pages_of(server, 3)
    done = oai("files", "list", "--max-items", str(wanted), server=server).ok()
    assert len(done.json["data"]) == wanted
    assert len(server.requests) == requests
    assert done.json["has_more"] is True
    assert all("limit" not in dict(r.query) for r in server.requests)


def test_limit_stays_the_size_of_a_page(server: Server) -> None:
    pages_of(server, 2, total=5)
    done = oai("files", "list", "--limit", "2", server=server).ok()
    assert len(done.json["data"]) == 5
    assert [dict(r.query)["limit"] for r in server.requests] == ["2"] * 3


def test_a_page_that_fails_leaves_no_valid_document(server: Server) -> None:
    from .support.server import error

    server.answer(reply(page([1, 2], True)), error(404, "gone"))
    done = oai("files", "list", server=server)
    assert done.code == 3
    assert "file-2" in done.stdout, "what came is shown"
    with pytest.raises(json.JSONDecodeError):
        json.loads(done.stdout)


# -- jq -------------------------------------------------------------------------------------------


def test_jq_on_an_object(server: Server) -> None:
    server.answer(reply(MODEL), reply(MODEL))
    assert oai("models", "retrieve", "m", "--jq", ".id", server=server).ok().stdout == "gpt-5\n"
    done = oai("models", "retrieve", "m", "--jq", "{id}, .created", server=server).ok()
    assert done.stdout == '{"id":"gpt-5"}\n1700000000\n'


def test_jq_on_a_list_sees_every_page(server: Server) -> None:
    server.answer(reply(page([1, 2], True)), reply(page([3])))
    done = oai("files", "list", "--jq", ".data[].id", server=server).ok()
    assert done.lines == ["file-1", "file-2", "file-3"]


def test_jq_with_jsonl_is_lazy(server: Server) -> None:
    pages_of(server, 2)
    args = ("--jq", ".id", "-f", "jsonl", "--max-items", "3")
    assert oai("files", "list", *args, server=server).ok().lines == ["file-1", "file-2", "file-3"]
    assert len(server.requests) == 2


def test_jq_on_chat(server: Server) -> None:
    server.answer(reply(completion("Hi")))
    expression = ".choices[0].message.content"
    assert oai("chat", "create", "hi", "--jq", expression, server=server).ok().stdout == "Hi\n"


@pytest.mark.parametrize("expression", [".data[", "nonsense", ".id | .x.y", 'error("no")'])
def test_a_bad_filter_is_an_error_without_output(server: Server, expression: str) -> None:
    server.handler = lambda asked: reply(MODEL)
    done = oai("models", "retrieve", "m", "--jq", expression, server=server)
    assert (done.code, done.stdout) == (2, "")
    assert "--jq" in done.stderr


def test_a_filter_that_cannot_compile_costs_no_request(server: Server) -> None:
    done = oai("models", "retrieve", "m", "--jq", ".data[", server=server)
    assert (done.code, server.requests) == (2, [])


# -- files ----------------------------------------------------------------------------------------


def test_output_to_a_file(server: Server, tmp_path: Path) -> None:
    server.answer(reply(MODEL))
    done = oai("models", "retrieve", "m", "-o", "out.json", server=server, cwd=tmp_path).ok()
    assert done.stdout == ""
    assert json.loads((tmp_path / "out.json").read_text()) == MODEL


def test_output_to_a_dash_is_stdout(server: Server) -> None:
    server.answer(reply(MODEL))
    assert oai("models", "retrieve", "m", "-o", "-", server=server).ok().json == MODEL


def test_a_failed_command_leaves_no_file(server: Server, tmp_path: Path) -> None:
    from .support.server import error

    server.answer(error(404))
    (tmp_path / "out.json").write_text("old")
    done = oai("models", "retrieve", "m", "-o", "out.json", server=server, cwd=tmp_path)
    assert done.code == 3
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    assert (tmp_path / "out.json").read_text() == "old"


# -- quiet, dry-run and curl ----------------------------------------------------------------------


def test_dry_run_sends_nothing_and_reads_no_key() -> None:
    done = oai("models", "list", "--dry-run", env={"OPENAI_API_KEY": ""}).ok()
    assert done.json == {
        "method": "GET",
        "url": "https://api.openai.com/v1/models",
        "headers": {
            "Accept": "application/json",
            "User-Agent": done.json["headers"]["User-Agent"],
            "Authorization": "Bearer [redacted]",
        },
    }


def test_dry_run_of_a_form(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    args = ("files", "create", "a.txt", "--purpose", "batch", "--dry-run")
    found = oai(*args, cwd=tmp_path).ok().json
    assert found["parts"] == [
        {"name": "purpose", "value": "batch"},
        {"name": "file", "file": "a.txt", "filename": "a.txt"},
    ]


def test_curl_reads_the_key_from_the_environment() -> None:
    text = oai("chat", "create", "it's $HOME `x`", "--curl").ok().stdout
    assert '"Authorization: Bearer $OPENAI_API_KEY"' in text
    text = oai("admin", "projects", "list", "--curl").ok().stdout
    assert '"Authorization: Bearer $OPENAI_ADMIN_KEY"' in text


@pytest.mark.parametrize(
    "args",
    [
        ["chat", "create", 'it\'s $HOME `x` "q" \\ é\n!', "--no-stream"],
        ["models", "list"],
        ["files", "create", "a b.txt", "--purpose", "batch"],
        ["files", "delete", "file-1"],
    ],
)
def test_curl_sends_the_same(server: Server, tmp_path: Path, args: list[str]) -> None:
    import shutil
    import subprocess

    if not shutil.which("curl"):
        pytest.skip("no curl here")
    from .support.cli import environment

    (tmp_path / "a b.txt").write_text("some text\n")
    server.handler = lambda asked: reply(page([]) if asked.method == "GET" else completion("x"))
    oai(*args, "--yes", server=server, cwd=tmp_path).ok()
    command = oai(*args, "--curl", server=server, cwd=tmp_path).ok().stdout
    subprocess.run(
        ["bash", "-c", command], env=environment(), cwd=tmp_path, check=True, capture_output=True
    )
    ours, theirs = server.requests
    assert (theirs.method, theirs.target) == (ours.method, ours.target)
    assert theirs.headers["authorization"] == ours.headers["authorization"] == "Bearer sk-test"
    if "multipart" in ours.headers.get("content-type", ""):
        found = [(p.name, p.content, p.filename) for p in ours.parts]
        assert [(p.name, p.content, p.filename) for p in theirs.parts] == found
    elif ours.body:
        assert theirs.json == ours.json
    else:
        assert theirs.body == b""


# -- binary ---------------------------------------------------------------------------------------

AUDIO = bytes(range(256)) * 500


def speak(*args: str, server: Server, **options: Any) -> Any:
    """Ask for speech."""
    return oai(
        *("audio", "speech", "create", "hi", "--voice", "alloy", "--model", "tts"),
        *args,
        server=server,
        **options,
    )


def test_binary_to_a_pipe(server: Server) -> None:
    server.answer(raw(AUDIO))
    done = speak(server=server).ok()
    assert (done.stdout_bytes, done.stderr) == (AUDIO, "")


def test_binary_to_a_file(server: Server, tmp_path: Path) -> None:
    server.answer(raw(AUDIO))
    done = speak("-o", "a.mp3", server=server, cwd=tmp_path).ok()
    assert (done.stdout, done.stderr) == ("", "saved a.mp3\n")
    assert (tmp_path / "a.mp3").read_bytes() == AUDIO


def test_binary_into_a_folder_gets_its_own_name(server: Server, tmp_path: Path) -> None:
    server.answer(raw(AUDIO))
    oai("files", "content", "file-1", "-o", f"{tmp_path}/", server=server).ok()
    (path,) = tmp_path.iterdir()
    assert path.name == "file-1" and path.read_bytes() == AUDIO


def test_binary_is_refused_on_a_terminal(server: Server) -> None:
    done = speak(server=server, terminals=TERMINAL)
    assert (done.code, done.stdout) == (2, "")
    assert "-o " in done.stderr
    assert server.requests == [], "nothing is paid for that cannot be shown"


def test_sound_cut_short_is_kept_beside_its_place(server: Server, tmp_path: Path) -> None:
    from .support.server import cut

    server.answer(cut(AUDIO, 5000))
    done = speak("-o", "a.mp3", "--max-retries", "0", server=server, cwd=tmp_path)
    assert done.code == 7
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp3.partial"]
    assert (tmp_path / "a.mp3.partial").read_bytes() == AUDIO[:5000]
    assert "what came is kept in" in done.stderr


def test_a_download_cut_short_in_a_pipe(server: Server) -> None:
    from .support.server import cut

    server.answer(cut(AUDIO, 5000))
    done = speak("--max-retries", "0", server=server)
    assert done.code == 7
    assert done.stdout_bytes == AUDIO[:5000]


def test_binary_in_a_real_pipe(server: Server) -> None:
    server.answer(raw(AUDIO))
    done = oai_process("files", "content", "file-1", server=server).ok()
    assert done.stdout_bytes == AUDIO


@pytest.mark.parametrize(
    "args",
    [
        ["chat", "create", "hi"],
        ["chat", "create", "hi", "--no-stream"],
        ["responses", "create", "hi"],
        ["responses", "create", "hi", "-f", "json"],
        ["embeddings", "create", "hi", "--model", "m"],
    ],
)
def test_a_dry_run_shows_what_is_sent(server: Server, args: list[str]) -> None:
    def answer(asked: Any) -> Any:
        if asked.path.endswith("embeddings"):
            return reply({"data": []})
        if asked.json.get("stream"):
            return sse(chat("x") if "chat" in asked.path else response_events(["x"]))
        return reply(completion("x") if "chat" in asked.path else response("x"))

    server.handler = answer
    oai(*args, server=server).ok()
    shown = json.loads(oai(*args, "--dry-run", server=server).ok().stdout)
    assert shown["url"] == server.url + server.only.target
    assert shown["body"] == server.only.json
