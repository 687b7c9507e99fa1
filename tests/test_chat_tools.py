"""Tools through the loop: offered, asked about, run side by side, their results sent back."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from .support.api import chat, chunk, completion, response, response_events
from .support.cli import oai, oai_terminal
from .support.server import Answer, Server, reply, sse

PYTHON = '''
import time

def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b

def wait(seconds: float) -> str:
    """Wait."""
    time.sleep(seconds)
    return f"waited {seconds}"

def broken() -> str:
    """Fail."""
    raise ValueError("no luck")
'''

BOTH = pytest.mark.parametrize("command", ["chat", "responses"])
ALWAYS = ("--approve", "always")

Wish = tuple[str, dict[str, Any]]


@pytest.fixture
def tools(tmp_path: Path) -> str:
    """A file of tools."""
    (tmp_path / "tools.py").write_text(PYTHON)
    return str(tmp_path / "tools.py")


def chat_calls(*wishes: Wish) -> list[dict[str, Any]]:
    """The tool calls of a chat message."""
    return [
        {
            "id": f"call_{at}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for at, (name, arguments) in enumerate(wishes)
    ]


def wishing(command: str, *wishes: Wish, text: str = "", **fields: Any) -> Answer:
    """A streamed answer that calls tools."""
    if command == "chat":
        deltas = [{**call, "index": at} for at, call in enumerate(chat_calls(*wishes))]
        start = chunk(text or None, role="assistant")
        calls = (chunk(None, tool_calls=[delta]) for delta in deltas)
        return sse([start, *calls, chunk(finish="tool_calls")])
    return sse(
        [
            ("response.created", {"type": "response.created", "response": response("")}),
            *([_delta(text)] if text else []),
            (
                "response.completed",
                {"type": "response.completed", "response": wished(*wishes, **fields)},
            ),
        ]
    )


def _delta(text: str) -> tuple[str, dict[str, Any]]:
    return "response.output_text.delta", {"type": "response.output_text.delta", "delta": text}


def wished(*wishes: Wish, **fields: Any) -> dict[str, Any]:
    """A response that calls tools."""
    thought = {"type": "reasoning", "id": "rs_1", "summary": []}
    items = [
        {
            "type": "function_call",
            "id": f"fc_{at}",
            "call_id": f"call_{at}",
            "name": name,
            "arguments": json.dumps(arguments),
            "status": "completed",
        }
        for at, (name, arguments) in enumerate(wishes)
    ]
    return {**response(""), "id": "resp_tools", "output": [thought, *items], **fields}


def final(command: str, text: str = "It is 3.") -> Answer:
    return sse(chat(text)) if command == "chat" else sse(response_events([text]))


def sent_back(command: str, server: Server, at: int = 1) -> list[tuple[str, str]]:
    """The results that a request sends back: call and output."""
    body = server.requests[at].json
    if command == "chat":
        return [(m["tool_call_id"], m["content"]) for m in body["messages"] if m["role"] == "tool"]
    found = [item for item in body["input"] if item.get("type") == "function_call_output"]
    return [(item["call_id"], item["output"]) for item in found]


# -- the loop -------------------------------------------------------------------------------------


@BOTH
def test_a_function_runs_and_its_result_goes_back(server: Server, command: str, tools: str) -> None:
    server.answer(wishing(command, ("add", {"a": 1, "b": 2})), final(command))
    done = oai(command, "create", "1+2", "--tool", f"{tools}:add", *ALWAYS, server=server).ok()
    assert done.stdout == "It is 3.\n"
    assert done.stderr.splitlines() == ['tool: add({"a": 1, "b": 2})', "tool: add gave: 3"]
    assert sent_back(command, server) == [("call_0", "3")]
    (offered,) = server.requests[0].json["tools"]
    function = offered["function"] if command == "chat" else offered
    assert function["name"] == "add" and function["description"] == "Add two numbers."
    assert function["strict"] is True and function["parameters"]["required"] == ["a", "b"]
    assert server.requests[1].json["tools"] == server.requests[0].json["tools"]


def test_the_second_request_of_a_chat_has_it_all(server: Server, tools: str) -> None:
    server.answer(wishing("chat", ("add", {"a": 1, "b": 2}), text="Let me see."), final("chat"))
    done = oai("chat", "create", "1+2", "--tool", tools, *ALWAYS, server=server).ok()
    assert done.stdout == "Let me see.\n\nIt is 3.\n"
    assert server.requests[1].json["messages"] == [
        {"role": "user", "content": "1+2"},
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": chat_calls(("add", {"a": 1, "b": 2})),
        },
        {"role": "tool", "tool_call_id": "call_0", "content": "3"},
    ]


def test_the_second_request_of_responses_goes_on_from_the_first(server: Server, tools: str) -> None:
    server.answer(wishing("responses", ("add", {"a": 1, "b": 2})), final("responses"))
    oai("responses", "create", "1+2", "-s", "x", "--tool", tools, *ALWAYS, server=server).ok()
    body = server.requests[1].json
    assert body["previous_response_id"] == "resp_tools" and body["instructions"] == "x"
    assert body["input"] == [{"type": "function_call_output", "call_id": "call_0", "output": "3"}]


def test_without_storage_everything_is_sent_again(server: Server, tools: str) -> None:
    server.answer(wishing("responses", ("add", {"a": 1, "b": 2}), store=False), final("responses"))
    args = ("--no-store", "--tool", tools, *ALWAYS)
    oai("responses", "create", "1+2", *args, server=server).ok()
    body = server.requests[1].json
    assert "previous_response_id" not in body
    assert [item.get("type") for item in body["input"]] == [
        None,
        "function_call",
        "function_call_output",
    ], "a thought that nobody can look up stays away"
    assert "id" not in body["input"][1]


def test_in_a_conversation_the_server_knows_the_call(server: Server, tools: str) -> None:
    server.answer(wishing("responses", ("add", {"a": 1, "b": 2})), final("responses"))
    args = ("--conversation", "conv_1", "--tool", tools, *ALWAYS)
    oai("responses", "create", "1+2", *args, server=server).ok()
    body = server.requests[1].json
    assert body["conversation"] == "conv_1" and "previous_response_id" not in body
    assert len(body["input"]) == 1


@BOTH
def test_without_a_stream_too(server: Server, command: str, tools: str) -> None:
    wish = ("add", {"a": 1, "b": 2})
    if command == "chat":
        first = completion("", "tool_calls", tool_calls=chat_calls(wish))
        server.answer(reply(first), reply(completion("It is 3.")))
    else:
        server.answer(reply(wished(wish)), reply(response("It is 3.")))
    args = ("--tool", tools, *ALWAYS, "-f", "json")
    done = oai(command, "create", "1+2", *args, server=server).ok()
    assert "It is 3." in json.dumps(done.json)
    assert done.stderr.splitlines() == ['tool: add({"a": 1, "b": 2})', "tool: add gave: 3"]
    assert sent_back(command, server) == [("call_0", "3")]


@BOTH
def test_calls_run_side_by_side(server: Server, command: str, tools: str) -> None:
    wishes = [("wait", {"seconds": 0.5}) for _ in range(4)]
    server.answer(wishing(command, *wishes), final(command))
    begun = time.monotonic()
    oai(command, "create", "x", "--tool", tools, *ALWAYS, server=server).ok()
    gone = server.requests[1].at - server.requests[0].at
    assert gone < 1.9 and time.monotonic() > begun, "one after the other takes two seconds"
    assert sent_back(command, server) == [(f"call_{at}", "waited 0.5") for at in range(4)]


@BOTH
def test_what_goes_wrong_goes_back(server: Server, command: str, tools: str) -> None:
    wishes: list[Wish] = [("broken", {}), ("nobody", {}), ("add", {"a": "x", "b": 1})]
    server.answer(wishing(command, *wishes), final(command, "Sorry."))
    done = oai(command, "create", "x", "--tool", tools, *ALWAYS, server=server).ok()
    assert done.stdout == "Sorry.\n"
    first, second, third = (output for _, output in sent_back(command, server))
    assert first == "ValueError: no luck"
    assert "there is no tool 'nobody'" in second
    assert "a" in third and "add failed: " in done.stderr


@BOTH
def test_enough_is_enough(server: Server, command: str, tools: str) -> None:
    server.handler = lambda asked: wishing(command, ("add", {"a": 1, "b": 1}))
    args = ("--tool", tools, *ALWAYS, "--max-turns", "3")
    done = oai(command, "create", "x", *args, server=server)
    assert done.code == 8 and "no answer after 3 rounds" in done.stderr
    assert len(server.requests) == 3


@pytest.mark.parametrize("number", ["0", "-1", "many", "1.5"])
def test_a_number_of_turns(number: str) -> None:
    done = oai("chat", "create", "x", f"--max-turns={number}", "--sandbox")
    assert done.code == 2 and "--max-turns" in done.stderr


@BOTH
def test_every_step_is_an_event(server: Server, command: str, tools: str) -> None:
    server.answer(wishing(command, ("add", {"a": 1, "b": 2})), final(command))
    args = ("--tool", tools, *ALWAYS, "-f", "jsonl")
    done = oai(command, "create", "x", *args, server=server).ok()
    ours = [event for event in done.jsonl if str(event.get("type", "")).startswith("oai.")]
    call = {"id": "call_0", "name": "add"}
    assert ours == [
        {"type": "oai.tool_call", **call, "arguments": '{"a": 1, "b": 2}'},
        {"type": "oai.tool_result", **call, "output": "3", "error": False},
        {"type": "oai.turn", "turn": 2},
    ]
    assert "tool: add gave: 3" in done.stderr


def test_usage_is_the_sum(server: Server, tools: str) -> None:
    used = {"input_tokens": 5, "output_tokens": 2}
    server.answer(
        wishing("responses", ("add", {"a": 1, "b": 2}), usage=used),
        sse(response_events(["ok"], usage=used)),
    )
    args = ("--tool", tools, *ALWAYS, "--usage")
    assert "in 10, out 4" in oai("responses", "create", "x", *args, server=server).ok().stderr


def test_a_value_is_all_that_stdout_gets(server: Server, tools: str) -> None:
    message = {"tool_calls": chat_calls(("add", {"a": 1, "b": 2}))}
    server.answer(
        reply(completion("Let me see.", "tool_calls", **message)),
        reply(completion('{"sum": 3}')),
    )
    args = ("--tool", tools, *ALWAYS, "--schema", "sum int")
    assert oai("chat", "create", "x", *args, server=server).ok().json == {"sum": 3}


def test_no_tools_in_a_response_that_nobody_waits_for(server: Server, tools: str) -> None:
    done = oai("responses", "create", "x", "--background", "--tool", tools, server=server)
    assert done.code == 2 and "--stream" in done.stderr


# -- commands as tools ----------------------------------------------------------------------------


@BOTH
def test_a_shell_command(server: Server, command: str, tmp_path: Path) -> None:
    evil = f"$(touch {tmp_path}/x); `touch {tmp_path}/x` '\""
    server.answer(wishing(command, ("say", {"what": evil})), final(command))
    args = ("--tool-cmd", "say: printf '%s' {what}", *ALWAYS)
    oai(command, "create", "x", *args, server=server).ok()
    assert sent_back(command, server) == [("call_0", evil)]
    assert not (tmp_path / "x").exists()


@BOTH
def test_a_program(server: Server, command: str, tmp_path: Path) -> None:
    program = tmp_path / "greet.sh"
    program.write_text("#!/bin/sh\ncat\nexit 3\n")
    program.chmod(0o755)
    (tmp_path / "greet.toml").write_text('command = ["./greet.sh"]\nparameters = "name"\n')
    server.answer(wishing(command, ("greet", {"name": "Ann"})), final(command))
    args = ("--tool-cmd", str(tmp_path / "greet.toml"), *ALWAYS)
    done = oai(command, "create", "x", *args, server=server).ok()
    ((_, output),) = sent_back(command, server)
    assert '{"name": "Ann"}' in output and "[exit code 3]" in output
    assert "greet failed" in done.stderr


# -- nothing runs unasked -------------------------------------------------------------------------


@pytest.mark.parametrize("args", [(), ("--approve", "never"), ("--approve", "ask")])
def test_in_a_pipe_nothing_runs(server: Server, args: tuple[str, ...], tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    server.answer(wishing("chat", ("go", {"f": str(ran)})), final("chat", "Well."))
    done = oai("chat", "create", "x", "--tool-cmd", "go: touch {f}", *args, server=server).ok()
    assert not ran.exists()
    assert sent_back("chat", server) == [("call_0", "the user did not allow this call")]
    assert f"not run: go: touch {ran} (--approve always allows it)" in done.stderr


def test_yes_is_said_in_advance(server: Server, tmp_path: Path) -> None:
    server.answer(wishing("chat", ("go", {"f": str(tmp_path / "ran")})), final("chat"))
    oai("chat", "create", "x", "--tool-cmd", "go: touch {f}", "--yes", server=server).ok()
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(("answer", "runs"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_on_a_terminal_a_person_decides(
    server: Server, answer: str, runs: bool, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    server.answer(wishing("chat", ("go", {"f": str(ran)}), text="I *will*."), final("chat"))
    found = oai_terminal(
        "chat",
        *("create", "x", "--tool-cmd", "go: touch {f}"),
        server=server,
        columns=200,
        answers=[("[y/N]", answer)],
    )
    assert found.code == 0 and ran.exists() is runs
    assert found.lines[0] == "I will."
    assert f"run go: touch {ran}? [y/N]" in found.text
    assert found.text.endswith("It is 3.")


def test_ctrl_c_at_the_question(server: Server, tmp_path: Path) -> None:
    server.answer(wishing("chat", ("go", {"f": str(tmp_path / "ran")})))
    found = oai_terminal(
        "chat",
        *("create", "x", "--tool-cmd", "go: touch {f}"),
        server=server,
        answers=[("[y/N]", "\x03")],
    )
    assert found.code == 130 and not (tmp_path / "ran").exists()


def test_always_shows_the_whole_call(server: Server) -> None:
    long = "x" * 500
    server.answer(wishing("chat", ("say", {"what": long})), final("chat"))
    args = ("--tool-cmd", "say: echo {what}", *ALWAYS)
    done = oai("chat", "create", "x", *args, server=server).ok()
    assert f'say({{"what": "{long}"}})' in done.stderr


def test_an_unknown_approval() -> None:
    done = oai("chat", "create", "x", "--approve", "maybe", "--sandbox")
    assert done.code == 2 and "ask, always, never" in done.stderr


# -- tools at the API's side ----------------------------------------------------------------------


def test_hosted_tools() -> None:
    args = [
        *("--web-search", "--file-search", "vs_1", "--file-search", "vs_2"),
        *("--code-interpreter", "--image-generation"),
        *("--mcp", "docs=https://docs.example/mcp?a=b", "--mcp", "w=https://w.example"),
    ]
    body = oai("responses", "create", "x", *args, "--dry-run").ok().json["body"]
    assert body["tools"] == [
        {"type": "web_search"},
        {"type": "file_search", "vector_store_ids": ["vs_1", "vs_2"]},
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "image_generation"},
        {"type": "mcp", "server_label": "docs", "server_url": "https://docs.example/mcp?a=b"},
        {"type": "mcp", "server_label": "w", "server_url": "https://w.example"},
    ]


def test_hosted_tools_stand_beside_others(tools: str) -> None:
    own = '[{"type": "web_search", "search_context_size": "low"}]'
    args = ("--tools", own, "--code-interpreter", "--tool", f"{tools}:add", "--dry-run")
    body = oai("responses", "create", "x", *args).ok().json["body"]
    assert sorted(tool["type"] for tool in body["tools"]) == [
        "code_interpreter",
        "function",
        "web_search",
    ]
    more = ("--body", f'{{"tools": {own}}}', "--code-interpreter", "--dry-run")
    body = oai("responses", "create", "x", *more).ok().json["body"]
    assert [tool["type"] for tool in body["tools"]] == ["web_search", "code_interpreter"]


@pytest.mark.parametrize("text", ["docs", "=https://x", "docs="])
def test_a_server_needs_a_label_and_an_address(text: str) -> None:
    done = oai("responses", "create", "x", "--mcp", text)
    assert done.code == 2 and "LABEL=URL" in done.stderr


def test_chat_has_no_hosted_tools() -> None:
    done = oai("chat", "create", "x", "--web-search", "--dry-run")
    assert done.code == 2


WISH = {
    "type": "mcp_approval_request",
    "id": "mcpr_1",
    "server_label": "docs",
    "name": "find",
    "arguments": '{"q": 1}',
}


@pytest.mark.parametrize(("mode", "allowed"), [("always", True), ("never", False)])
def test_a_remote_server_asks_too(server: Server, mode: str, allowed: bool) -> None:
    asking = {**response(""), "id": "resp_ask", "output": [WISH]}
    last = ("response.completed", {"type": "response.completed", "response": asking})
    server.answer(sse([last]), final("responses", "Done."))
    args = ("--mcp", "docs=https://docs.example", "--approve", mode)
    done = oai("responses", "create", "x", *args, server=server).ok()
    assert done.stdout == "Done.\n"
    body = server.requests[1].json
    assert body["previous_response_id"] == "resp_ask"
    assert body["input"] == [
        {
            "type": "mcp_approval_response",
            "approval_request_id": "mcpr_1",
            "approve": allowed,
        }
    ]
    word = "was allowed" if allowed else "was not allowed"
    assert f"mcp: docs.find {word}" in done.stderr


# -- the sandbox ----------------------------------------------------------------------------------


@BOTH
def test_the_sandbox_calls_tools(command: str, tools: str) -> None:
    args = ("--tool", f"{tools}:add", *ALWAYS, "--sandbox")
    done = oai(command, "create", "please add", *args).ok()
    assert done.stdout.startswith("The tool came back with: ")
    assert "tool: add gave: " in done.stderr
