"""Conversations that are kept: by sessions, by one-liners, gone on with by either."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .support.api import chat, completion, response, response_events
from .support.cli import ROOT, environment, oai
from .support.server import Answer, Server, error, reply, sse
from .support.session import Session

BOTH = pytest.mark.parametrize("api", ["chat", "responses"])


def streamed(api: str, text: str, id: str = "resp_1", **fields: Any) -> Answer:
    """A streamed answer."""
    if api == "chat":
        return sse(chat(text))
    return sse(response_events([text], id=id, **{"store": True, **fields}))


def sessions() -> Any:
    """Every saved conversation, the last used first."""
    return oai("sessions", "list", "-f", "json").ok().json


def texts(name: str) -> list[str]:
    """What was said in a saved conversation."""
    return [
        one["text"] for one in oai("sessions", "show", name, "-f", "json").ok().json["messages"]
    ]


def said(server: Server, at: int = -1) -> list[str]:
    """The texts of a request's messages."""
    body = server.requests[at].json
    items = body.get("messages") or body["input"]
    if isinstance(items, str):
        return [items]
    contents = [item["content"] for item in items]
    return [one if isinstance(one, str) else one[0]["text"] for one in contents]


# -- one-liners -----------------------------------------------------------------------------------


@BOTH
def test_one_liners_leave_nothing(server: Server, api: str, isolated: Path) -> None:
    server.answer(streamed(api, "ok"))
    oai(api, "create", "hi", server=server).ok()
    assert not list(isolated.rglob("*.db"))


@BOTH
@pytest.mark.parametrize("style", ["auto", "json"])
def test_a_named_conversation_goes_on(server: Server, api: str, style: str) -> None:
    if style == "auto":
        server.answer(streamed(api, "Ja."), streamed(api, "Oui.", "resp_2"))
    elif api == "chat":
        server.answer(reply(completion("Ja.")), reply(completion("Oui.")))
    else:
        server.answer(reply(response("Ja.", store=True)), reply(response("Oui.", id="resp_2")))
    args = ("--session", "trip", "-f", style)
    oai(api, "create", "yes in German?", "-m", "m1", "-s", "Brief.", *args, server=server).ok()
    oai(api, "create", "and in French?", *args, server=server).ok()
    body = server.requests[1].json
    assert body["model"] == "m1", "the conversation knows its model"
    if api == "chat":
        assert said(server) == ["Brief.", "yes in German?", "Ja.", "and in French?"]
    else:
        assert body["instructions"] == "Brief."
        assert body["previous_response_id"] == "resp_1" and said(server) == ["and in French?"]
    (kept,) = sessions()
    assert (kept["name"], kept["api"], kept["title"]) == ("trip", api, "yes in German?")
    assert texts("trip") == ["yes in German?", "Ja.", "and in French?", "Oui."]


def test_the_last_conversation_goes_on(server: Server) -> None:
    server.answer(*(streamed("chat", text) for text in ("a", "b", "c")))
    oai("chat", "create", "one", "--session", "old", server=server).ok()
    oai("chat", "create", "two", "--session", "new", server=server).ok()
    oai("chat", "create", "-c", "and?", "-m", "m2", "-s", "Other.", server=server).ok()
    assert said(server) == ["Other.", "two", "b", "and?"]
    assert sessions()[0]["model"] == "m2" and sessions()[0]["system"] == "Other."


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("-c",), "no saved conversation"),
        (("-c", "--session", "x"), "exclude each other"),
        (("--session", "-x"), "name"),
        (("--session=",), "--session is empty"),
    ],
)
def test_bad_names(args: tuple[str, ...], word: str) -> None:
    done = oai("chat", "create", "hi", *args, "--sandbox")
    assert done.code == 2 and word in done.stderr


def test_the_other_api(server: Server) -> None:
    server.answer(streamed("responses", "ok"))
    oai("responses", "create", "hi", "--session", "r", server=server).ok()
    done = oai("chat", "create", "more", "-c", server=server)
    assert done.code == 2 and "oai responses create" in done.stderr


@pytest.mark.parametrize("flag", ["--previous-response-id", "--conversation"])
def test_two_pasts_are_one_too_many(server: Server, flag: str) -> None:
    server.answer(streamed("responses", "ok"))
    oai("responses", "create", "hi", "--session", "r", server=server).ok()
    done = oai("responses", "create", "more", "-c", flag, "x_1", server=server)
    assert done.code == 2 and flag in done.stderr


def test_a_profile_that_records(server: Server, write_config: Any) -> None:
    write_config('default_profile = "p"\n[profiles.p]\nrecord = true\n')
    server.answer(streamed("chat", "a"), streamed("chat", "b"))
    oai("chat", "create", "one", server=server).ok()
    oai("chat", "create", "two", server=server).ok()
    assert [one["title"] for one in sessions()] == ["two", "one"]
    assert said(server) == ["two"], "each is a conversation of its own"


def test_a_dry_run_shows_the_past_and_keeps_nothing(server: Server) -> None:
    server.answer(streamed("chat", "a"))
    oai("chat", "create", "one", "--session", "s", server=server).ok()
    shown = oai("chat", "create", "two", "-c", "--dry-run").ok().json["body"]["messages"]
    assert [message["content"] for message in shown] == ["one", "a", "two"]
    assert len(texts("s")) == 2


@BOTH
def test_a_dropped_answer_is_kept(server: Server, api: str) -> None:
    events: list[Any] = chat("Hel", "lo") if api == "chat" else response_events(["Hel", "lo"])
    server.answer(sse(events[:-1], done=False, end="cut"), streamed(api, "ok"))
    assert oai(api, "create", "hi", "--session", "s", server=server).code == 7
    oai(api, "create", "go on", "-c", server=server).ok()
    assert said(server) == ["hi", "Hello", "go on"]
    assert "previous_response_id" not in server.requests[1].json


def test_an_error_keeps_nothing(server: Server) -> None:
    server.answer(error(400, "no"))
    assert oai("chat", "create", "hi", "--session", "s", server=server).code == 1
    assert sessions() == []


def test_a_misfit_is_kept(server: Server) -> None:
    server.answer(reply(completion("oops")))
    args = ("--schema", "a int", "-f", "json", "--session", "s")
    assert oai("chat", "create", "hi", *args, server=server).code == 8
    assert texts("s") == ["hi", "oops"]


@BOTH
def test_tools_and_their_results_are_kept(server: Server, api: str, tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text("def add(a: int, b: int) -> int:\n    return a + b\n")
    args = ("--tool", str(tmp_path / "t.py"), "--approve", "always", "--sandbox", "--session", "s")
    oai(api, "create", "please add", *args).ok()
    assert len(texts("s")) == 4
    body = oai(api, "create", "more", "-c", "--dry-run").ok().json["body"]
    if api == "chat":
        roles = [message["role"] for message in body["messages"]]
        assert roles == ["user", "assistant", "tool", "assistant", "user"]
    else:
        assert body["previous_response_id"].startswith("resp_")


def test_nothing_stored_at_the_server_is_sent_again(server: Server) -> None:
    server.answer(streamed("responses", "a", store=False), streamed("responses", "b", store=False))
    args = ("--no-store", "--session", "s")
    oai("responses", "create", "one", *args, server=server).ok()
    oai("responses", "create", "two", *args, server=server).ok()
    body = server.requests[1].json
    assert said(server) == ["one", "a", "two"] and "previous_response_id" not in body
    assert "id" not in body["input"][1]


def test_a_server_that_forgot(server: Server) -> None:
    server.answer(
        streamed("responses", "a"),
        error(400, "gone", code="previous_response_not_found"),
        streamed("responses", "b", "resp_2"),
    )
    oai("responses", "create", "one", "--session", "s", server=server).ok()
    done = oai("responses", "create", "two", "-c", server=server).ok()
    assert done.stdout == "b\n" and "sending it again" in done.stderr
    assert said(server) == ["one", "a", "two"]


# -- sessions -------------------------------------------------------------------------------------


@pytest.mark.slow
@BOTH
def test_a_session_is_kept_and_goes_on(server: Server, api: str) -> None:
    server.handler = lambda asked: streamed(api, "ok", f"resp_{len(server.requests)}")
    with Session("--api", api, "-m", "m1", "-s", "Brief.", server=server) as talk:
        talk.say("one")
    (kept,) = sessions()
    assert (kept["api"], kept["model"], kept["system"]) == (api, "m1", "Brief.")
    with Session("-c", server=server) as talk:
        assert "2 messages, one" in talk.screen and "m1 ·" in talk.screen
        talk.say("two")
    oai(api, "create", "three", "-c", server=server).ok()
    assert texts(kept["id"]) == ["one", "ok", "two", "ok", "three", "ok"]
    body = server.requests[2].json
    if api == "chat":
        assert said(server) == ["Brief.", "one", "ok", "two", "ok", "three"]
    else:
        assert body["previous_response_id"] == "resp_2" and body["instructions"] == "Brief."


@pytest.mark.slow
def test_an_api_that_does_not_fit(server: Server) -> None:
    server.answer(streamed("responses", "ok"))
    oai("responses", "create", "hi", "--session", "r", server=server).ok()
    done = oai("chat", "--api", "chat", "-c", terminals=(True, True, True), stdin="")
    assert done.code == 2 and "held through responses" in done.stderr


@pytest.mark.slow
def test_names(server: Server) -> None:
    server.handler = lambda asked: streamed("chat", "ok")
    oai("chat", "create", "x", "--session", "taken", server=server).ok()
    with Session("--session", "trip", server=server) as talk:
        talk.say("one")
        assert "taken already" in talk.say("/save taken") or "already" in talk.screen
        assert talk.say("/save tour") == "saved as tour"
    assert [one["name"] for one in sessions()] == ["tour", "taken"]
    with Session(server=server) as talk:
        assert "already" in talk.say("/save taken"), "known before anything is paid for"
        talk.say("/save other")
        talk.say("two")
    assert sessions()[0]["name"] == "other"


@pytest.mark.slow
@BOTH
def test_fork(server: Server, api: str) -> None:
    server.handler = lambda asked: streamed(api, "ok", f"resp_{len(server.requests)}")
    with Session("--api", api, "--session", "trunk", server=server) as talk:
        assert talk.say("/fork") == "nothing is saved yet"
        talk.say("one")
        assert talk.say("/fork branch") == "this is now branch; trunk stays as it is"
        talk.say("two")
    assert texts("trunk") == ["one", "ok"]
    assert texts("branch") == ["one", "ok", "two", "ok"]
    if api == "responses":
        assert server.requests[1].json["previous_response_id"] == "resp_1"
    with Session("--session", "trunk", server=server) as talk:
        talk.say("three")
    if api == "responses":
        assert server.requests[2].json["previous_response_id"] == "resp_1"
    else:
        assert said(server) == ["one", "ok", "three"]


@pytest.mark.slow
@BOTH
def test_load(server: Server, api: str) -> None:
    server.handler = lambda asked: streamed(api, "ok", f"resp_{len(server.requests)}")
    oai(api, "create", "old", "--session", "first", "-m", "m1", server=server).ok()
    with Session(server=server) as talk:
        assert "first" in talk.say("/sessions") and "old" in talk.screen
        assert "no session" in talk.say("/load frist") and "first" in talk.screen
        assert talk.say("/load first") == "first: 2 messages, old"
        talk.say("new")
        talk.say("/undo")
        talk.say("/undo")
        talk.say("anew")
    assert server.requests[1].json["model"] == "m1"
    assert server.requests[1].path.endswith("completions" if api == "chat" else "responses")
    assert said(server) == ["anew"] and "previous_response_id" not in server.requests[2].json
    assert texts("first") == ["anew", "ok"]


@pytest.mark.slow
def test_undo_of_what_was_gone_on_with(server: Server) -> None:
    server.handler = lambda asked: streamed("responses", "ok", f"resp_{len(server.requests)}")
    oai("responses", "create", "one", "--session", "s", server=server).ok()
    oai("responses", "create", "two", "-c", server=server).ok()
    with Session("-c", server=server) as talk:
        assert talk.say("/undo") == "forgotten: two"
    oai("responses", "create", "three", "-c", server=server).ok()
    assert said(server) == ["one", "ok", "three"], "all that is left is sent"


@pytest.mark.slow
@BOTH
def test_private_keeps_nothing(server: Server, api: str, isolated: Path) -> None:
    server.answer(*(streamed(api, "ok", store=False) for _ in "12"))
    with Session("--api", api, "--private", server=server) as talk:
        talk.say("a secret")
        assert talk.say("/fork") == "nothing is saved yet"
        talk.say("more")
        talk.type("\x1b[A")
        talk.see("> more")
        talk.type("\x15")
        talk.ready()
    assert said(server) == ["a secret", "ok", "more"]
    for path in isolated.rglob("*"):
        assert not path.is_file() or b"secret" not in path.read_bytes()
    assert sessions() == []
    if api == "responses":
        assert all(asked.json["store"] is False for asked in server.requests)


def test_what_is_kept_is_for_its_owner_only(server: Server, isolated: Path) -> None:
    server.answer(streamed("chat", "ok"))
    with Session(server=server) as talk:
        talk.say("hi")
    kept = [path for path in (isolated / "data").rglob("*") if path.is_file()]
    assert kept and all(path.stat().st_mode & 0o077 == 0 for path in kept), kept


@pytest.mark.slow
def test_several_terminals_at_once(server: Server) -> None:
    server.handler = lambda asked: streamed("chat", "ok")
    command = [sys.executable, "-m", "openai_cli", "chat", "create", "--session"]
    env = environment({"PYTHONPATH": str(ROOT)}, server)
    running = [
        subprocess.Popen(
            [*command, f"s{at % 2}", f"question {at}"],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for at in range(6)
    ]
    for process in running:
        _, problem = process.communicate(timeout=60)
        assert process.returncode == 0, problem
    found = [text for name in ("s0", "s1") for text in texts(name)]
    asked = [text for text in found if text.startswith("question")]
    assert len(asked) == len(set(asked)) == 6 and len(found) == 12
    assert len(sessions()) == 2
