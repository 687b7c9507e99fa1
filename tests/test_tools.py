"""Tools that people bring: where they come from, how they are offered, and how calls are run."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_cli.core.errors import UsageError
from openai_cli.workflows.chat import tools
from openai_cli.workflows.chat.tool import Tool, ToolError
from openai_cli.workflows.chat.tools import Call, Outcome

from .support.schemas import TEXT, closed


class Made(Tool):
    """A tool of a test: it does what its function does."""

    def __init__(self, name: str, action: Callable[..., str]) -> None:
        super().__init__(name, "", closed(), True)
        self.action = action
        self.cancelled = 0

    def check(self, arguments: dict[str, Any]) -> None:
        if "bad" in arguments:
            raise ToolError("bad is not welcome")
        if "worse" in arguments:
            raise ZeroDivisionError("worse")

    def run(self, arguments: dict[str, Any]) -> str:
        return self.action(**arguments)

    def cancel(self) -> None:
        self.cancelled += 1


def always(tool: Tool, arguments: dict[str, Any]) -> bool:
    return True


def silent(line: str) -> None:
    pass


def run(name: str, arguments: str, *offered: Tool) -> Outcome:
    return tools.execute([Call("c1", name, arguments)], offered, always, silent)[0]


# -- calls ----------------------------------------------------------------------------------------


def test_a_call_and_its_outcome() -> None:
    outcome = run("echo", '{"text": "hi"}', Made("echo", lambda text: text))
    assert outcome == Outcome("c1", "echo", "hi", False)
    assert run("echo", "", Made("echo", lambda: "none")).output == "none"


@pytest.mark.parametrize(
    ("name", "arguments", "output"),
    [
        ("nobody", "{}", "there is no tool 'nobody'; there are: echo"),
        ("echo", "{", "the text of the arguments is not valid JSON"),
        ("echo", "[]", "the arguments are no JSON object"),
        ("echo", '{"bad": 1}', "bad is not welcome"),
        ("echo", '{"worse": 1}', "ZeroDivisionError: worse"),
        ("echo", '{"other": 1}', "TypeError: "),
    ],
)
def test_what_goes_wrong_is_told_to_the_model(name: str, arguments: str, output: str) -> None:
    outcome = run(name, arguments, Made("echo", lambda text="": text))
    assert outcome.error and outcome.id == "c1" and outcome.name == name
    assert output in outcome.output


def test_approval_comes_first_and_one_after_the_other() -> None:
    seen: list[str] = []

    def approve(tool: Tool, arguments: dict[str, Any]) -> bool:
        seen.append(f"asked {arguments['n']}")
        return bool(arguments["n"] != 2)

    def act(n: int) -> str:
        seen.append("ran")
        return str(n)

    calls = [Call(f"c{n}", "act", json.dumps({"n": n})) for n in (1, 2, 3)]
    calls.insert(1, Call("c0", "act", "nonsense"))
    outcomes = tools.execute(calls, [Made("act", act)], approve, seen.append)
    assert [(one.id, one.error) for one in outcomes] == [
        ("c1", False),
        ("c0", True),
        ("c2", True),
        ("c3", False),
    ]
    assert outcomes[2].output == "the user did not allow this call"
    assert seen[:3] == ["asked 1", "asked 2", "asked 3"] and seen.count("ran") == 2
    assert "running act(n=1)" in seen and "running act(n=3)" in seen
    assert sum(line.startswith("act: done after ") for line in seen) == 2


def test_calls_run_side_by_side_and_keep_their_order() -> None:
    together = threading.Barrier(5, timeout=5)

    def act(n: int) -> str:
        together.wait()
        time.sleep(0.02 * (5 - n))
        return str(n)

    calls = [Call(str(n), "act", json.dumps({"n": n})) for n in range(5)]
    outcomes = tools.execute(calls, [Made("act", act)], always, silent)
    assert [one.output for one in outcomes] == ["0", "1", "2", "3", "4"]


def test_more_calls_than_threads() -> None:
    calls = [Call(str(n), "act", json.dumps({"n": n})) for n in range(50)]
    outcomes = tools.execute(calls, [Made("act", lambda n: str(n))], always, silent)
    assert [one.output for one in outcomes] == [str(n) for n in range(50)]
    assert tools.execute([], [], always, silent) == []


def test_what_a_tool_prints_or_leaves_by(capsys: pytest.CaptureFixture[str]) -> None:
    def act() -> str:
        sys.stdout.write("a note\n")
        raise SystemExit(4)

    outcome = run("act", "{}", Made("act", act))
    assert outcome.error and outcome.output == "SystemExit: 4"
    seen = capsys.readouterr()
    assert seen.out == "" and seen.err == "a note\n"


def test_an_interrupt_ends_the_waiting() -> None:
    release = threading.Event()

    def act() -> str:
        release.wait(20)
        return ""

    def report(line: str) -> None:
        if line.startswith("quick: done"):
            raise KeyboardInterrupt

    slow, quick = Made("slow", act), Made("quick", lambda: "")
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        tools.execute(
            [Call("1", "slow", "{}"), Call("2", "quick", "{}")], [slow, quick], always, report
        )
    release.set()
    assert time.monotonic() - started < 3
    assert slow.cancelled and quick.cancelled


def test_an_interrupt_at_the_question_runs_nothing() -> None:
    ran: list[str] = []

    def act() -> str:
        ran.append("ran")
        return ""

    def approve(tool: Tool, arguments: dict[str, Any]) -> bool:
        if tool.name == "b":
            raise KeyboardInterrupt
        return True

    with pytest.raises(KeyboardInterrupt):
        tools.execute(
            [Call("1", "a", "{}"), Call("2", "b", "{}")],
            [Made("a", act), Made("b", act)],
            approve,
            silent,
        )
    assert ran == []


# -- what is offered ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "a b", "a.b", "größe", "a" * 65, "a\n"])
def test_names_the_api_refuses(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a tool"):
        Made(name, str)


def test_both_apis_get_their_shape() -> None:
    tool = tools.load([], ["look: ls {folder}"], Path.cwd())[0]
    inner = {
        "name": "look",
        "description": "Runs the shell command: ls {folder}",
        "parameters": closed(folder=TEXT),
        "strict": True,
    }
    assert tools.as_chat_tool(tool) == {"type": "function", "function": inner}
    assert tools.as_responses_tool(tool) == {"type": "function", **inner}
    assert "description" not in tools.as_responses_tool(Made("x", str))


def test_two_tools_of_one_name() -> None:
    with pytest.raises(UsageError, match="two tools have the name a"):
        tools.load([], ["a: ls", "a: date"], Path.cwd())
    with pytest.raises(UsageError, match="two tools have the name a"):
        tools.unique([Made("a", str), Made("a", str)])


def test_tools_of_all_kinds_together(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def one(): ...\ndef two(): ...\n")
    (tmp_path / "cat.toml").write_text('command = ["cat"]')
    found = tools.load(["mine.py", "cat.toml"], ["list: ls"], tmp_path)
    assert [tool.name for tool in found] == ["one", "two", "cat", "list"]


def test_a_preview_drives_no_terminal() -> None:
    shown = Made("act", str).preview({"a": "\x1b[2J\n\u202e", "b": [1, {"c": None}], "d": "\ud800"})
    assert shown.isprintable() and '"b": ' not in shown
    assert 'b=[1, {"c": null}]' in shown and "\\u001b[2J\\n" in shown
