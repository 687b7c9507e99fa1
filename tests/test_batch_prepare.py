"""`oai batches prepare`: rows become requests, and what is in them stays as it is."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openai_cli.workflows.batch.prepare_places import Template

from .support.cli import (
    ROOT,
    Outcome,
    environment,
    oai,
    oai_process,
    oai_started,
    oai_terminal,
    shell,
)


def prepare(folder: Path, *args: str, **more: Any) -> Outcome:
    """Run the command in a folder."""
    return oai("batches", "prepare", *args, cwd=folder, **more)


def bodies(outcome: Outcome) -> list[Any]:
    """The bodies of the requests on stdout."""
    return [request["body"] for request in outcome.ok().jsonl]


def test_a_request_has_everything_a_batch_wants(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\nt1,Hello\nt2,World\n")
    done = prepare(tmp_path, "in.csv", "--prompt", "Say {text}!", "-m", "m").ok()
    assert done.jsonl[1] == {
        "custom_id": "request-2",
        "method": "POST",
        "url": "/v1/responses",
        "body": {"model": "m", "input": "Say World!"},
    }
    assert done.stderr == "2 requests\n"


AWKWARD = 'braces {id} {{x}} {missing}, "quotes", \\n, line\nend\r\nand 名前 🙂'


@pytest.mark.parametrize("endpoint", ["responses", "chat"])
def test_values_are_literal(tmp_path: Path, endpoint: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["id", "text"], ["1", AWKWARD]])
    (tmp_path / "in.csv").write_bytes(text.getvalue().encode())
    args = ("in.csv", "--endpoint", endpoint, "--prompt", "<{text}>", "--system", "{text}")
    (body,) = bodies(prepare(tmp_path, *args, "-m", "m"))
    filled = f"<{AWKWARD}>"
    if endpoint == "responses":
        assert body == {"model": "m", "instructions": AWKWARD, "input": filled}
    else:
        assert [m["content"] for m in body["messages"]] == [AWKWARD, filled]


COLUMN = st.text(st.characters(exclude_characters="{}"), min_size=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(COLUMN, st.text(), min_size=1), st.text())
def test_any_value_under_any_name_arrives_as_it_is(row: dict[str, str], around: str) -> None:
    literal = around.replace("{", "{{").replace("}", "}}")
    named = {name: value for name, value in row.items() if not name.endswith(":=")}
    template = Template([literal + "{" + name + "}" + literal for name in named], typed=False)
    assert template.fill(row) == [around + value + around for value in named.values()]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.csv", '\ufeffa,b\r\n\r\n1,"x,\r\ny"\r\n\r\n2,z\r\n'),
        ("in.tsv", '\ufeffa\tb\n1\t"x,\r\ny"\n\n2\tz\n'),
        ("in.jsonl", '\ufeff{"a": "1", "b": "x,\\r\\ny"}\r\n\r\n{"a": "2", "b": "z"}'),
    ],
)
def test_tables_of_every_kind(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_bytes(content.encode())
    done = prepare(tmp_path, name, "--prompt", "{b}", "--custom-id", "a", "-m", "m")
    assert [(r["custom_id"], r["body"]["input"]) for r in done.ok().jsonl] == [
        ("1", "x,\r\ny"),
        ("2", "z"),
    ]


def test_plain_lines_need_no_prompt(tmp_path: Path) -> None:
    done = prepare(tmp_path, "-", "--endpoint", "embeddings", stdin=b"one {x}\r\n\n two\n")
    found = [body["input"] for body in bodies(done)]
    assert found == ["one {x}", " two"]
    assert bodies(done)[0]["model"] == "text-embedding-3-small"


def test_the_format_of_stdin_is_named(tmp_path: Path) -> None:
    args = ("-", "--input-format", "csv", "--prompt", "{a}")
    assert bodies(prepare(tmp_path, *args, stdin="a,b\n1,2\n"))[0]["input"] == "1"
    bad = prepare(tmp_path, "-", "--input-format", "xls", "--prompt", "{a}", stdin="")
    assert bad.code == 2
    assert "csv, tsv, jsonl, lines" in bad.stderr


def test_values_as_json(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('n,list,t\n5,"[1, true]",07\n')
    template = '{"model": "m", "input": "{t}", "top_p": "{n:=}", "x": {"y": ["{list:=}", "{n}"]}}'
    args = ("in.csv", "--endpoint", "responses", "--template", template)
    assert bodies(prepare(tmp_path, *args)) == [
        {"model": "m", "input": "07", "top_p": 5, "x": {"y": [[1, True], "5"]}}
    ]


def test_json_lines_keep_their_types(tmp_path: Path) -> None:
    row = {"s": "5", "n": 5, "list": ["a"], "none": None, "user": {"name": "Bo"}, "a.b": "dot"}
    (tmp_path / "in.jsonl").write_text(json.dumps(row))
    template = {
        "model": "m",
        "input": "{n} {list} {none} {user.name} {a.b}",
        "values": ["{s:=}", "{n:=}", "{list:=}", "{none:=}", "{user:=}", "{n}", "{list}"],
    }
    args = ("in.jsonl", "--endpoint", "responses", "--template", json.dumps(template))
    (body,) = bodies(prepare(tmp_path, *args))
    assert body["input"] == '5 ["a"] null Bo dot'
    assert body["values"] == ["5", 5, ["a"], None, {"name": "Bo"}, "5", '["a"]']


@pytest.mark.parametrize(("api", "url"), [("chat", "/v1/chat/completions"), ("responses", None)])
def test_a_saved_dry_run_is_a_template(tmp_path: Path, api: str, url: str | None) -> None:
    """What `oai … --dry-run` shows is what each request of the batch says, but for streaming."""
    question = "Translate {text} into {{JSON}}"
    saved = oai(api, "create", question, "--model", "m", "--dry-run", "-f", "jsonl").ok()
    assert saved.json["body"]["stream"] is True, "this one would stream"
    (tmp_path / "request.json").write_text(saved.stdout)
    (tmp_path / "in.csv").write_text("text\nHallo\n")
    done = prepare(tmp_path, "in.csv", "--template", "@request.json", "-m", "other").ok()
    (request,) = done.jsonl
    assert request["url"] == (url or f"/v1/{api}")
    assert "stream" not in request["body"]
    assert request["body"]["model"] == "other"
    assert "Translate Hallo into {JSON}" in json.dumps(request["body"])
    assert "left out: stream" in done.stderr


def test_a_dry_run_against_azure_is_a_template(tmp_path: Path) -> None:
    env = {"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com", "AZURE_OPENAI_API_KEY": "k"}
    env["OPENAI_API_VERSION"] = "2025-01-01-preview"
    saved = oai("chat", "create", "{line}", "--model", "dep", "--dry-run", env=env).ok()
    assert "deployments" in saved.json["url"]
    done = prepare(tmp_path, "-", "--template", saved.stdout, stdin="hi\n").ok()
    assert done.jsonl[0]["url"] == "/v1/chat/completions"


def test_a_template_of_yaml(tmp_path: Path) -> None:
    (tmp_path / "body.yaml").write_text("model: m\ninput: |\n  Say\n  {line}\n")
    args = ("-", "--template", "@body.yaml", "--endpoint", "/v1/responses")
    assert bodies(prepare(tmp_path, *args, stdin="x"))[0]["input"] == "Say\nx\n"


def test_set_lays_fields_over_the_body(tmp_path: Path) -> None:
    args = ("-", "-m", "m", "--set", "metadata.line={line}", "--set", "max_output_tokens:=50")
    (body,) = bodies(prepare(tmp_path, *args, stdin="x"))
    assert body == {
        "model": "m",
        "input": "x",
        "metadata": {"line": "x"},
        "max_output_tokens": 50,
    }


CSV = "id,text\n1,a\n2,b\n1,c\n"


@pytest.mark.parametrize(
    ("content", "args", "told"),
    [
        (CSV, ("--prompt", "{txt}"), ["line 2", "'txt'", "id, text"]),
        (CSV, ("--prompt", 'JSON like {"a": 1}'), ["no column", "{{"]),
        (CSV, ("--prompt", "open {"), ["single {", "{{"]),
        (CSV, ("--prompt", "{text}", "--custom-id", "id"), ["line 4", "'1'", "line 2"]),
        (CSV, ("--prompt", "{text}", "--custom-id", "key"), ["'key'", "id, text"]),
        ("id,text\n,a\n", ("--prompt", "{text}", "--custom-id", "id"), ["line 2", "id"]),
        (CSV, ("--prompt", "{text}", "--jq", ".custom_id"), ["--jq"]),
        (CSV, (), ["--prompt", "--template"]),
        (CSV, ("--prompt", "x", "--template", "{}"), ["--prompt"]),
        (CSV, ("--template", '{"input": "{text}"}'), ["--endpoint"]),
        (CSV, ("--template", "[1]"), ["JSON object"]),
        (CSV, ("--template", "{oops"), ["--template", "JSON"]),
        (CSV, ("--prompt", "{text}", "--endpoint", "chatt"), ["chat", "'chatt'"]),
        (CSV, ("--prompt", "{text}", "--endpoint", "/v1/videos"), ["--template"]),
        (CSV, ("--prompt", "{text}", "--endpoint", "embeddings", "--system", "x"), ["--system"]),
        (CSV, ("--prompt", "a {text:=}"), ["stand alone"]),
        (CSV, ("--prompt", "{text:=}"), ["line 2", "text", "'a'", "JSON"]),
        ("id,id\n1,2\n", ("--prompt", "x"), ["header", "'id'"]),
        ("id,text\n1\n", ("--prompt", "{text}"), ["line 2", "1 fields", "2"]),
        ('id,text\n1,"a\n', ("--prompt", "{text}"), ["line 2"]),
        ("id,text\n", ("--prompt", "{text}"), ["no rows"]),
        (b"id,text\n1,\xff\n", ("--prompt", "{text}"), ["UTF-8"]),
    ],
)
def test_mistakes_leave_nothing(
    tmp_path: Path, content: str | bytes, args: tuple[str, ...], told: list[str]
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "in.csv").write_bytes(data)
    done = prepare(tmp_path, "in.csv", *args, "-m", "m", "-o", "out.jsonl")
    assert done.code == 2
    assert all(word in done.stderr for word in told), done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv"}


@pytest.mark.parametrize(
    ("line", "told"), [('{"a": ', "JSON"), ("[1]", "object"), ('{"a": NaN}', "NaN")]
)
def test_json_lines_that_are_none(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "in.jsonl").write_text(f'{{"a": 1}}\n\n{line}\n')
    done = prepare(tmp_path, "in.jsonl", "--prompt", "{a}", "-o", "out")
    assert done.code == 2
    assert "line 3" in done.stderr
    assert told in done.stderr


def test_a_column_of_ids_that_is_not_there_is_no_matter_of_braces(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(CSV)
    done = prepare(tmp_path, "in.csv", "--prompt", "{text}", "-m", "m", "--custom-id", "key")
    assert "--custom-id" in done.stderr
    assert "{{" not in done.stderr


@pytest.mark.parametrize("output", ["in.csv", "./in.csv", "link.csv"])
def test_the_data_is_never_written_over(tmp_path: Path, output: str) -> None:
    (tmp_path / "in.csv").write_text("text\na\n")
    (tmp_path / "link.csv").symlink_to("in.csv")
    done = prepare(tmp_path, "in.csv", "--prompt", "{text}", "-m", "m", "-o", output)
    assert done.code == 2
    assert "name another file" in done.stderr
    assert (tmp_path / "in.csv").read_text() == "text\na\n"


def test_the_file_appears_whole_and_replaces_an_old_one(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("old")
    done = prepare(tmp_path, "-", "-m", "m", "-o", "out.jsonl", stdin="a\nb\n").ok()
    assert done.stdout == ""
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"out.jsonl"}


def test_what_looks_wrong_is_told(tmp_path: Path) -> None:
    same = prepare(tmp_path, "-", "--prompt", "hi", "-m", "m", stdin="a\nb\n").ok()
    assert "all requests will be the same" in same.stderr
    template = '{"model": "m", "messages": "{line}"}'
    args = ("-", "--endpoint", "chat", "--template", template)
    doubtful = prepare(tmp_path, *args, stdin="a\n").ok()
    assert "body.messages wants" in doubtful.stderr
    quiet = prepare(tmp_path, *args, "--quiet", stdin="a\n").ok()
    assert quiet.stderr == ""


def test_stdin_feeds_one_thing(tmp_path: Path) -> None:
    done = prepare(tmp_path, "-", "--template", "-", "--endpoint", "chat", stdin="{}")
    assert done.code == 2
    assert "stdin can feed one thing" in done.stderr


def test_what_is_prepared_passes_the_check(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\n1,a\n2,b\n")
    args = ("in.csv", "--endpoint", "chat", "--prompt", "{text}", "--custom-id", "id")
    prepare(tmp_path, *args, "-o", "out.jsonl").ok()
    assert oai("batches", "check", "out.jsonl", cwd=tmp_path).ok().json["requests"] == 2


def test_a_pipe_that_closes_ends_it_quietly(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("line\n" * 50_000)
    command = 'oai batches prepare in.txt -m m | head -n 1; echo "${PIPESTATUS[0]}"'
    done = shell(command, cwd=tmp_path)
    assert len(done.lines) == 2, "one request, and how oai ended"
    assert done.lines[-1] == "0"
    assert done.stderr == ""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_input(tmp_path: Path) -> None:
    """60 MB of rows go through a process that may not have much more memory than it starts with."""
    row = "x" * 3000
    (tmp_path / "in.txt").write_text((row + "\n") * 20_000)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_DATA, (90 << 20, 90 << 20)); "
        "from openai_cli.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, "batches", "prepare", "in.txt", "-m", "m", "-o", "out"],
        cwd=tmp_path,
        env=environment({"PYTHONPATH": str(ROOT)}),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").stat().st_size > 60_000_000


def test_on_a_terminal_nothing_can_drive_it(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes(b"evil \xc2\x9b31m\n")
    screen = oai_terminal("batches", "prepare", "in.txt", "-m", "m", cwd=tmp_path)
    assert screen.code == 0
    assert "\x9b" not in screen.raw
    assert "1 request" in screen.text


def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    done = oai_process("batches", "prepare", "-", "-m", "m", "-o", str(full), stdin="a\n")
    assert done.code == 1
    assert "No space left" in done.stderr


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in.txt")
    child = oai_started("batches", "prepare", "in.txt", "-m", "m", "-o", "out", cwd=tmp_path)
    with (tmp_path / "in.txt").open("wb", buffering=0) as rows:
        rows.write(b"a\n")
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=20)
    assert child.returncode == 130
    assert {path.name for path in tmp_path.iterdir()} == {"in.txt"}
