"""From argv to the request: what you type is what is sent (DESIGN 1 and 3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .support.api import completion
from .support.cli import Outcome, oai, oai_process
from .support.server import Server, reply


def body(*args: str, **options: Any) -> Any:
    """The JSON body that this command line means."""
    return dry(*args, **options)["body"]


def dry(*args: str, **options: Any) -> Any:
    """The request that this command line means."""
    return oai("--dry-run", "-f", "json", *args, **options).ok().json


def refused(*args: str, **options: Any) -> Outcome:
    """A command line that is a usage error."""
    done = oai(*args, "--dry-run", **options)
    assert (done.code, done.stdout) == (2, ""), done
    return done


# -- text -----------------------------------------------------------------------------------------

PROMPTS = [
    "Summarize: hello # 42 [draft] @joe {a: 1}",
    "  leading and trailing  ",
    "@/etc/passwd",
    "@missing.txt",
    "{not json",
    '{"a": 1}',
    "[1]",
    "42",
    "1e3",
    "null",
    "true",
    "~",
    "yes: no",
    "a: b",
    "# only a comment",
    "*anchor &x",
    "!tag",
    "line\nline\n",
    "tab\there",
    "quote ' \" `",
    "\\n \\@ $HOME $(x) %s",
    "größer 🎈 日本",
    "key=value",
    "n:=1",
    "\x1b[31m",
    ".",
    "%41",
]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_prompts_are_literal(prompt: str) -> None:
    assert body("responses", "create", prompt)["input"] == prompt
    (message,) = body("chat", "create", prompt)["messages"]
    assert message == {"role": "user", "content": prompt}


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_prompt_is_literal(prompt: str) -> None:
    if prompt == "-":
        return
    assert body("responses", "create", "--", prompt)["input"] == prompt


@pytest.mark.parametrize("prompt", PROMPTS)
def test_text_options_are_literal(prompt: str) -> None:
    assert body("responses", "create", "x", "--instructions", prompt)["instructions"] == prompt
    assert body("responses", "create", f"--instructions={prompt}")["instructions"] == prompt
    assert body("responses", "create", "--input", prompt)["input"] == prompt


def test_through_a_real_argv(server: Server) -> None:
    prompt = "Summarize: hello # 42 [draft] @joe {a: 1}\n 'x' é"
    server.answer(reply(completion("ok")))
    oai_process("chat", "create", prompt, "--no-stream", server=server).ok()
    assert server.only.json["messages"][0]["content"] == prompt


def test_a_prompt_that_looks_like_an_option_goes_behind_two_dashes() -> None:
    assert body("responses", "create", "--", "--dry-run")["input"] == "--dry-run"
    done = refused("responses", "create", "--please")
    assert "there is no option --please" in done.stderr
    assert "--set NAME=VALUE" in done.stderr


def test_only_what_sends_fields_is_said_to_send_them() -> None:
    done = refused("sessions", "list", "--please")
    assert "see `oai sessions list --help`" in done.stderr
    assert "--set" not in done.stderr


def test_an_empty_option_is_an_empty_text() -> None:
    assert body("responses", "create", "x", "--instructions", "")["instructions"] == ""


def test_invalid_utf8_is_a_usage_error() -> None:
    done = oai_process("responses", "create", b"caf\xe9", "--dry-run")
    assert (done.code, done.stdout) == (2, "")
    assert "not valid UTF-8" in done.stderr
    assert "Traceback" not in done.stderr


# -- scalars --------------------------------------------------------------------------------------


def test_numbers_and_booleans_are_parsed() -> None:
    found = body(
        *("chat", "create", "x", "--temperature", "0.5", "--seed", "-7", "--n", "2"),
        *("--store", "--no-logprobs", "--max-completion-tokens=10"),
    )
    assert (found["temperature"], found["seed"], found["n"]) == (0.5, -7, 2)
    assert (found["store"], found["logprobs"]) == (True, False)
    assert found["max_completion_tokens"] == 10


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--seed", "1.5"),
        ("--seed", "many"),
        ("--seed", ""),
        ("--temperature", "hot"),
        ("--temperature", "nan"),
    ],
)
def test_what_does_not_parse_names_its_option(option: str, text: str) -> None:
    done = refused("chat", "create", "x", option, text)
    assert option in done.stderr and "number" in done.stderr


def test_unknown_enum_values_pass() -> None:
    found = body("chat", "create", "x", "--reasoning-effort", "cosmic")
    assert found["reasoning_effort"] == "cosmic"
    assert body("responses", "create", "x", "--model", "gpt-99")["model"] == "gpt-99"
    assert body("chat", "create", "x", "--tool-choice", "tomorrow")["tool_choice"] == "tomorrow"


def test_a_closed_string_beside_an_object() -> None:
    choice = {"type": "function", "function": {"name": "f"}}
    assert body("chat", "create", "x", "--tool-choice", "auto")["tool_choice"] == "auto"
    assert body("chat", "create", "x", "--tool-choice", json.dumps(choice))["tool_choice"] == choice
    done = refused("chat", "create", "x", "--tool-choice", '{"type": ')
    assert "--tool-choice is not valid JSON" in done.stderr


def test_nested_scalars_are_dotted() -> None:
    found = body(
        *("responses", "create", "x", "--reasoning.effort", "high"),
        *("--text.verbosity", "low", "--reasoning.summary", "auto"),
    )
    assert found["reasoning"] == {"effort": "high", "summary": "auto"}
    assert found["text"] == {"verbosity": "low"}


def test_a_dotted_option_joins_its_object() -> None:
    whole = '{"summary": "auto", "effort": "low"}'
    found = body("responses", "create", "x", "--reasoning.effort", "high", "--reasoning", whole)
    assert found["reasoning"] == {"summary": "auto", "effort": "high"}


# -- arrays, maps, objects ------------------------------------------------------------------------


def test_arrays_repeat() -> None:
    found = body("responses", "create", "x", "--include", "a,b", "--include", "c")
    assert found["include"] == ["a,b", "c"]
    assert body("responses", "create", "x", "--include", "a")["include"] == ["a"]


def test_a_union_of_text_and_array() -> None:
    assert body("embeddings", "create", "one")["input"] == "one"
    assert body("embeddings", "create", "one", "two", "[3]")["input"] == ["one", "two", "[3]"]
    assert body("chat", "create", "x", "--stop", "a")["stop"] == "a"
    assert body("chat", "create", "x", "--stop", "a", "--stop", "b")["stop"] == ["a", "b"]


def test_arrays_in_queries_get_brackets() -> None:
    found = dry("responses", "retrieve", "resp_1", "--include", "a", "--include", "b")
    assert found["url"].endswith("/responses/resp_1?include%5B%5D=a&include%5B%5D=b")


@pytest.mark.parametrize(
    ("args", "metadata"),
    [
        (["--metadata", "team=search"], {"team": "search"}),
        (["--metadata", "a=1", "--metadata", "b= x=y "], {"a": "1", "b": " x=y "}),
        (["--metadata", '{"a": "1", "b": ""}'], {"a": "1", "b": ""}),
        (["--metadata", "a="], {"a": ""}),
    ],
)
def test_maps(args: list[str], metadata: dict[str, str]) -> None:
    assert body("responses", "create", "x", *args)["metadata"] == metadata


def test_a_map_entry_without_equals() -> None:
    assert "--metadata wants key=value" in refused("chat", "create", "x", "--metadata", "a").stderr


def test_a_map_of_numbers() -> None:
    found = body("chat", "create", "x", "--logit-bias", "50256=-100")
    assert found["logit_bias"] == {"50256": -100}


TOOLS = [{"type": "function", "function": {"name": "f"}}]


def test_objects_as_json() -> None:
    assert body("chat", "create", "x", "--tools", json.dumps(TOOLS))["tools"] == TOOLS
    assert body("chat", "create", "x", "--tools", json.dumps(TOOLS[0]))["tools"] == TOOLS
    found = body("chat", "create", "x", "--audio", '{"format": "mp3"}')
    assert found["audio"] == {"format": "mp3"}


@pytest.mark.parametrize("name", ["tools.json", "tools.yaml", "tools.yml"])
def test_objects_from_files(tmp_path: Path, name: str) -> None:
    text = json.dumps(TOOLS) if name.endswith("json") else "- type: function\n  function: {name: f}"
    (tmp_path / name).write_text(text)
    found = body("chat", "create", "x", "--tools", f"@{name}", cwd=tmp_path)
    assert found["tools"] == TOOLS


def test_objects_from_stdin() -> None:
    found = body("chat", "create", "x", "--tools", "-", stdin=json.dumps(TOOLS))
    assert found["tools"] == TOOLS
    assert found["messages"] == [{"role": "user", "content": "x"}]


@pytest.mark.parametrize("text", ["{", "nope", "@missing.json", "{'a': 1}", "NaN"])
def test_bad_json_names_its_option(text: str, tmp_path: Path) -> None:
    done = refused("chat", "create", "x", "--audio", text, cwd=tmp_path)
    assert "--audio" in done.stderr or "missing.json" in done.stderr


# -- --set and --body -----------------------------------------------------------------------------


def test_set_reaches_anything(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text(" # text\n")
    (tmp_path / "data.yaml").write_text("a: [1, 2]")
    found = body(
        *("chat", "create", "x", "--set", "new.deep[0].x=1", "--set", "new.deep[0].y:=1"),
        *("--set", "text=@note.txt", "--set", "doc:=@data.yaml", "--set", r"at=\@joe"),
        *("--set", "temperature:=null", "--set", "messages[0].name=ann"),
        cwd=tmp_path,
    )
    assert found["new"] == {"deep": [{"x": "1", "y": 1}]}
    assert (found["text"], found["doc"], found["at"]) == (" # text\n", {"a": [1, 2]}, "@joe")
    assert found["temperature"] is None
    assert found["messages"] == [{"role": "user", "content": "x", "name": "ann"}]


def test_set_in_the_query_of_a_get() -> None:
    found = dry("models", "list", "--set", "new=a b", "--set", "n:=[1,2]")
    assert found["url"].endswith("/models?new=a+b&n%5B%5D=1&n%5B%5D=2")


def test_set_on_a_path_parameter() -> None:
    assert dry("models", "retrieve", "--set", "model=m")["url"].endswith("/models/m")


def test_options_over_body_and_set_over_both(tmp_path: Path) -> None:
    whole = {"model": "body", "temperature": 0.1, "seed": 1, "messages": [], "x": {"y": 1, "z": 2}}
    (tmp_path / "b.json").write_text(json.dumps(whole))
    found = body(
        *("chat", "create", "--body", "b.json", "--model", "option", "--seed", "2"),
        *("--set", "seed:=3", "--set", "x.y:=4"),
        cwd=tmp_path,
    )
    assert (found["model"], found["temperature"], found["seed"]) == ("option", 0.1, 3)
    assert found["x"] == {"y": 4, "z": 2}
    assert found["messages"] == []


@pytest.mark.parametrize("how", ["literal", "stdin", "json", "at", "yaml"])
def test_bodies(how: str, tmp_path: Path) -> None:
    text = '{"model": "m", "input": "i"}'
    (tmp_path / "b.json").write_text(text)
    (tmp_path / "b.yaml").write_text("model: m\ninput: i\n")
    name = {"literal": text, "stdin": "-", "json": "b.json", "at": "@b.json", "yaml": "b.yaml"}[how]
    found = body("embeddings", "create", "--body", name, stdin=text, cwd=tmp_path)
    assert found == {"model": "m", "input": "i"}


@pytest.mark.parametrize("text", ["[1]", "{", "missing.json", '"x"'])
def test_bodies_that_are_none(text: str, tmp_path: Path) -> None:
    refused("embeddings", "create", "--body", text, cwd=tmp_path)


def test_dotted_options_on_top_of_a_body() -> None:
    whole = '{"input": "i", "reasoning": {"effort": "low", "summary": "auto"}}'
    found = body("responses", "create", "--body", whole, "--reasoning.effort", "high")
    assert found["reasoning"] == {"effort": "high", "summary": "auto"}


# -- what is missing, unknown or twice ------------------------------------------------------------


def test_everything_missing_is_named_at_once(server: Server) -> None:
    done = oai("files", "create", server=server)
    assert done.code == 2
    assert "FILE" in done.stderr and "--purpose" in done.stderr
    assert server.requests == []


def test_one_missing_argument(server: Server) -> None:
    done = oai("models", "retrieve", server=server)
    assert (done.code, server.requests) == (2, [])
    assert "missing argument: MODEL" in done.stderr


def test_the_nearest_of_several_sets() -> None:
    done = refused("audio", "voices", "create", "--name", "n", "--prompt", "p")
    assert "--type" in done.stderr and "--audio-sample" not in done.stderr


def test_a_body_counts_for_what_is_required() -> None:
    assert body("vector-stores", "search", "vs_1", "--body", '{"query": "q"}') == {"query": "q"}


def test_given_twice() -> None:
    done = refused("responses", "create", "one", "--input", "two")
    assert "input is given twice" in done.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["chat", "crate"], "did you mean `oai chat create`"),
        (["respones"], "did you mean `oai responses`"),
        (["jobs"], "oai fine-tuning jobs"),
        (["chat", "create", "x", "--temprature", "1"], "did you mean --temperature"),
        (["chat", "create", "x", "--nonsense", "1"], "--set NAME=VALUE"),
        (["models", "list", "extra"], "extra"),
    ],
)
def test_suggestions(args: list[str], words: str) -> None:
    done = refused(*args)
    assert words in done.stderr


def test_options_are_never_abbreviated() -> None:
    refused("chat", "create", "x", "--temp", "1")


# -- global options before and after --------------------------------------------------------------


def test_global_options_anywhere() -> None:
    expected = dry("models", "list", "--organization", "org-1", "-H", "X-A: 1")
    before = oai("--organization", "org-1", "-H", "X-A: 1", "--dry-run", "models", "list").ok()
    between = oai("models", "--organization", "org-1", "list", "--dry-run", "-H", "X-A: 1").ok()
    assert before.json == between.json == expected
    assert expected["headers"]["OpenAI-Organization"] == "org-1"
    assert expected["headers"]["X-A"] == "1"


def test_the_innermost_speaks_last_and_headers_add_up() -> None:
    done = oai(
        *("--project", "outer", "-H", "X-A: 1", "models", "list", "--dry-run"),
        *("--project", "inner", "-H", "X-B: 2"),
    ).ok()
    headers = done.json["headers"]
    assert (headers["OpenAI-Project"], headers["X-A"], headers["X-B"]) == ("inner", "1", "2")


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--timeout", "soon"),
        ("--timeout", "0"),
        ("--timeout", "-1"),
        ("--timeout", "inf"),
        ("--max-retries", "-1"),
        ("--max-retries", "1.5"),
        ("--max-items", "x"),
        ("--format", "xml"),
        ("--color", "sometimes"),
        ("--base-url", "api.openai.com"),
        ("--base-url", "http://[::1"),
        ("-H", "no colon"),
        ("--profile", "nobody"),
    ],
)
def test_global_options_are_checked(option: str, text: str) -> None:
    for args in ((option, text, "models", "list"), ("models", "list", option, text)):
        refused(*args)


def test_an_option_without_its_value() -> None:
    refused("models", "list", "--format")
    assert oai("models", "list", "--timeout").code == 2
