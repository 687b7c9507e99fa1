"""The chat session in a real terminal: keys, commands, answers, and leaving."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from openai_cli.workflows.chat import slash
from openai_cli.workflows.chat.keyboard import open_fence, wants_vi
from openai_cli.workflows.chat.windows import filling, nearly_full, window

from .support.api import chat, chunk, completion, response_events
from .support.cli import oai
from .support.server import Answer, Server, error, reply, sse
from .support.session import Session

QUERIES = re.compile(r"\x1b\[[0-9;?>]*[cn]|\x1b\]1[01];\?|\x1bP\+q|\x1b\[\?[0-9]+\$p")
BOTH = pytest.mark.parametrize("api", ["chat", "responses"])


def streamed(api: str, text: str, id: str = "resp_1", **usage: int) -> Answer:
    """A streamed answer."""
    if api == "chat":
        tail = {**chunk(), "choices": [], "usage": usage or None}
        return sse([*chat(text), tail])
    return sse(response_events([text], id=id, store=True, usage=usage or None))


def questions(server: Server, at: int) -> list[Any]:
    """The texts of a request's messages."""
    body = server.requests[at].json
    return [message["content"] for message in body.get("messages") or body["input"]]


# -- what needs no terminal -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("", False),
        ("```", True),
        ("look:\n```py\nx", True),
        ("```\nx\n```", False),
        ("~~~\n```", True),
        ("````\n```\n", True),
        ("````\n```\n````", False),
        ("```\n```py", True),
        ("use `x` and ``y``", False),
    ],
)
def test_an_open_fence(text: str, is_open: bool) -> None:
    assert open_fence(text) is is_open


def test_vi_where_readline_has_it(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path)}
    assert not wants_vi(env)
    (tmp_path / ".inputrc").write_text("# set editing-mode vi\nset editing-mode emacs\n")
    assert not wants_vi(env)
    (tmp_path / "rc").write_text("$include /etc/inputrc\n  set editing-mode vi\n")
    assert wants_vi({**env, "INPUTRC": str(tmp_path / "rc")})


def test_windows() -> None:
    assert window("gpt-4") == 8192 and window("gpt-4.1-mini") == 1_047_576
    assert window("ft:gpt-4o:me::1") == 128_000 and window("llama") is None
    assert filling("llama", 5) == "" and "(50 %)" in filling("gpt-4", 4096)
    assert nearly_full("gpt-4", 8000) and not nearly_full("gpt-4", 4000)
    assert not nearly_full("llama", 10**9)


def test_help_tells_of_the_session() -> None:
    page = oai("chat", "--help").ok().stdout
    assert "starts a session" in " ".join(page.split())
    for flag in ("--api", "--private", "--vi", "--continue", "--session", "--model", "--system"):
        assert flag in page
    assert "inputrc" in page


def test_without_a_terminal_there_is_no_session() -> None:
    assert oai("chat").ok().stdout == oai("chat", "--help").ok().stdout


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("--api", "nonsense"), "--api wants one of chat, responses"),
        (("--web-search",), "--api responses"),
        (("--continue",), "no saved conversation"),
        (("-c", "--session", "x"), "exclude"),
        (("--approve", "maybe"), "--approve"),
        (("--schema", '{"type": "array"}'), "object"),
        (("--attach", "/no/such/file"), "/no/such/file"),
        (("--max-turns", "0"), "--max-turns"),
        (("--session", "-x y"), "name"),
    ],
)
def test_bad_starts(args: tuple[str, ...], word: str) -> None:
    done = oai("chat", *args, terminals=(True, True, True), stdin="")
    assert done.code == 2 and word in done.stderr


# -- asking ---------------------------------------------------------------------------------------


@BOTH
def test_it_goes_on(server: Server, api: str) -> None:
    server.answer(streamed(api, "One."), streamed(api, "Two.", "resp_2"))
    with Session("--api", api, "-m", "m1", "-s", "Be kind.", server=server) as talk:
        assert talk.lines[0] == "m1 · /help lists commands"
        assert talk.say("first") == "One."
        assert talk.say("second") == "Two."
    assert talk.code == 0
    first, second = (asked.json for asked in server.requests)
    assert first["model"] == "m1" and first["stream"] is True
    if api == "chat":
        assert questions(server, 0) == ["Be kind.", "first"]
        assert questions(server, 1) == ["Be kind.", "first", "One.", "second"]
    else:
        assert first["instructions"] == second["instructions"] == "Be kind."
        assert "previous_response_id" not in first
        assert second["previous_response_id"] == "resp_1"
        assert questions(server, 1) == ["second"]


def test_no_question_to_the_terminal(server: Server) -> None:
    server.answer(streamed("chat", "ok"))
    with Session(server=server) as talk:
        talk.say("hi")
    assert not QUERIES.search(talk.raw)


def test_answers_are_laid_out(server: Server) -> None:
    server.answer(streamed("chat", "**bold** text"), streamed("chat", "**bold** text"))
    with Session(server=server) as talk:
        assert talk.say("x") == "bold text"
    with Session("--no-markdown", server=server) as talk:
        assert talk.say("x") == "**bold** text"


@pytest.mark.slow
def test_an_error_is_told_and_the_question_can_be_asked_again(server: Server) -> None:
    server.answer(error(404, "no such model"), streamed("chat", "ok"))
    with Session(server=server) as talk:
        assert "error: no such model" in talk.say("hi")
        talk.say("/model other")
        assert talk.say("/retry") == "ok"
    assert questions(server, 1) == ["hi"] and server.requests[1].json["model"] == "other"


@pytest.mark.slow
def test_undo_forgets_a_question_without_an_answer_first(server: Server) -> None:
    server.answer(streamed("chat", "ok"), error(404, "no such model"), streamed("chat", "ok"))
    with Session(server=server) as talk:
        talk.say("one")
        talk.say("two")
        assert talk.say("/undo") == "forgotten: two"
        talk.say("three")
    assert questions(server, 2) == ["one", "ok", "three"]


@pytest.mark.slow
def test_a_dropped_answer_is_kept(server: Server) -> None:
    server.answer(sse(chat("Hel", "lo")[:-1], done=False, end="cut"), streamed("chat", "ok"))
    with Session(server=server) as talk:
        found = talk.say("hi")
        assert found.startswith("Hello") and "error:" in found
        talk.say("go on")
    assert questions(server, 1) == ["hi", "Hello", "go on"]


# -- keys -----------------------------------------------------------------------------------------


def test_a_paste_keeps_its_lines(server: Server) -> None:
    server.answer(streamed("chat", "ok"))
    with Session(server=server) as talk:
        talk.type("\x1b[200~one\n  two\n\nthree\x1b[201~")
        talk.see("three")
        talk.type("\r")
        talk.see("ok")
        talk.ready()
    assert questions(server, 0) == ["one\n  two\n\nthree"]


@pytest.mark.slow
def test_alt_enter_makes_a_line(server: Server) -> None:
    server.answer(streamed("chat", "ok"))
    with Session(server=server) as talk:
        talk.type("one\x1b\r")
        talk.type("two")
        talk.see("two")
        talk.type("\r")
        talk.see("ok")
        talk.ready()
    assert questions(server, 0) == ["one\ntwo"]


@pytest.mark.slow
def test_a_code_fence_stays_open(server: Server) -> None:
    server.answer(streamed("chat", "ok"))
    with Session(server=server) as talk:
        for line in ("look:", "```py"):
            talk.type(f"{line}\x1b\r" if line == "look:" else f"{line}\r")
            talk.see(line)
        talk.type("x = 1\r")
        talk.see("x = 1")
        assert server.requests == []
        talk.type("```")
        talk.type("\r")
        talk.see("ok")
        talk.ready()
    assert questions(server, 0) == ["look:\n```py\nx = 1\n```"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--vi", "inputrc"])
def test_vi_keys(server: Server, how: str, isolated: Path) -> None:
    server.answer(streamed("chat", "ok"))
    if how == "inputrc":
        (isolated / ".inputrc").write_text("set editing-mode vi\n")
    with Session(*(["--vi"] if how == "--vi" else []), server=server) as talk:
        talk.type("wrong word")
        talk.see("wrong word")
        talk.type("\x1b")
        talk.type("0dw")
        talk.until(lambda: talk.lines[-1] == "> word", "the shorter line")
        talk.type("\r")
        talk.see("ok")
        talk.ready()
    assert questions(server, 0) == ["word"]


@pytest.mark.slow
def test_completion(server: Server, tmp_path: Path) -> None:
    (tmp_path / "notes-of-mine.txt").write_text("remember")
    with Session(server=server, cwd=tmp_path) as talk:
        talk.type("/sess\t")
        talk.see("> /sessions")
        talk.type("\x15/attach no\t")
        talk.see("> /attach notes-of-mine.txt")
        talk.type("\r")
        talk.see("attached: notes-of-mine.txt")
        talk.ready()
        talk.type("/model gpt-5.5-2\t")
        talk.see("gpt-5.5-2026")
        talk.type("\x15")
        talk.ready()


@pytest.mark.slow
def test_history_across_sessions(server: Server) -> None:
    server.handler = lambda asked: streamed("chat", "ok")
    with Session(server=server) as talk:
        talk.say("a thing I said")
    with Session(server=server) as talk:
        talk.type("\x1b[A")
        talk.see("> a thing I said")
        talk.type("\r")
        talk.see("ok")
        talk.ready()
    assert questions(server, 1) == ["a thing I said"]


@BOTH
def test_ctrl_c_stops_an_answer_and_keeps_it(server: Server, api: str) -> None:
    events: list[Any] = chat("Half") if api == "chat" else response_events(["Half"])
    server.answer(sse(events[:-1], done=False, end="hang"), streamed(api, "ok"))
    with Session("--api", api, server=server) as talk:
        talk.type("tell me\r")
        talk.see("Half")
        talk.type("\x03")
        talk.see("stopped")
        talk.ready()
        talk.say("go on")
    assert questions(server, 1) == ["tell me", "Half", "go on"]
    assert "previous_response_id" not in server.requests[1].json
    shown = oai("sessions", "list", "-f", "json").ok().json
    assert shown[0]["messages"] == 4


def test_ctrl_c_twice_leaves(server: Server) -> None:
    with Session(server=server) as talk:
        talk.type("\x03")
        talk.see("Ctrl-C again leaves")
        talk.ready()
        talk.leave("\x03")
        assert talk.code == 0


@pytest.mark.slow
def test_ctrl_c_in_an_answer_and_again_leaves(server: Server) -> None:
    server.answer(sse(chat("Half")[:-1], done=False, end="hang"))
    with Session(server=server) as talk:
        talk.type("x\r")
        talk.see("Half")
        talk.type("\x03")
        talk.see("stopped")
        talk.ready()
        talk.leave("\x03")
        assert talk.code == 0


@pytest.mark.slow
def test_ctrl_c_once_does_not_count_for_ever(server: Server) -> None:
    with Session(server=server) as talk:
        talk.type("some text\x03")
        talk.see("Ctrl-C again leaves")
        talk.ready()
        talk.say("/usage")
        talk.type("\x03")
        talk.until(lambda: talk.screen.count("Ctrl-C again leaves") == 2, "the second warning")
        talk.ready()


@pytest.mark.slow
@pytest.mark.parametrize("keys", ["\x04", "/exit\r"])
def test_leaving(server: Server, keys: str) -> None:
    with Session(server=server) as talk:
        talk.leave(keys)
        assert talk.code == 0


# -- commands -------------------------------------------------------------------------------------


def test_help_lists_every_command(server: Server) -> None:
    with Session(server=server) as talk:
        found = talk.say("/help")
    names = re.findall(r"^  /(\S+)", found, re.M)
    assert names == list(slash.COMMANDS)
    wanted = "help model system attach tool schema set retry undo edit fork save load sessions"
    assert {*wanted.split(), "copy-to", "usage", "clear", "exit", "compact"} == set(names)


@pytest.mark.parametrize(
    ("line", "hint"), [("/modle x", "/model"), ("/usr/bin", "/help"), ("/", "/help")]
)
def test_an_unknown_command_is_not_sent(server: Server, line: str, hint: str) -> None:
    with Session(server=server) as talk:
        found = talk.say(line)
    assert "nothing was sent" in found and hint in found
    assert server.requests == []


@pytest.mark.slow
def test_a_space_sends_it_as_text(server: Server) -> None:
    server.answer(streamed("chat", "ok"))
    with Session(server=server) as talk:
        talk.say(" /usr/bin is a folder")
    assert questions(server, 0) == [" /usr/bin is a folder"]


@pytest.mark.slow
def test_settings(server: Server) -> None:
    server.answer(streamed("chat", "ok"), streamed("chat", "ok"))
    with Session(server=server) as talk:
        assert talk.say("/model m2") == "model: m2"
        assert talk.say("/system Be brief.") == "system: Be brief."
        assert talk.say("/set temperature:=0.2") == "set: temperature:=0.2"
        assert 'metadata:={"a": "b c"}' in talk.say("/set metadata.a=b c")
        talk.say("hi")
        assert talk.say("/system -") == "system: (none)"
        assert talk.say("/set temperature") == 'set: metadata:={"a": "b c"}'
        assert "error:" in talk.say("/set nonsense")
        talk.say("hi")
    first, second = (asked.json for asked in server.requests)
    assert (first["model"], first["temperature"], first["metadata"]) == ("m2", 0.2, {"a": "b c"})
    assert first["messages"][0] == {"role": "system", "content": "Be brief."}
    assert "temperature" not in second and second["messages"][0]["role"] == "user"


@pytest.mark.slow
@BOTH
def test_attachments_go_along_once(server: Server, api: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("the notes")
    server.answer(error(500, "busy", x_should_retry="false"), *(streamed(api, "ok") for _ in "123"))
    with Session("--api", api, server=server, cwd=tmp_path) as talk:
        assert talk.say("/attach a.txt") == "attached: a.txt"
        assert "busy" in talk.say("read")
        talk.say("/retry")
        assert talk.say("/attach") == "attached: (nothing)"
        talk.say("/retry")
        talk.say("and?")
        assert "error:" in talk.say("/attach missing.txt")
    bodies = [asked.json.get("messages") or asked.json["input"] for asked in server.requests]
    assert "the notes" in str(bodies[0]) and bodies[0] == bodies[1] == bodies[2]
    assert bodies[3][-1]["content"] == "and?"


@pytest.mark.slow
@BOTH
def test_undo_and_retry(server: Server, api: str) -> None:
    server.answer(*(streamed(api, f"Answer {n}.", f"resp_{n}") for n in range(1, 5)))
    with Session("--api", api, server=server) as talk:
        assert talk.say("/undo") == "nothing to undo"
        assert "no question" in talk.say("/retry")
        talk.say("one")
        talk.say("two")
        assert talk.say("/retry") == "Answer 3."
        assert talk.say("/undo") == "forgotten: two"
        talk.say("three")
    last = server.requests[-1].json
    if api == "chat":
        assert questions(server, 2) == ["one", "Answer 1.", "two"]
        assert questions(server, 3) == ["one", "Answer 1.", "three"]
    else:
        assert server.requests[2].json["previous_response_id"] == "resp_1"
        assert last["previous_response_id"] == "resp_1" and questions(server, 3) == ["three"]
    (session,) = oai("sessions", "list", "-f", "json").ok().json
    shown = oai("sessions", "show", session["id"], "-f", "json").ok().stdout
    assert "Answer 1." in shown and "Answer 4." in shown
    assert "Answer 2." not in shown and "Answer 3." not in shown


@pytest.mark.slow
def test_compact_a_chat(server: Server) -> None:
    server.answer(
        streamed("chat", "Nice to meet you."),
        reply(completion("The user is Ann.")),
        streamed("chat", "ok"),
    )
    with Session(server=server) as talk:
        assert "nothing to compact" in talk.say("/compact")
        talk.say("I am Ann")
        talk.say("/save trip")
        assert "compacted" in talk.say("/compact") and "trip.1" in talk.screen
        talk.say("hi again")
    assert questions(server, 1)[:2] == ["I am Ann", "Nice to meet you."]
    assert questions(server, 2) == [
        "What have we talked about so far?",
        "The user is Ann.",
        "hi again",
    ]
    found = oai("sessions", "list", "-f", "json").ok().json
    assert [one["name"] for one in found] == ["trip", "trip.1"]
    assert [one["messages"] for one in found] == [4, 2]


@pytest.mark.slow
def test_compact_responses(server: Server) -> None:
    sealed = {"type": "compaction", "id": "cmp_1", "encrypted_content": "x"}
    server.answer(
        streamed("responses", "Hello."),
        reply({"id": "resp_c", "object": "response.compaction", "output": [sealed]}),
        streamed("responses", "ok", "resp_3"),
    )
    with Session("--api", "responses", server=server) as talk:
        talk.say("hi")
        talk.say("/compact")
        talk.say("go on")
    asked = server.requests[1]
    assert asked.path == "/v1/responses/compact"
    assert asked.json == {"model": "gpt-5.5", "previous_response_id": "resp_1"}
    body = server.requests[2].json
    assert "previous_response_id" not in body
    assert body["input"] == [sealed, {"role": "user", "content": "go on"}]


@pytest.mark.slow
def test_a_chat_too_long_to_be_summarized_at_once(server: Server) -> None:
    server.answer(
        *(streamed("chat", f"Answer {n}.") for n in range(3)),
        error(400, "too long", code="context_length_exceeded"),
        error(400, "too long", code="context_length_exceeded"),
        reply(completion("First half.")),
        reply(completion("All of it.")),
    )
    with Session(server=server) as talk:
        talk.say("one")
        talk.say("two")
        talk.say("three")
        assert "/compact makes room" in talk.say("four")
        assert "compacted" in talk.say("/compact")
    assert questions(server, 5)[:2] == ["one", "Answer 0."]
    assert questions(server, 6)[:2] == ["What have we talked about so far?", "First half."]


@pytest.mark.slow
def test_a_context_that_fills_up(server: Server) -> None:
    server.answer(streamed("chat", "ok", prompt_tokens=7000, completion_tokens=500))
    with Session("-m", "gpt-4", server=server) as talk:
        found = talk.say("hi")
        assert "the context fills up: 7,500 of 8,192 tokens (91 %); /compact makes room" in found
        assert talk.lines[-1].endswith("91 % full")
        assert "in 7000, cached 0, out 500" in talk.say("/usage")


@pytest.mark.slow
def test_a_context_of_unknown_size(server: Server) -> None:
    server.answer(streamed("chat", "ok", prompt_tokens=7000, completion_tokens=500))
    with Session("-m", "llama", server=server) as talk:
        assert talk.say("hi") == "ok"
        assert talk.lines[-1] == ">"


@pytest.mark.slow
def test_copy_and_clear(server: Server, tmp_path: Path) -> None:
    server.answer(streamed("chat", "**Answer**"), streamed("chat", "ok"))
    with Session(server=server, cwd=tmp_path) as talk:
        assert "no answer yet" in talk.say("/copy-to x.md")
        talk.say("hi")
        assert talk.say("/copy-to x.md") == "written to x.md"
        assert talk.say("/clear") == "begun again"
        talk.say("new")
    assert (tmp_path / "x.md").read_text() == "**Answer**\n"
    assert questions(server, 1) == ["new"]
    assert len(oai("sessions", "list", "-f", "json").ok().json) == 2


@pytest.mark.slow
def test_edit(server: Server, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "two\\nlines\\n" >> "$1"\n')
    editor.chmod(0o755)
    server.answer(streamed("chat", "ok"))
    with Session(server=server, env={"EDITOR": str(editor)}) as talk:
        assert talk.say("/edit first") == "ok"
    assert questions(server, 0) == ["firsttwo\nlines"]


@pytest.mark.slow
def test_an_empty_edit_sends_nothing(server: Server) -> None:
    with Session(server=server, env={"EDITOR": "true"}) as talk:
        assert talk.say("/edit") == "nothing sent"


@pytest.mark.slow
def test_a_shape(server: Server) -> None:
    server.answer(
        streamed("chat", '{"name": "*Ann*"}'), streamed("chat", "No."), streamed("chat", "x")
    )
    with Session(server=server) as talk:
        assert talk.say("/schema name") == "schema: answer"
        assert talk.say("hi") == '{"name": "*Ann*"}'
        assert "does not fit the schema" in talk.say("hi")
        assert talk.say("/schema -") == "schema: (none)"
        assert talk.say("hi") == "x"
    assert server.requests[0].json["response_format"]["json_schema"]["strict"] is True
    assert "response_format" not in server.requests[2].json


# -- tools ----------------------------------------------------------------------------------------


def call(name: str, arguments: str) -> Answer:
    inner = {"name": name, "arguments": arguments}
    made = {"index": 0, "id": "call_1", "type": "function", "function": inner}
    return sse([chunk(None, role="assistant", tool_calls=[made]), chunk(finish="tool_calls")])


def test_tools(server: Server, tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text("def add(a: int, b: int) -> int:\n    return a + b\n")
    server.answer(call("add", '{"a": 1, "b": 2}'), streamed("chat", "It is 3."))
    with Session("--tool-cmd", "now: date", server=server, cwd=tmp_path) as talk:
        assert talk.say("/tool t.py") == "tools: now, add"
        assert "two tools" in talk.say("/tool t.py")
        assert talk.say("/tool up: echo {x}") == "tools: now, add, up"
        talk.type("1+2\r")
        talk.see("run add(a=1, b=2)? [y/N]")
        talk.type("y\n")
        talk.see("It is 3.")
        talk.ready()
    assert server.requests[1].json["messages"][-1] == {
        "role": "tool",
        "tool_call_id": "call_1",
        "content": "3",
    }


@pytest.mark.slow
def test_ctrl_c_at_a_tool_leaves_a_conversation_that_goes_on(
    server: Server, tmp_path: Path
) -> None:
    server.answer(call("now", "{}"), streamed("chat", "ok"))
    with Session("--tool-cmd", "now: date", server=server) as talk:
        talk.type("when?\r")
        talk.see("[y/N]")
        talk.type("\x03")
        talk.see("stopped")
        talk.ready()
        talk.say("never mind")
    assert questions(server, 1) == ["never mind"], "a call without its result is refused by the API"


@pytest.mark.slow
def test_hosted_tools(server: Server) -> None:
    server.answer(streamed("responses", "ok"))
    with Session(
        "--api", "responses", "--web-search", "--mcp", "d=https://d", server=server
    ) as talk:
        talk.say("hi")
    assert [tool["type"] for tool in server.requests[0].json["tools"]] == ["web_search", "mcp"]


@pytest.mark.slow
def test_what_the_server_forgot_is_sent_again(server: Server) -> None:
    server.answer(
        streamed("responses", "One."),
        error(400, "gone", code="previous_response_not_found"),
        streamed("responses", "Two.", "resp_2"),
    )
    with Session("--api", "responses", server=server) as talk:
        talk.say("first")
        found = talk.say("second")
        assert "has forgotten the conversation" in found and found.endswith("Two.")
    body = server.requests[2].json
    assert body.get("previous_response_id") is None
    assert [said(item) for item in body["input"]] == ["first", "One.", "second"]


def said(item: dict[str, Any]) -> str:
    content = item["content"]
    return content if isinstance(content, str) else content[0]["text"]


@pytest.mark.slow
def test_the_sandbox_remembers() -> None:
    for api in ("chat", "responses"):
        with Session("--api", api, "--sandbox") as talk:
            talk.say("my name is Ann")
            assert talk.say("what is my name?") == "Your name is Ann."
            assert "compacted" in talk.say("/compact")
