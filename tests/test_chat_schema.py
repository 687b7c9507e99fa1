"""Answers of a given shape: asked for, checked, and shown as values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .support.api import chat, chunk, completion, response, response_events
from .support.cli import oai, oai_terminal
from .support.server import Answer, Server, reply, sse

BOTH = pytest.mark.parametrize("command", ["chat", "responses"])
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
ANN = '{"name": "Ann", "age": 5}'
MODEL = '''
from pydantic import BaseModel, field_validator

class Person(BaseModel):
    """A person."""
    name: str
    age: int

    @field_validator("age")
    @classmethod
    def adult(cls, age: int) -> int:
        if age < 18:
            raise ValueError("too young")
        return age
'''


def live(command: str, text: str, **fields: Any) -> Answer:
    if command == "chat":
        return sse(chat(*text))
    return sse(response_events([*text], **fields))


def whole(command: str, text: str) -> Answer:
    return reply(completion(text) if command == "chat" else response(text))


def asked(command: str, body: dict[str, Any]) -> dict[str, Any]:
    """The schema as it was sent, with its name and strictness."""
    if command == "chat":
        assert body["response_format"]["type"] == "json_schema"
        found: dict[str, Any] = body["response_format"]["json_schema"]
    else:
        found = dict(body["text"]["format"])
        assert found.pop("type") == "json_schema"
    return found


# -- what is sent ---------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("source", ["literal", "file", "@file", "yaml", "short", "model", "stdin"])
def test_every_source(command: str, source: str, tmp_path: Path) -> None:
    (tmp_path / "person.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "person.yaml").write_text(
        "type: object\nproperties: {name: {type: string}, age: {type: integer}}"
    )
    (tmp_path / "shapes.py").write_text(MODEL)
    given = {
        "literal": json.dumps(SCHEMA),
        "file": "person.json",
        "@file": "@person.json",
        "yaml": "person.yaml",
        "short": "name, age int",
        "model": "shapes.py:Person",
        "stdin": "-",
    }[source]
    stdin = json.dumps(SCHEMA) if source == "stdin" else None
    args = ("create", "x", "--schema", given, "--dry-run")
    body = oai(command, *args, cwd=tmp_path, stdin=stdin).ok().json["body"]
    found = asked(command, body)
    assert found["strict"] is True
    assert list(found["schema"]["properties"]) == ["name", "age"]
    assert found["schema"]["required"] == ["name", "age"]
    assert found["schema"]["additionalProperties"] is False
    text = body["messages"][0]["content"] if command == "chat" else body["input"]
    assert text == "x", "a schema on stdin is no prompt"


def test_other_settings_of_the_text_stay() -> None:
    args = ("--schema", "a", "--text.verbosity", "low", "--dry-run")
    body = oai("responses", "create", "x", *args).ok().json["body"]
    assert body["text"]["verbosity"] == "low" and body["text"]["format"]["strict"] is True


@BOTH
def test_a_list_of_objects(command: str) -> None:
    args = ("create", "x", "--schema-multi", "name, age int", "--dry-run")
    found = asked(command, oai(command, *args).ok().json["body"])
    items = found["schema"]["properties"]["items"]
    assert found["schema"]["required"] == ["items"] and items["type"] == "array"
    assert list(items["items"]["properties"]) == ["name", "age"]


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("--schema", "a", "--schema-multi", "b"), "exclude"),
        (("--schema", ""), "--schema is empty"),
        (("--schema", "missing.json"), "missing.json"),
        (("--schema", '{"type": "nonsense"}'), "JSON Schema"),
        (("--schema", '{"type": "object", '), "schema"),
        (("--schema", '{"type": "array", "items": {"type": "string"}}'), "object"),
    ],
)
def test_bad_schemas(args: tuple[str, ...], word: str) -> None:
    done = oai("chat", "create", "x", *args, "--dry-run")
    assert done.code == 2 and word in done.stderr


# -- what comes back ------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("args", [(), ("-f", "text"), ("--stream",)])
def test_live_text_is_the_models_own(server: Server, command: str, args: tuple[str, ...]) -> None:
    server.answer(live(command, ANN))
    done = oai(command, "create", "x", "--schema", "name, age int", *args, server=server).ok()
    assert done.stdout == ANN + "\n"


@BOTH
def test_json_and_jsonl_are_the_value(server: Server, command: str) -> None:
    schema = ("create", "x", "--schema", "name, age int")
    server.answer(whole(command, ANN), whole(command, ANN), whole(command, ANN))
    assert oai(command, *schema, "-f", "json", server=server).ok().json == json.loads(ANN)
    assert oai(command, *schema, "-f", "jsonl", server=server).ok().jsonl == [json.loads(ANN)]
    done = oai(command, *schema, "-f", "json", "--stream", "--jq", ".name", server=server).ok()
    assert done.stdout == "Ann\n"


def test_a_value_on_a_terminal_is_not_laid_out(server: Server) -> None:
    server.answer(sse(chat('{"name": "*x* `y`"}')))
    found = oai_terminal("chat", "create", "x", "--schema", "name", server=server)
    assert found.text == '{"name": "*x* `y`"}'


@BOTH
@pytest.mark.parametrize("style", ["auto", "json"])
def test_a_list_is_a_list(server: Server, command: str, style: str) -> None:
    server.answer(whole(command, '{"items": [{"a": 1}, {"a": 2}]}'))
    args = ("create", "x", "--schema-multi", "a int", "-f", style)
    assert oai(command, *args, server=server).ok().json == [{"a": 1}, {"a": 2}]


@BOTH
def test_an_object_a_line(server: Server, command: str) -> None:
    server.answer(whole(command, '{"items": [{"a": 1}, {"a": 2}]}'))
    args = ("create", "x", "--schema-multi", "a int", "-f", "jsonl")
    assert oai(command, *args, server=server).ok().stdout == '{"a":1}\n{"a":2}\n'


@pytest.mark.parametrize("style", ["csv", "table"])
def test_a_list_is_a_table(server: Server, style: str) -> None:
    server.answer(whole("chat", '{"items": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}'))
    args = ("create", "x", "--schema-multi", "a int, b", "-f", style)
    lines = oai("chat", *args, server=server).ok().lines
    assert len(lines) == 3 and lines[0].lower().replace(",", " ").split() == ["a", "b"]


# -- what does not fit ----------------------------------------------------------------------------

STYLES = pytest.mark.parametrize("style", ["auto", "json", "jsonl"])


def either(command: str, style: str, text: str) -> Answer:
    return live(command, text) if style == "auto" else whole(command, text)


@BOTH
@STYLES
@pytest.mark.parametrize("text", ['{"name": "Ann"}', "Sure! {", '{"name": "A", "age": "x"}'])
def test_a_misfit(server: Server, command: str, style: str, text: str) -> None:
    server.answer(either(command, style, text))
    args = ("create", "x", "--schema", "name, age int", "-f", style)
    done = oai(command, *args, server=server)
    assert done.code == 8
    assert done.stdout == text + "\n", "the raw text is kept"
    assert "does not fit the schema" in done.stderr


@STYLES
def test_a_models_own_rules_count(server: Server, style: str, tmp_path: Path) -> None:
    (tmp_path / "shapes.py").write_text(MODEL)
    server.answer(either("chat", style, ANN))
    args = ("create", "x", "--schema", "shapes.py:Person", "-f", style)
    done = oai("chat", *args, server=server, cwd=tmp_path)
    assert done.code == 8 and done.stdout == ANN + "\n" and "too young" in done.stderr


@STYLES
def test_a_refused_chat(server: Server, style: str) -> None:
    if style == "auto":
        said = [chunk("", role="assistant"), chunk(None, refusal="No."), chunk(finish="stop")]
        server.answer(sse(said))
    else:
        server.answer(reply(completion(None, refusal="No.")))  # type: ignore[arg-type]
    done = oai("chat", "create", "x", "--schema", "a", "-f", style, server=server)
    assert done.code == 8 and done.stdout == "No.\n" and "refused" in done.stderr


@STYLES
def test_a_refused_response(style: str) -> None:
    args = ("create", "refuse to answer", "--schema", "a", "-f", style, "--sandbox")
    done = oai("responses", *args)
    assert done.code == 8 and done.stdout.startswith("Sorry") and "refused" in done.stderr


@STYLES
def test_a_chat_that_is_cut_off(server: Server, style: str) -> None:
    text = '{"name": "An'
    answer = (
        sse(chat(text, finish="length")) if style == "auto" else reply(completion(text, "length"))
    )
    server.answer(answer)
    done = oai("chat", "create", "x", "--schema", "name", "-f", style, server=server)
    assert done.code == 8 and done.stdout == text + "\n" and "cut off" in done.stderr


@STYLES
def test_a_response_that_is_cut_off(server: Server, style: str) -> None:
    text, why = '{"name": "An', {"incomplete_details": {"reason": "max_output_tokens"}}
    if style == "auto":
        server.answer(sse(response_events([text], status="incomplete", **why)))
    else:
        server.answer(reply(response(text, "incomplete", **why)))
    done = oai("responses", "create", "x", "--schema", "name", "-f", style, server=server)
    assert done.code == 8 and done.stdout == text + "\n" and "cut off" in done.stderr


def test_a_dropped_stream_is_a_network_error(server: Server) -> None:
    server.answer(sse(chat('{"name"')[:-1], done=False, end="cut"))
    done = oai("chat", "create", "x", "--schema", "name", server=server)
    assert done.code == 7 and done.stdout == '{"name"\n'


def test_a_misfit_in_a_file(server: Server, tmp_path: Path) -> None:
    server.answer(reply(completion("oops")), reply(completion(ANN)))
    out = tmp_path / "out.json"
    args = ("create", "x", "--schema", "name, age int", "-f", "json", "-o", str(out))
    done = oai("chat", *args, server=server)
    assert done.code == 8 and not out.exists()
    assert (tmp_path / "out.json.partial").read_text() == "oops\n"
    assert oai("chat", *args, server=server).ok().stdout == ""
    assert json.loads(out.read_text()) == json.loads(ANN)


def test_a_misfit_in_json_errors(server: Server) -> None:
    server.answer(reply(completion("oops")))
    done = oai("chat", "create", "x", "--schema", "name", "-f", "json", server=server)
    assert done.error["type"] == "outcome"


# -- the sandbox ----------------------------------------------------------------------------------


@BOTH
def test_the_sandbox_conforms(command: str) -> None:
    args = ("create", "a person", "--schema", "name, age int, tags[]", "-f", "json", "--sandbox")
    value = oai(command, *args).ok().json
    assert isinstance(value["name"], str) and isinstance(value["age"], int)
    args = ("create", "people", "--schema-multi", "name, age int", "-f", "jsonl", "--sandbox")
    assert all(set(line) == {"name", "age"} for line in oai(command, *args).ok().jsonl)
