"""`oai batches check`: every mistake of a request file, with its line."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from openai_cli.catalog import describe
from openai_cli.workflows.batch import endpoints, lines
from openai_cli.workflows.batch.bodies import rules
from openai_cli.workflows.batch.check import check
from openai_cli.workflows.jsonl.seen import Seen
from openai_cli.workflows.jsonl.tokens import of_text

from .support.cli import ROOT, Outcome, environment, oai, oai_terminal

CHAT = "/v1/chat/completions"


def request(**changes: Any) -> dict[str, Any]:
    """A good request, but for the changes; None takes a field away, `body_x` changes the body."""
    body = {"model": "m", "input": "hi"}
    made: dict[str, Any] = {"custom_id": "a", "method": "POST", "url": "/v1/responses"}
    for name, value in changes.items():
        place, key = (body, name[5:]) if name.startswith("body_") else (made, name)
        place[key] = value
    made.setdefault("body", body)
    return {name: value for name, value in made.items() if value is not None}


def write(path: Path, *rows: Any) -> Path:
    """A file of requests; a row that is bytes is written as it is."""
    raw = [row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows]
    path.write_bytes(b"".join(raw))
    return path


def run(folder: Path, *rows: Any, args: tuple[str, ...] = ()) -> Outcome:
    """Check a file of these rows."""
    write(folder / "in.jsonl", *rows)
    return oai("batches", "check", "in.jsonl", *args, cwd=folder)


def problems(outcome: Outcome, level: str = "error") -> list[tuple[int | None, str]]:
    """Line and sentence of every problem of a level."""
    found = outcome.json["problems"]
    return [(one["line"], one["problem"]) for one in found if one["level"] == level]


def test_a_number_that_is_too_long_is_told_in_words(tmp_path: Path) -> None:
    assert problems(run(tmp_path, b'{"custom_id": ' + b"9" * 5000 + b"}\n")) == [
        (1, "has a number of too many digits")
    ]


def test_garbage_has_no_endpoint(tmp_path: Path) -> None:
    write(tmp_path / "good.jsonl", request())
    alone = run(tmp_path, b"garbage\n", args=("-f", "text")).stdout
    beside = run(tmp_path, b"garbage\n", args=("good.jsonl", "-f", "text")).stdout
    assert re.search(r"^endpoint +-$", alone, re.M)
    assert re.search(r"^endpoint +/v1/responses\nmodel +m$", beside, re.M)


def test_a_good_file(tmp_path: Path) -> None:
    rows = [request(custom_id=f"r{n}", body_max_output_tokens=100) for n in range(3)]
    done = run(tmp_path, *rows).ok()
    found = done.json
    assert found.pop("tokens") > 0
    (file,) = found.pop("files")
    assert (file["tokens_out"], file["unlimited"], file["media"]) == (300, 0, 0)
    assert found == {
        "ok": True,
        "requests": 3,
        "bytes": (tmp_path / "in.jsonl").stat().st_size,
        "endpoint": "/v1/responses",
        "model": "m",
        "errors": 0,
        "warnings": 0,
        "problems": [],
    }
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (b"{oops\n", "not valid JSON"),
        (b'{"custom_id": NaN}\n', "NaN"),
        (b'{"custom_id": "\xff"}\n', "UTF-8"),
        (b"[" * 200_000 + b"\n", "nested too deeply"),
        ([1], "an array, not a request"),
        (request(custom_id=None), "lacks custom_id"),
        (request(custom_id=7), "custom_id wants a text"),
        (request(custom_id=""), "custom_id wants a text"),
        (request(method=None), "lacks method"),
        (request(method="GET"), "method wants POST, and is 'GET'"),
        (request(url=None), "lacks url"),
        (request(url=CHAT), "a batch has one endpoint"),
        (request(body="x"), "body wants a JSON object"),
        (request(body_model="other"), "a batch has one model"),
        (request(body_model=5), "body.model wants a string"),
        (request(body_input=3), "body.input wants a string or a JSON array, not the number 3"),
        (request(body_temperature="hot"), "body.temperature wants a number, not text"),
        (request(body_temperature=True), "body.temperature wants a number"),
        (request(body_max_output_tokens=1.5), "body.max_output_tokens wants a whole number"),
        (request(body_tools=[{"name": "f"}]), "body.tools[0] lacks type"),
        (request(body_include=["a", 1]), "body.include[1] wants a string, not the number 1"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, row: Any, told: str) -> None:
    done = run(tmp_path, request(custom_id="first"), b"\n", row)
    assert done.code == 2
    found = problems(done)
    assert [line for line, _ in found] == [3]
    assert told in found[0][1]
    assert done.json["requests"] == 2
    assert "1 error was found" in done.stderr


def test_a_first_line_without_an_endpoint(tmp_path: Path) -> None:
    done = run(tmp_path, request(url=""), request(custom_id="b"), request(custom_id="c", url=None))
    assert problems(done) == [(1, "url wants an endpoint, and is empty"), (3, "lacks url")]
    assert done.json["endpoint"] == "/v1/responses"


def test_the_bodies_of_other_endpoints(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        request(url=CHAT, body={"model": "m", "messages": [{"role": "user", "content": "x"}]}),
        request(url=CHAT, custom_id="b", body={"model": "m"}),
        request(url=CHAT, custom_id="c", body={"messages": [], "model": "m"}),
        request(url=CHAT, custom_id="d", body={"messages": [{"content": "x"}], "model": "m"}),
        request(url=CHAT, custom_id="e", body={"messages": ["x"], "model": "m"}),
        request(url=CHAT, custom_id="f", body={"messages": None, "model": "m"}),
    )
    assert problems(done) == [
        (2, "body lacks messages"),
        (3, "body.messages is empty"),
        (4, "body.messages[0] lacks role"),
        (5, "body.messages[0] wants a JSON object, not text"),
        (6, "body.messages wants a JSON array, not null"),
    ]


def test_what_the_api_may_know_better_passes(tmp_path: Path) -> None:
    """Unknown fields, enum values, endpoints and models; null where a field may be left out."""
    done = run(
        tmp_path,
        request(
            body_model="gpt-99",
            body_brand_new={"x": 1},
            body_service_tier="express",
            body_temperature=None,
            body_top_p=1,
            body_max_output_tokens=10.0,
            extra=1,
        ),
        request(custom_id="b", body_model="gpt-99", body_brand_new=2),
    ).ok()
    assert problems(done, "warning") == [(1, "body.brand_new is no field oai knows (told once)")]
    other = run(tmp_path, request(url="/v1/new/thing", body={"anything": 1})).ok()
    ((line, told),) = problems(other, "warning")
    assert line == 1
    assert "/v1/new/thing" in told
    assert CHAT in told


def test_azure_leaves_the_version_out(tmp_path: Path) -> None:
    done = run(tmp_path, request(url="/chat/completions", body={"model": "m", "messages": []}))
    assert problems(done, "warning") == []
    assert problems(done) == [(1, "body.messages is empty")]


@pytest.mark.parametrize("url", endpoints.known())
def test_a_sample_of_every_endpoint_passes(url: str) -> None:
    """The rules agree with the catalog's samples of each operation that a batch can go to."""
    operation = endpoints.operation(url)
    assert operation is not None
    fields = [p for p in operation.parameters if p.place == "body"]
    body = {p.name: describe.sample(p) for p in fields}
    assert list(rules(operation.name).problems(body)) == []
    assert not rules(operation.name).unknown(body)
    assert body.keys() & {"prompt", "input", "messages"}, "the samples are full ones"


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", request(custom_id="x"), request(custom_id="y"))
    write(tmp_path / "b.jsonl", request(custom_id="z"), request(custom_id="y"))
    done = oai("batches", "check", "a.jsonl", "b.jsonl", cwd=tmp_path)
    assert done.code == 2
    (one,) = done.json["problems"]
    assert (one["file"], one["line"], one["custom_id"]) == ("b.jsonl", 2, "y")
    assert one["problem"] == "custom_id is already used on line 2 of a.jsonl"
    same = run(tmp_path, request(), request())
    assert problems(same) == [(2, "custom_id is already used on line 1")]


def test_each_file_has_an_endpoint_and_model_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", request())
    body = {"model": "n", "input": "x"}
    write(tmp_path / "b.jsonl", request(custom_id="b", url="/v1/embeddings", body=body))
    done = oai("batches", "check", "a.jsonl", "b.jsonl", cwd=tmp_path).ok()
    assert (done.json["endpoint"], done.json["model"]) == (None, None)
    assert [(f["endpoint"], f["model"]) for f in done.json["files"]] == [
        ("/v1/responses", "m"),
        ("/v1/embeddings", "n"),
    ]


def test_what_run_takes_care_of_is_a_warning(tmp_path: Path) -> None:
    path = write(
        tmp_path / "in.jsonl", request(), b"\r\n", request(custom_id="b", body_stream=True)
    )
    report = check([path], max_requests=1, max_bytes=150)
    assert report.ok
    told = " / ".join(one.problem for one in report.problems)
    assert "body.stream" in told
    assert "empty lines: 1" in told
    assert "2 requests; a batch takes 1" in told
    assert "bytes; a batch takes 150" in told
    assert not check([path], max_bytes=50).ok, "a line beyond the limit fits no batch"


def test_an_empty_file_and_none(tmp_path: Path) -> None:
    done = run(tmp_path, b"\n")
    assert problems(done) == [(None, "has no requests")]
    missing = oai("batches", "check", "nothing.jsonl", cwd=tmp_path)
    assert missing.code == 2
    assert "cannot read nothing.jsonl" in missing.stderr
    assert oai("batches", "check", ".", cwd=tmp_path).code == 2


def test_a_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    row = json.dumps(request()).encode()
    assert run(tmp_path, row + b"\r\n").ok().json["requests"] == 1
    assert "byte order mark" in problems(run(tmp_path, b"\xef\xbb\xbf" + row))[0][1]


def test_all_are_counted_and_the_first_are_listed(tmp_path: Path) -> None:
    rows = [request(custom_id=str(n), method="GET") for n in range(30)]
    done = run(tmp_path, *rows, args=("--max-items", "4", "-f", "text"))
    assert done.code == 2
    assert done.stdout.count("error:") == 4
    assert "26 more are not listed" in done.stdout
    assert "30 errors" in done.stdout
    capped = run(tmp_path, *rows, args=("--max-items", "4")).json
    assert (len(capped["problems"]), capped["errors"]) == (4, 30)


def test_rows_for_other_programs(tmp_path: Path) -> None:
    done = run(tmp_path, request(method="GET"), b"{\n", args=("-f", "csv"))
    assert done.lines[0] == "file,line,custom_id,level,problem"
    assert [line.split(",")[1] for line in done.lines[1:]] == ["1", "2"]
    assert "2 errors" in done.stderr
    rows = run(tmp_path, request(method="GET"), args=("-f", "jsonl")).jsonl
    assert rows[0]["custom_id"] == "a"
    saved = run(tmp_path, request(method="GET"), args=("-o", "out.json"))
    assert saved.stdout == ""
    assert json.loads((tmp_path / "out.json").read_text())["ok"] is False


def test_on_a_terminal(tmp_path: Path) -> None:
    write(tmp_path / "in.jsonl", request(), request(custom_id="a\x1b[31m", method="GET"))
    screen = oai_terminal("batches", "check", "in.jsonl", cwd=tmp_path)
    assert screen.code == 2
    assert "in.jsonl:2: error: method wants POST" in screen.text
    assert "\x1b[31mm" not in screen.raw, "an id cannot paint the terminal"
    assert "requests   2" in screen.text
    assert "an estimate" in screen.text


def test_lines_have_numbers_and_places(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"one\n\n  \r\ntwo\r\nthree")
    found = list(lines.read(path))
    assert found == [(1, 0, b"one\n"), (4, 9, b"two\r\n"), (5, 14, b"three")]
    with path.open("rb") as stream:
        for line in found:
            stream.seek(line.offset)
            assert stream.read(len(line.raw)) == line.raw


def test_texts_are_remembered_with_their_places() -> None:
    seen = Seen()
    assert all(seen.add(f"id {n}", n * 3) for n in range(5000))
    assert not any(seen.add(f"id {n}", 0) for n in range(5000))
    assert [seen.place(f"id {n}") for n in (0, 77, 4999)] == [0, 231, 14997]
    with pytest.raises(KeyError):
        seen.place("other")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("What is the capital of France?", 7),
        ("def add(a: int, b: int) -> int:\n    return a + b\n", 19),
        ("Der schnelle braune Fuchs springt über den faulen Hund.", 14),
        ("请总结以下文本,并给出三个关键词。", 11),
        ("Кратко перескажите следующий текст.", 8),
    ],
)
def test_tokens_are_about_right(text: str, tokens: int) -> None:
    """Against what OpenAI's o200k_base encoding makes of them."""
    assert 0.6 * tokens <= of_text(text) <= 1.6 * tokens


def test_images_are_not_counted_as_text(tmp_path: Path) -> None:
    picture = {"type": "input_image", "image_url": "data:image/png;base64," + "A" * 100_000}
    content = [{"type": "input_text", "text": "What is it?"}, picture]
    done = run(tmp_path, request(body_input=[{"role": "user", "content": content}])).ok().json
    assert done["tokens"] < 30
    assert done["files"][0]["media"] == 1
    text = run(tmp_path, request(body_input="x"), args=("-f", "text")).ok().stdout
    assert "not counted" not in text


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """30,000 lines in 60 MB: an id takes less than a hundred bytes."""
    path = tmp_path / "in.jsonl"
    filler = "word " * 400
    with path.open("w") as stream:
        for n in range(30_000):
            stream.write(json.dumps(request(custom_id=str(n), body_input=filler)) + "\n")
    child = subprocess.Popen(
        [sys.executable, "-m", "openai_cli", "batches", "check", str(path)],
        env=environment({"PYTHONPATH": str(ROOT)}),
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    unit = 1 if sys.platform == "darwin" else 1024
    limit = max(60_000_000, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit + 10_000_000)
    assert usage.ru_maxrss * unit < limit


def test_stdin_takes_the_place_of_a_file(tmp_path: Path) -> None:
    prepared = oai("batches", "prepare", "-", "-m", "m", stdin="a\nb\n").ok().stdout
    assert oai("batches", "check", "-", stdin=prepared).ok().json["requests"] == 2
    both = write(tmp_path / "in.jsonl", request(custom_id="request-2"))
    done = oai("batches", "check", str(both), "-", stdin=prepared)
    assert [(one["file"], one["line"]) for one in done.json["problems"]] == [("-", 2)]
    assert oai("batches", "check", "-", "-", stdin=prepared).code == 2
