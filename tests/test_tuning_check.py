"""`oai fine-tuning check`, and `jobs create`, which checks before it uploads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openai_cli.workflows.tuning.check import check

from .support.cli import Outcome, oai, oai_terminal
from .support.server import Server, reply

USER = {"role": "user", "content": "What is it?"}
ANSWER = {"role": "assistant", "content": "A test."}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def call(name: str = "f", arguments: Any = "{}", id: Any = "c1") -> dict[str, Any]:
    """An assistant's message that calls a tool."""
    made = {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "tool_calls": [made]}


def result(id: str = "c1") -> dict[str, Any]:
    """A tool's answer."""
    return {"role": "tool", "tool_call_id": id, "content": "4"}


def chat(*messages: Any, **more: Any) -> dict[str, Any]:
    """A conversation, a good one unless messages are given."""
    return {"messages": list(messages) or [USER, ANSWER], **more}


def pair(**changes: Any) -> dict[str, Any]:
    """An example of a preference."""
    other = {"role": "assistant", "content": "I cannot say."}
    made = {"input": chat(USER), "preferred_output": [ANSWER], "non_preferred_output": [other]}
    return {**made, **changes}


def question(**more: Any) -> dict[str, Any]:
    """An example for reinforcement."""
    return {"messages": [USER], "answer": "4", **more}


def run(
    folder: Path, *rows: Any, args: tuple[str, ...] = (), fill: Any = None, count: int = 10
) -> Outcome:
    """Check a file of these rows, filled up with good examples to ten."""
    filler = chat() if fill is None else fill
    made = list(rows)
    for n in range(count - len(rows)):
        made.append({**filler, "n": n + 100} if "answer" in filler else spread(filler, n))
    raw = [row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in made]
    (folder / "train.jsonl").write_bytes(b"".join(raw))
    return oai("fine-tuning", "check", "train.jsonl", *args, cwd=folder)


def spread(example: dict[str, Any], n: int) -> dict[str, Any]:
    """The example once more, different from the others."""
    return json.loads(json.dumps(example).replace("What is it?", f"What is it? {n}"))  # type: ignore[no-any-return]


def problems(outcome: Outcome, level: str = "error") -> list[tuple[int | None, str]]:
    """Line and sentence of every problem of a level."""
    found = outcome.json["problems"]
    return [(one["line"], one["problem"]) for one in found if one["level"] == level]


GOOD = [
    chat(),
    chat({"role": "system", "content": "Be short."}, USER, ANSWER, USER, {**ANSWER, "weight": 1}),
    chat(USER, {**ANSWER, "weight": 0}, USER, ANSWER),
    chat({"role": "developer", "content": "x"}, USER, ANSWER),
    chat(USER, call(), tools=[TOOL], parallel_tool_calls=False),
    chat(USER, call(), result(), ANSWER, tools=[TOOL]),
    chat(
        USER,
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        functions=[{"name": "f"}],
    ),
    chat(
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look:"},
                {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
            ],
        },
        ANSWER,
    ),
    chat(USER, {"role": "assistant", "content": None, "refusal": "No."}),
    {"prompt": "Say hi", "completion": "hi"},
]


def test_good_examples_have_no_problems(tmp_path: Path) -> None:
    done = run(tmp_path, *GOOD).ok()
    assert done.json["problems"] == []
    assert {k: done.json[k] for k in ("ok", "method", "examples", "errors", "warnings")} == {
        "ok": True,
        "method": "supervised",
        "examples": 10,
        "errors": 0,
        "warnings": 0,
    }
    assert 0 < done.json["longest"] < done.json["tokens"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (b"{oops\n", "not valid JSON"),
        ([1], "an array, not an example"),
        ({"text": "x"}, "messages is missing"),
        (chat() | {"messages": []}, "messages is empty"),
        (chat() | {"messages": "x"}, "messages wants an array"),
        (chat(USER), "must end with the assistant's answer"),
        (chat("x", ANSWER), "messages[0] wants an object"),
        (chat({"role": "bot", "content": "x"}, ANSWER), "messages[0].role wants one of"),
        (chat({"content": "x"}, ANSWER), "messages[0].role"),
        (chat({"role": "user"}, ANSWER), "messages[0].content is missing"),
        (chat(USER, {"role": "assistant"}), "messages[1].content is missing"),
        (chat({"role": "user", "content": 5}, ANSWER), "wants text or parts, not the number 5"),
        (chat({"role": "user", "content": []}, ANSWER), "messages[0].content is empty"),
        (chat({"role": "user", "content": ["x"]}, ANSWER), "content[0] wants an object"),
        (chat({"role": "user", "content": [{"type": "text"}]}, ANSWER), "content[0].text wants"),
        (
            chat({"role": "system", "content": [{"type": "image_url"}]}, USER, ANSWER),
            "only users send images",
        ),
        (chat({**USER, "weight": 1}, ANSWER), "only assistants have one"),
        (chat(USER, {**ANSWER, "weight": 0.5}), "wants 0 or 1, not the number 0.5"),
        (chat(USER, {**ANSWER, "weight": True}), "wants 0 or 1"),
        (chat(USER, {**ANSWER, "weight": 0}), "teach nothing"),
        (chat(USER, call("g"), tools=[TOOL]), "calls 'g', which is none of the tools"),
        (chat(USER, call(arguments="{"), tools=[TOOL]), "arguments is no JSON object"),
        (chat(USER, call(arguments={}), tools=[TOOL]), "arguments wants JSON as a text"),
        (chat(USER, call(id=None), tools=[TOOL]), "tool_calls[0].id is missing"),
        (chat(USER, {"role": "assistant", "tool_calls": {}}), "tool_calls wants an array"),
        (chat({**USER, "tool_calls": []}, ANSWER), "only assistants call"),
        (chat(USER, call(), ANSWER, tools=[TOOL]), "before the tool's answer to 'c1'"),
        (chat(USER, result(), ANSWER), "answers no open call: 'c1'"),
        (chat(USER, call(), result("c2"), tools=[TOOL]), "answers no open call: 'c2'"),
        (chat(USER, call(), result() | {"tool_call_id": []}, tools=[TOOL]), "answers no open call"),
        (chat(tools=[]), "tools wants an array"),
        (chat(tools=[TOOL, TOOL]), "is a second tool called 'f'"),
        (chat(tools=[{"type": "function"}]), "tools[0].function.name wants a name"),
        (chat(tools=[{"function": {"name": "a b"}}]), "tools[0].function.name wants a name"),
        (chat(tools=[{"function": {"name": "a", "parameters": 1}}]), "wants a JSON schema"),
        (chat(parallel_tool_calls=1), "parallel_tool_calls wants true or false"),
        ({"prompt": "x", "completion": ""}, "completion is empty"),
        ({"prompt": "x"}, "completion wants a text"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, row: Any, told: str) -> None:
    done = run(tmp_path, chat(), row)
    assert done.code == 2
    found = problems(done)
    assert {line for line, _ in found} == {2}, found
    assert told in " / ".join(text for _, text in found)
    assert "error" in done.stderr


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (chat(USER, {**ANSWER, "content": " "}), "messages[1].content is empty"),
        (chat(ANSWER), "have no question"),
        (chat(USER, {"role": "system", "content": "x"}, ANSWER), "after the beginning"),
        (chat(USER, call()), "the example has no tools"),
        (chat(USER, {**ANSWER, "content": "word " * 100}), "has about"),
        (chat(note="x"), "note is no field of this format"),
        (b"  \n", "is an empty line"),
    ],
)
def test_what_is_hardly_meant_is_a_warning(tmp_path: Path, row: Any, told: str) -> None:
    done = run(tmp_path, chat(), row, count=11, args=("--max-tokens", "50")).ok()
    ((line, text),) = problems(done, "warning")
    assert line == 2
    assert told in text


def test_duplicates_and_too_few(tmp_path: Path) -> None:
    done = run(tmp_path, *[chat()] * 3, count=3)
    assert problems(done, "warning") == [(2, "is the same as line 1"), (3, "is the same as line 1")]
    assert problems(done) == [(None, "has 3 examples; the API wants 10 at the least")]
    assert problems(run(tmp_path, b"", count=1))[-1][0] is None, "and a file without any"


def test_preferences(tmp_path: Path) -> None:
    done = run(tmp_path, pair(), fill=pair()).ok()
    assert (done.json["method"], done.json["problems"]) == ("preference", [])


@pytest.mark.parametrize(
    ("row", "level", "told"),
    [
        (pair(input=None), "error", "input wants an object"),
        (pair(input={}), "error", "input.messages is missing"),
        (pair(input=chat(USER, ANSWER)), "error", "input.messages must end before the answers"),
        (pair(preferred_output=[]), "error", "preferred_output is empty"),
        (pair(preferred_output="x"), "error", "preferred_output wants an array"),
        (pair(non_preferred_output=[USER]), "error", "may hold answers only"),
        (pair(preferred_output=[call("g")]), "warning", "preferred_output[0].tool_calls[0]"),
        (pair(input=chat(USER, tools=[TOOL]), preferred_output=[call("g")]), "error", "'g'"),
        (pair(non_preferred_output=[ANSWER]), "warning", "are the same"),
        (pair(extra=1), "warning", "extra is no field"),
    ],
)
def test_preferences_that_are_none(tmp_path: Path, row: Any, level: str, told: str) -> None:
    done = run(tmp_path, pair(), row, fill=pair())
    assert done.code == (2 if level == "error" else 0)
    ((line, text),) = problems(done, level)
    assert line == 2
    assert told in text


def test_reinforcement(tmp_path: Path) -> None:
    done = run(tmp_path, question(n=0), fill=question()).ok()
    assert (done.json["method"], done.json["problems"]) == ("reinforcement", [])
    wrong = run(tmp_path, question(n=0), chat(answer="x", n=1), fill=question())
    assert problems(wrong) == [
        (2, "messages must end with the user's message; the model answers in training")
    ]
    thin = run(tmp_path, question(n=0), {"messages": [USER], "n": 1}, fill=question()).ok()
    assert problems(thin, "warning") == [(2, "lacks answer, which the first example has")]
    args = ("--method", "reinforcement")
    bare = run(tmp_path, chat(USER), args=args, fill=chat(USER)).ok()
    assert problems(bare, "warning") == [(1, "has no field beside messages for a grader")]


def test_the_method_can_be_named(tmp_path: Path) -> None:
    assert run(tmp_path, args=("--method", "dpo")).json["method"] == "preference"
    assert run(tmp_path, args=("--method", "supervised")).ok().json["ok"]
    bad = run(tmp_path, args=("--method", "magic"))
    assert bad.code == 2
    assert "supervised, preference, dpo, reinforcement" in bad.stderr


def test_a_limit_of_tokens_is_a_limit(tmp_path: Path) -> None:
    bad = run(tmp_path, args=("--max-tokens", "0"))
    assert bad.code == 2
    assert "--max-tokens wants 1" in bad.stderr


def test_a_deep_line_is_a_mistake_like_others(tmp_path: Path) -> None:
    schema: Any = {}
    for _ in range(700):
        schema = {"a": schema}
    tools = [{"function": {"name": "f", "parameters": schema}}]
    assert problems(run(tmp_path, chat(tools=tools))) == [(1, "is nested too deeply")]
    assert problems(run(tmp_path, b"[" * 200_000 + b"\n"))[0] == (
        1,
        "is not valid JSON: nested too deeply",
    )


def test_rows_and_the_terminal(tmp_path: Path) -> None:
    done = run(tmp_path, chat(USER), args=("-f", "csv"))
    assert done.lines[0] == "file,line,level,problem"
    assert done.lines[1].startswith("train.jsonl,1,error,")
    assert "examples  10" in done.stderr
    screen = oai_terminal("fine-tuning", "check", "train.jsonl", cwd=tmp_path, columns=200)
    assert screen.code == 2
    assert "train.jsonl:1: error: messages must end" in screen.text
    assert "result    1 error" in screen.text


def test_stdin_takes_the_place_of_a_file() -> None:
    rows = "".join(json.dumps(row) + "\n" for row in GOOD)
    assert oai("fine-tuning", "check", "-", stdin=rows).ok().json["examples"] == len(GOOD)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = oai("fine-tuning", "check", "nothing.jsonl", cwd=tmp_path)
    assert done.code == 2
    assert "cannot read nothing.jsonl" in done.stderr


def test_all_are_counted_and_few_kept(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("{\n" * 50)
    report = check(tmp_path / "x.jsonl", keep=3)
    assert (len(report.problems), report.errors) == (3, 50)


# -- oai fine-tuning jobs create ------------------------------------------------------------------

CREATE = ("fine-tuning", "jobs", "create", "--model", "m", "--training-file")
METHOD = ("--method.type", "dpo")


def train(folder: Path, name: str, *rows: Any) -> str:
    """A file of examples, as it is named on the command line."""
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return "@" + name


def ten(example: dict[str, Any]) -> list[Any]:
    """Ten of a kind."""
    return [spread(example, n) for n in range(10)]


def test_what_is_right_is_uploaded_and_trained_on(tmp_path: Path, server: Server) -> None:
    good = train(tmp_path, "good.jsonl", *ten(chat()))
    few = train(tmp_path, "few.jsonl", chat())
    server.answer(reply({"id": "file-1"}), reply({"id": "file-2"}), reply({"id": "ftjob-1"}))
    args = (*CREATE, good, "--validation-file", few)
    done = oai(*args, cwd=tmp_path, server=server).ok()
    assert done.json == {"id": "ftjob-1"}
    first, second, job = server.requests
    assert first.part("file").content == (tmp_path / "good.jsonl").read_bytes()
    assert first.part("purpose").text == second.part("purpose").text == "fine-tune"
    assert job.json == {"model": "m", "training_file": "file-1", "validation_file": "file-2"}


@pytest.mark.parametrize(
    ("rows", "args", "told"),
    [
        ([*ten(chat()), chat(USER)], (), "train.jsonl:11: messages must end"),
        ([chat()] * 3, (), "train.jsonl: has 3 examples"),
        (ten(chat()), METHOD, "train.jsonl:1: input wants"),
        (ten(pair()), (), "train.jsonl:1: messages is missing"),
        (ten(chat()), ("--validation-file", "@bad.jsonl"), "bad.jsonl:1: messages is empty"),
    ],
)
def test_errors_stop_before_anything_is_sent(
    tmp_path: Path, server: Server, rows: list[Any], args: tuple[str, ...], told: str
) -> None:
    train(tmp_path, "bad.jsonl", {"messages": []})
    named = train(tmp_path, "train.jsonl", *rows)
    done = oai(*CREATE, named, *args, cwd=tmp_path, server=server)
    assert done.code == 2
    assert told in done.stderr
    assert "nothing was uploaded" in done.stderr
    assert "--no-check" in done.stderr
    assert server.requests == []


def test_quiet_tells_nothing_of_uploads(tmp_path: Path, server: Server) -> None:
    good = train(tmp_path, "good.jsonl", *ten(chat()))
    server.answer(reply({"id": "file-1"}), reply({"id": "ftjob-1"}))
    assert oai(*CREATE, good, "--quiet", cwd=tmp_path, server=server).ok().stderr == ""


def test_no_check_uploads_it_as_it_is(tmp_path: Path, server: Server) -> None:
    server.answer(reply({"id": "file-1"}), reply({"id": "ftjob-1"}))
    bad = train(tmp_path, "bad.jsonl", {"messages": []})
    oai(*CREATE, bad, "--no-check", cwd=tmp_path, server=server).ok()
    assert len(server.requests) == 2


def test_warnings_and_new_methods_do_not_stop_it(tmp_path: Path, server: Server) -> None:
    server.answer(*[reply({"id": "x"})] * 4)
    twice = train(tmp_path, "twice.jsonl", *ten(chat()), chat(), chat())
    done = oai(*CREATE, twice, cwd=tmp_path, server=server).ok()
    assert "twice.jsonl: 1 warning" in done.stderr
    strange = train(tmp_path, "strange.jsonl", {"anything": 1})
    new = oai(*CREATE, strange, "--method.type", "magic", cwd=tmp_path, server=server).ok()
    assert "not checked" in new.stderr


def test_file_ids_and_dry_runs(tmp_path: Path, server: Server) -> None:
    server.answer(reply({"id": "ftjob-1"}))
    oai(*CREATE, "file-123", server=server).ok()
    assert server.only.json["training_file"] == "file-123"
    good = train(tmp_path, "good.jsonl", *ten(chat()))
    shown = oai(*CREATE, good, "--dry-run", cwd=tmp_path, server=server).ok()
    assert "good.jsonl" in shown.json["body"]["training_file"]
    assert len(server.requests) == 1


def test_in_the_sandbox(tmp_path: Path) -> None:
    good = train(tmp_path, "good.jsonl", *ten(pair()))
    done = oai(*CREATE, good, *METHOD, "--sandbox", cwd=tmp_path).ok()
    assert done.json["method"]["type"] == "dpo"
