"""`oai … connect`: lines of JSON to a session's events and back, as a script sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from openai_cli.catalog import load
from openai_cli.core.console import Console
from openai_cli.engine.bridge import Bridge
from openai_cli.render import cells
from openai_cli.render.event_lines import EventLines

from .support.cli import ROOT, Outcome, environment, oai, oai_terminal, shell
from .support.lines import calls, parse
from .support.talker import Left, Peer, Talker

CONNECT = ("realtime", "connect", "--model", "m", "--max-retries", "0")
SHORT = ("--linger", "0.05")
CREATED = {"type": "session.created", "event_id": "event_1"}


def connect(talker: Talker, *args: str, stdin: str = "", **more: Any) -> Outcome:
    """`oai realtime connect` to that server."""
    env = {"OPENAI_BASE_URL": talker.url + "/v1", **more.pop("env", {})}
    return oai(*CONNECT, *args, stdin=stdin, env=env, **more)


def lines(*events: Any) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def echo(peer: Peer) -> None:
    """Greet, and say back what comes."""
    peer.accept()
    peer.tell(CREATED)
    while True:
        peer.tell({"type": "echo", "of": peer.hear()})


@pytest.fixture
def echoing(talker: Talker) -> Talker:
    def script(peer: Peer) -> None:
        with suppress(Left, ConnectionError):
            echo(peer)

    talker.script = script
    return talker


# -- lines in, lines out --------------------------------------------------------------------------


def test_a_line_in_is_an_event_and_an_event_is_a_line(echoing: Talker) -> None:
    sent = [{"type": "a", "text": "ü€\n"}, {"type": "b"}]
    done = connect(echoing, *SHORT, stdin="\n" + lines(*sent) + "  \n").ok()
    assert done.jsonl == [CREATED, *({"type": "echo", "of": event} for event in sent)]
    assert done.stderr == ""
    assert echoing.only.left == (1000, "")


def test_lines_are_sent_as_they_are_written(talker: Talker) -> None:
    heard = []

    def script(peer: Peer) -> None:
        peer.accept()
        heard.extend([peer.message(), peer.message()])
        peer.leave()

    talker.script = script
    text = b'{ "n":1.0,  "n2": 12345678901234567890 }\r\n{"last": "without a line end"}'
    connect(talker, stdin=text).ok()  # type: ignore[arg-type]
    assert heard == [
        b'{ "n":1.0,  "n2": 12345678901234567890 }',
        b'{"last": "without a line end"}',
    ]


def test_files_of_windows_begin_with_a_mark(echoing: Talker) -> None:
    done = connect(echoing, *SHORT, stdin="\ufeff" + '{"n": 1}\r\n').ok()
    assert done.jsonl == [CREATED, {"type": "echo", "of": {"n": 1}}]


def test_files_come_before_the_pipe(echoing: Talker, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"n": 1}')
    (tmp_path / "two.jsonl").write_text('{"n": 2}\n\n{"n": 3}\n')
    args = ("--send", str(tmp_path / "one.json"), "--send", str(tmp_path / "two.jsonl"))
    done = connect(echoing, *args, *SHORT, stdin='{"n": 4}').ok()
    assert [event["of"]["n"] for event in done.jsonl[1:]] == [1, 2, 3, 4]


def started(talker: Talker, *args: str) -> subprocess.Popen[bytes]:
    """The real command with pipes on both sides."""
    return subprocess.Popen(
        [sys.executable, "-m", "openai_cli", *CONNECT, *args],
        env=environment({"PYTHONPATH": str(ROOT), "OPENAI_BASE_URL": talker.url + "/v1"}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )


def test_live_both_ways_and_ctrl_c_says_goodbye(echoing: Talker) -> None:
    """Each line goes out when it is written, each event is there when it comes."""
    with started(echoing) as running:
        assert running.stdin and running.stdout and running.stderr
        assert json.loads(running.stdout.readline()) == CREATED
        for number in range(3):
            running.stdin.write(b'{"n": %d}\n' % number)
            assert json.loads(running.stdout.readline())["of"] == {"n": number}
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 130
        assert running.stderr.read() == b"interrupted\n"
    echoing.settle()
    assert echoing.only.left == (1000, "")


def test_a_reader_that_has_seen_enough(echoing: Talker) -> None:
    """As in `| head -1`: the pipe breaks, and that is no failure."""
    with started(echoing) as running:
        assert running.stdin and running.stdout and running.stderr
        running.stdout.readline()
        running.stdout.close()
        running.stdin.write(b'{"n": 1}\n')
        assert running.wait(20) == 0
        assert running.stderr.read() == b""
    echoing.settle()
    assert echoing.only.left == (1000, "")


def test_in_a_shell(echoing: Talker) -> None:
    script = "oai realtime connect --model m --linger 0.1 | head -1"
    done = shell(script, env={"OPENAI_BASE_URL": echoing.url + "/v1"}).ok()
    assert done.jsonl == [CREATED]


# -- when to stop ---------------------------------------------------------------------------------


def flow(*events: Any, pause: float = 0.0) -> Any:
    """A script that tells these, and then listens."""

    def script(peer: Peer) -> None:
        peer.accept()
        for event in events:
            peer.tell(event)
            time.sleep(pause)
        peer.rest()

    return script


@pytest.mark.parametrize("wanted", ["b.done", "b.*", "*.done", "?.done"])
def test_until_an_event(talker: Talker, wanted: str) -> None:
    talker.script = flow({"type": "a"}, {"type": "b.done"}, {"type": "c"})
    done = connect(talker, "--until", "nothing", "--until", wanted).ok()
    assert [event["type"] for event in done.jsonl] == ["a", "b.done"]
    talker.settle()
    assert talker.only.left == (1000, "")


def test_no_more_events_than_asked_for(talker: Talker) -> None:
    talker.script = flow({"type": "a"}, {"type": "b"}, {"type": "c"})
    done = connect(talker, "--max-items", "2").ok()
    assert [event["type"] for event in done.jsonl] == ["a", "b"]
    talker.settle()
    assert talker.only.left == (1000, "")


def test_until_an_event_that_does_not_come(talker: Talker) -> None:
    talker.script = flow({"type": "a"})
    done = connect(talker, "--until", "b.*", "--until", "c", "--for", "0.2")
    assert done.code == 7
    assert "b.* or c did not come in 0.2 s" in done.stderr
    assert done.jsonl == [{"type": "a"}]


def test_a_session_that_ends_too_early(talker: Talker) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell({"type": "a"})
        peer.leave(1000)

    talker.script = script
    assert connect(talker).ok().jsonl == [{"type": "a"}]
    done = connect(talker, "--until", "b")
    assert done.code == 8
    assert "ended before b came" in done.stderr
    assert done.jsonl == [{"type": "a"}]


def test_for_some_time(talker: Talker) -> None:
    talker.script = flow({"type": "a"})
    began = time.monotonic()
    done = connect(talker, "--for", "0.3", "--linger", "60").ok()
    assert 0.25 < time.monotonic() - began < 5
    assert done.jsonl == [{"type": "a"}]


@pytest.mark.slow
def test_lingering_counts_from_the_last_event(talker: Talker) -> None:
    """Silence ends it, not the time since the input ended."""
    talker.script = flow(*({"n": n} for n in range(6)), pause=0.12)
    done = connect(talker, "--linger", "0.4").ok()
    assert [event["n"] for event in done.jsonl] == list(range(6))


@pytest.mark.parametrize("option", ["--for", "--linger"])
@pytest.mark.parametrize("value", ["soon", "-1", "nan", ""])
def test_times_are_numbers(talker: Talker, option: str, value: str) -> None:
    done = connect(talker, option, value)
    assert done.code == 2 and option in done.stderr
    assert talker.peers == []


def test_interrupted_while_the_input_is_open(talker: Talker) -> None:
    """--until ends a session whose input is still open."""
    talker.script = flow({"type": "x"})
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stdin, os.fdopen(writing, "wb"):
        done = connect(talker, "--until", "x", stdin=stdin)  # type: ignore[arg-type]
    assert done.ok().jsonl == [{"type": "x"}]


# -- what can go wrong ----------------------------------------------------------------------------

ERROR = {"type": "error", "error": {"message": "No such voice.", "code": "invalid_value"}}


def test_error_events_are_told_and_shown_and_the_session_goes_on(talker: Talker) -> None:
    talker.script = flow(ERROR, {"type": "a"})
    done = connect(talker, *SHORT)
    assert done.code == 8
    assert done.jsonl == [ERROR, {"type": "a"}]
    assert "warning: the server reports an error: No such voice." in done.stderr
    assert "error: the server reported an error: No such voice." in done.stderr


def test_several_error_events_are_counted(talker: Talker) -> None:
    talker.script = flow(ERROR, ERROR)
    assert "reported 2 errors" in connect(talker, *SHORT).stderr


def test_an_error_does_not_matter_where_the_end_was_reached(talker: Talker) -> None:
    talker.script = flow(ERROR, {"type": "response.done"})
    done = connect(talker, "--until", "response.done").ok()
    assert "warning: the server reports an error: No such voice." in done.stderr


def test_the_first_error_can_end_it(talker: Talker) -> None:
    talker.script = flow(ERROR, {"type": "a"})
    done = connect(talker, "--fail-on-error", "--until", "a")
    assert done.code == 8 and done.jsonl == [ERROR]
    assert done.stderr == "error: the server reported an error: No such voice.\n", "told once"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{bad", "stdin, line 2: the event"),
        ("[1]", "stdin, line 2: an event has to be a JSON object"),
        ('{"a": NaN}', "stdin, line 2: the event"),
        ('{"a": 1} {"b": 2}', "stdin, line 2: the event"),
    ],
)
def test_bad_lines_lose_nothing(echoing: Talker, line: str, why: str) -> None:
    """What was sent before is answered and shown; what stands behind is not sent."""
    done = connect(echoing, *SHORT, stdin='{"n": 1}\n' + line + '\n{"n": 3}\n')
    assert done.code == 2
    assert why in done.stderr
    assert done.jsonl == [CREATED, {"type": "echo", "of": {"n": 1}}]
    assert echoing.only.left == (1000, "")


def test_bad_lines_of_files_are_named(echoing: Talker, tmp_path: Path) -> None:
    file = tmp_path / "first.jsonl"
    file.write_bytes(b'{"n": 1}\n\xff\n')
    done = connect(echoing, "--send", str(file), *SHORT)
    assert done.code == 2 and f"{file}, line 2: the event is not UTF-8 text" in done.stderr


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_files_that_cannot_be_read_are_found_before_anything_is_sent(
    talker: Talker, tmp_path: Path, name: str
) -> None:
    done = connect(talker, "--send", str(tmp_path / name))
    assert done.code == 2 and "cannot read" in done.stderr
    assert talker.peers == []


def test_until_names_something(talker: Talker) -> None:
    done = connect(talker, "--until", "")
    assert done.code == 2 and "--until is empty" in done.stderr
    assert talker.peers == []


def test_the_pipe_is_no_file(talker: Talker) -> None:
    assert connect(talker, "--send", "-").code == 2


@pytest.mark.parametrize(
    ("code", "reason", "exit"),
    [
        (1011, "server_error", 6),
        (4000, "invalid_request_error.invalid_api_key", 4),
        (4000, "rate_limit_exceeded", 5),
        (4001, "odd", 1),
    ],
)
def test_a_server_that_ends_the_session(talker: Talker, code: int, reason: str, exit: int) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell({"type": "a"})
        peer.leave(code, reason)

    talker.script = script
    done = connect(talker)
    assert done.code == exit
    assert done.jsonl == [{"type": "a"}]
    assert f"ended the session with code {code}: {reason}" in done.stderr
    assert "request: req_session" in done.stderr


def test_a_dropped_connection(talker: Talker) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell({"type": "a"})

    talker.script = script
    done = connect(talker)
    assert done.code == 7 and done.jsonl == [{"type": "a"}]
    assert "the connection dropped" in done.stderr and "start a new one" in done.stderr
    assert len(talker.peers) == 1, "such a session is not opened again"


def test_a_refused_handshake(talker: Talker) -> None:
    error = {"message": "No model 'm'.", "code": "model_not_found", "type": "x", "param": None}
    talker.script = lambda peer: peer.refuse(404, {"error": error})
    done = connect(talker, "-f", "json")
    assert done.code == 3 and done.stdout == ""
    assert done.error["message"] == "No model 'm'."


def test_there_is_nothing_to_wait_for(talker: Talker) -> None:
    done = connect(talker, "--wait")
    assert done.code == 2 and "nothing that can be waited for" in done.stderr


# -- sessions that outlive their connection -------------------------------------------------------

CALL = ("realtime", "connect", "--call-id", "rtc_1")


def watch(talker: Talker, *args: str, **more: Any) -> Outcome:
    env = {"OPENAI_BASE_URL": talker.url + "/v1"}
    return oai(*CALL, *args, env=env, **more)


def dropping(*events: Any) -> Any:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(*events)

    return script


def ending(*events: Any) -> Any:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(*events)
        peer.leave()

    return script


def test_calls_are_connected_to_again(talker: Talker, no_waiting: None) -> None:
    talker.scripts = [dropping({"n": 1}), dropping({"n": 2}), ending({"n": 3})]
    done = watch(talker, "--linger", "20").ok()
    assert [event["n"] for event in done.jsonl] == [1, 2, 3]
    assert done.stderr.count("the connection dropped; connecting again") == 2
    assert [peer.asked.target for peer in talker.peers] == ["/v1/realtime?call_id=rtc_1"] * 3


def test_a_call_that_is_over_meanwhile(talker: Talker, no_waiting: None) -> None:
    gone = {"error": {"message": "No such call.", "type": "x", "code": None, "param": None}}
    talker.scripts = [dropping({"n": 1}), lambda peer: peer.refuse(404, gone)]
    done = watch(talker, "--linger", "20").ok()
    assert done.jsonl == [{"n": 1}]
    assert "the session is over" in done.stderr


def test_a_server_that_restarts_is_connected_to_again(talker: Talker, no_waiting: None) -> None:
    """It ends the connection with a code of its own, and is not there for a moment."""

    def restarting(peer: Peer) -> None:
        peer.accept()
        peer.tell({"n": 1})
        peer.leave(1012, "restart")

    talker.scripts = [restarting, lambda peer: peer.refuse(503), ending({"n": 2})]
    done = watch(talker, "--max-retries", "2", "--linger", "20").ok()
    assert [event["n"] for event in done.jsonl] == [1, 2]
    assert "code 1012: restart; connecting again" in done.stderr


def test_a_refusal_for_good_ends_it(talker: Talker, no_waiting: None) -> None:
    talker.scripts = [dropping({"n": 1}), lambda peer: peer.refuse(401)]
    done = watch(talker, "--linger", "20")
    assert done.code == 4 and done.jsonl == [{"n": 1}]


def test_tries_to_connect_again_are_counted(talker: Talker, no_waiting: None) -> None:
    talker.script = dropping()
    done = watch(talker, "--max-retries", "2", "--linger", "20")
    assert done.code == 7
    assert done.stderr.count("connecting again") == 2
    assert len(talker.peers) == 3


def test_lines_wait_for_the_new_connection(talker: Talker, no_waiting: None) -> None:
    """A line that could not be sent is sent on the next connection, none twice."""
    heard: list[Any] = []

    def first(peer: Peer) -> None:
        peer.accept()
        heard.append(peer.hear())
        peer.drop()

    def second(peer: Peer) -> None:
        peer.accept()
        heard.append(peer.hear())
        peer.leave()

    talker.scripts = [first, second]
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stdin, os.fdopen(writing, "wb", 0) as pipe:

        def write() -> None:
            pipe.write(b'{"n": 1}\n')
            while len(talker.peers) < 2:
                time.sleep(0.01)
            pipe.write(b'{"n": 2}\n')

        writer = threading.Thread(target=write)
        writer.start()
        watch(talker, stdin=stdin).ok()
        writer.join()
    assert heard == [{"n": 1}, {"n": 2}]


# -- formats --------------------------------------------------------------------------------------


def test_dry_runs_send_nothing(talker: Talker) -> None:
    shown = connect(talker, "--dry-run", "--set", "x=1").ok().json
    assert shown["method"] == "GET"
    assert shown["url"] == talker.url.replace("http", "ws") + "/v1/realtime?model=m&x=1"
    assert "sk-test" not in json.dumps(shown)
    assert talker.peers == []


def test_curl_names_the_key_by_its_variable(talker: Talker) -> None:
    shown = connect(talker, "--curl").ok().stdout
    assert shown.startswith("curl ") and "$OPENAI_API_KEY" in shown
    assert "ws://127.0.0.1" in shown and "sk-test" not in shown
    assert talker.peers == []


def test_filters_see_event_by_event(echoing: Talker) -> None:
    sent = lines({"n": 1}, {"n": 2})
    done = connect(echoing, "--jq", ".of.n // empty", *SHORT, stdin=sent).ok()
    assert done.stdout == "1\n2\n"


def test_a_bad_filter(echoing: Talker) -> None:
    assert connect(echoing, "--jq", ".a[", *SHORT).code == 2


@pytest.mark.parametrize("style", ["json", "yaml"])
def test_one_document_at_the_end(echoing: Talker, style: str) -> None:
    import yaml

    done = connect(echoing, "-f", style, *SHORT, stdin='{"n": 1}').ok()
    assert yaml.safe_load(done.stdout) == [CREATED, {"type": "echo", "of": {"n": 1}}]


@pytest.mark.parametrize("style", ["json", "yaml"])
def test_ctrl_c_keeps_what_one_document_would_hold(
    talker: Talker, style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yaml

    def events(_: Bridge) -> Iterator[dict[str, Any]]:
        yield CREATED
        raise KeyboardInterrupt

    monkeypatch.setattr(Bridge, "events", events)
    talker.script = flow()
    done = connect(talker, "-f", style)
    assert done.code == 130 and yaml.safe_load(done.stdout) == [CREATED]


@pytest.mark.parametrize("style", ["table", "csv"])
def test_events_are_no_table(talker: Talker, style: str) -> None:
    talker.script = flow(CREATED)
    assert connect(talker, "-f", style, *SHORT).code == 2


def test_into_a_file(echoing: Talker, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    done = connect(echoing, "-o", str(file), *SHORT, stdin='{"n": 1}').ok()
    assert done.stdout == ""
    assert [json.loads(line) for line in file.read_text().splitlines()] == [
        CREATED,
        {"type": "echo", "of": {"n": 1}},
    ]


def test_what_came_is_kept_when_the_connection_drops(talker: Talker, tmp_path: Path) -> None:
    talker.script = dropping(CREATED)
    file = tmp_path / "events.jsonl"
    done = connect(talker, "-o", str(file))
    assert done.code == 7 and not file.exists()
    assert json.loads((tmp_path / "events.jsonl.partial").read_text()) == CREATED


def test_on_a_terminal_events_are_read_by_people(echoing: Talker) -> None:
    """What is typed wrong can be typed again; events are cut to the width, their ids stand last,
    and control characters do nothing."""
    typed = '{"item_id": "i", "type": "x", "audio": "%s", "text": "\\u001b[2J"}\n' % ("A" * 300)
    screen = oai_terminal(
        *CONNECT,
        *("--until", "echo"),
        env={"OPENAI_BASE_URL": echoing.url + "/v1"},
        answers=[("session.created", "[oops\n"), ("not sent: stdin, line 1", typed)],
        columns=100,
    )
    assert screen.code == 0
    assert "type one event a line, as JSON; Ctrl-D ends the input" in screen.text
    (line,) = [line for line in screen.lines if line.startswith("echo  ")]
    assert line.startswith('echo  {"of":{"type":"x","audio":')
    assert "A" * 40 + "… (300 characters)" in line and len(line) <= 100
    assert "\x1b[2J" not in screen.raw


def test_events_fit_a_narrow_terminal() -> None:
    """Also where letters are wide, and where the event's type leaves little room."""
    kind = "conversation.item.input_audio_transcription.completed"
    lines = EventLines(Console(None, None, None, env={"COLUMNS": "40"}))
    for event in ({"type": kind, "transcript": "x"}, {"type": "text", "delta": "日本語" * 20}):
        line = lines.feed(event).removesuffix("\n")
        assert cells.width(line) in (39, 40) and line.endswith("…")


# -- in the sandbox -------------------------------------------------------------------------------

SANDBOX = {"OAI_SANDBOX": "1"}
SAY = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello!"}]}
TEXT = {"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"]}}
START = {"type": "session.start", "session": {"model": "gpt-live-1", "store": True}}
ASK = {"type": "response.create", "model": "gpt-5.5", "input": "Hello!"}
TALK = (TEXT, {"type": "conversation.item.create", "item": SAY}, {"type": "response.create"})
FIRST = (
    {"type": "session.update", "session": {"modalities": ["text"]}},
    {"type": "conversation.item.create", "item": SAY},
    {"type": "response.create"},
)


def call() -> str:
    done = oai("realtime", "calls", "create", "--sdp", "v=0", "--show-headers", env=SANDBOX).ok()
    (place,) = [line for line in done.stderr.splitlines() if "ocation" in line]
    return place.rpartition("/")[2].strip()


def live() -> str:
    args = ("live", "connect", "--until", "session.started")
    done = oai(*args, env=SANDBOX, stdin=lines(START)).ok()
    return str(done.jsonl[-1]["session"]["id"])


@pytest.mark.parametrize("name", sorted(load.sockets()))
def test_every_connect_works_in_the_sandbox(name: str) -> None:
    close = {"type": "session.close"}
    sent, wanted = {
        "realtime.connect": (TALK, "response.done"),
        "realtime.translations.connect": ([close], "session.closed"),
        "beta.realtime.connect": (FIRST, "response.done"),
        "responses.connect": ([ASK], "response.completed"),
        "beta.responses.connect": ([ASK], "response.completed"),
        "live.connect": ([START, close], "session.closed"),
        "live.sideband.connect": ([close], "session.closed"),
        "live.forks.connect": ([START, close], "session.closed"),
    }[name]
    command = load.socket(name).command
    needed = [live()] if "{session_id}" in load.socket(name).path else []
    args = (*command, *needed, "--until", wanted, "--for", "20")
    done = oai(*args, env=SANDBOX, stdin=lines(*sent)).ok()
    assert done.jsonl[-1]["type"] == wanted
    assert not [event for event in done.jsonl if event["type"] == "error"]


def test_text_of_an_answer_in_the_sandbox() -> None:
    args = ("realtime", "connect", "--until", "response.done", "--jq", ".delta // empty")
    done = oai(*args, env=SANDBOX, stdin=lines(*TALK)).ok()
    assert "Hello" in done.stdout.replace("\n", "")


def test_a_call_in_the_sandbox_goes_on_until_it_ends() -> None:
    args = ("realtime", "connect", "--call-id", call(), "--linger", "20")
    done = oai(*args, env=SANDBOX).ok()
    kinds = [event["type"] for event in done.jsonl]
    assert kinds[0] == "session.created" and kinds.count("response.done") == 3


# -- what the house knows of connects -------------------------------------------------------------


def test_help_tells_what_a_session_takes() -> None:
    shown = oai("live", "sideband", "connect", "--help").ok().stdout
    assert "oai live sideband connect SESSION_ID" in shown
    for option in ("--until", "--send", "--linger", "--fail-on-error", "--graceful-close"):
        assert option in shown


@pytest.mark.parametrize("words", [("realtime.connect",), ("realtime", "connect")])
def test_connects_are_explained(words: tuple[str, ...]) -> None:
    told = oai("api", "show", *words).ok().json
    assert told["operation"] == "realtime.connect"
    assert [p["name"] for p in told["parameters"]] == ["call_id", "model"]
    assert "response.create" in told["sends"] and "response.done" in told["receives"]
    page = oai("api", "show", *words, "-f", "text").ok().stdout
    assert "response.create" in page and "response.done" in page


def test_connects_are_found_by_their_words() -> None:
    found = oai("help", "search", "hold realtime session open").ok().json
    assert found[0]["command"] == "oai realtime connect"


@pytest.mark.parametrize("name", sorted(load.sockets()))
def test_examples_of_connects_can_be_typed(name: str, tmp_path: Path) -> None:
    for line in load.socket(name).words.example:
        (found,) = calls(line)
        parse(found[0], tmp_path)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("realtime", "connect", "--un"), "--until"),
        (("live", "sideband", "connect", "--gra"), "--graceful-close"),
        (("realtime", "translations", "con"), "connect"),
    ],
)
def test_connects_are_completed(words: tuple[str, ...], offered: str) -> None:
    from openai_cli.completion.answer import reply

    shown = reply(["bash", *words], {})
    assert [line.split("\t")[0] for line in shown.splitlines()] == [offered, ":"]
