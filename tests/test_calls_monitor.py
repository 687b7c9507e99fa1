"""`oai realtime calls monitor`: a call as people read it, and as scripts do."""

from __future__ import annotations

from typing import Any

import pytest

from .support.cli import Outcome, oai, oai_terminal
from .support.talker import Left, Peer, Talker

MONITOR = ("realtime", "calls", "monitor")
SANDBOX = {"OAI_SANDBOX": "1"}
HEARD = "conversation.item.input_audio_transcription.completed"


def monitored(talker: Talker, *args: str, retries: int = 0, **more: Any) -> Outcome:
    """`oai realtime calls monitor rtc_1` on that server."""
    env = {"OPENAI_BASE_URL": talker.url + "/v1", "OAI_MAX_RETRIES": str(retries)}
    return oai(*MONITOR, "rtc_1", *args, env=env, **more)


def telling(*events: dict[str, Any]) -> Any:
    """A server that tells these events and ends the call."""

    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(*events)
        peer.leave(1000)

    return script


def created(transcription: Any = None) -> dict[str, Any]:
    audio = {"input": {"transcription": transcription}}
    return {"type": "session.created", "session": {"model": "gpt-r", "audio": audio}}


def item(**fields: Any) -> dict[str, Any]:
    return {"type": "conversation.item.done", "item": fields}


CALL = (
    created({"model": "w"}),
    {"type": "input_audio_buffer.speech_stopped"},
    {"type": HEARD, "transcript": " What is\nthe weather? "},
    {"type": "response.function_call_arguments.done", "name": "weather", "arguments": '{"c": 1}'},
    item(type="function_call_output", output="sunny " * 60),
    {"type": "response.output_audio_transcript.done", "transcript": "It is sunny."},
    {"type": "response.output_text.done", "text": "Bye."},
    {"type": "input_audio_buffer.dtmf_event_received", "event": "5"},
    item(type="mcp_call", server_label="shop", name="find", output="12 found"),
    item(type="mcp_call", server_label="shop", name="buy", error={"message": "sold out"}),
    {"type": "response.done", "response": {"status": "completed"}},
    {
        "type": "response.done",
        "response": {"status": "cancelled", "status_details": {"reason": "turn_detected"}},
    },
    {
        "type": "response.done",
        "response": {"status": "failed", "status_details": {"error": {"message": "too long"}}},
    },
    {"type": f"{HEARD.rpartition('.')[0]}.failed", "error": {"message": "unclear"}},
    {"type": "input_audio_buffer.timeout_triggered"},
    {"type": "error", "error": {"message": "no such item"}},
    {"type": "tomorrow.happened"},
)


def test_a_call_for_people(talker: Talker) -> None:
    talker.script = telling(*CALL)
    done = monitored(talker, "-f", "text").ok()
    assert talker.only.asked.query == [("call_id", "rtc_1")]
    times, told = zip(*(line.split("  ", 1) for line in done.lines), strict=True)
    assert set(times) <= {"00:00", "00:01", "00:02", "00:03"}
    assert list(told) == [
        "· gpt-r leads the call",
        "caller: What is the weather?",
        '· the model calls weather {"c": 1}',
        "· the tool answers " + ("sunny " * 60)[:199] + "…",
        "model: It is sunny.",
        "model: Bye.",
        "· the caller presses 5",
        "· the tool shop.find answers 12 found",
        "· the tool shop.buy fails: sold out",
        "· the caller interrupts",
        "· the answer is failed: too long",
        "· error: unclear",
        "· the caller has said nothing for a while",
        "· error: no such item",
    ]
    assert done.stderr == ""


def test_a_session_that_writes_nothing_down(talker: Talker) -> None:
    talker.script = telling(created(), {"type": "input_audio_buffer.speech_stopped"})
    done = monitored(talker, "-f", "text").ok()
    assert "caller: (speaks; the session does not write down what it hears)" in done.stdout


@pytest.mark.parametrize("style", ["auto", "jsonl"])
def test_a_call_for_scripts(talker: Talker, style: str) -> None:
    talker.script = telling(*CALL)
    assert monitored(talker, "-f", style, stdin="not for me\n").ok().jsonl == list(CALL)


def test_a_call_as_one_document(talker: Talker) -> None:
    talker.script = telling(*CALL)
    assert monitored(talker, "-f", "json").ok().json == list(CALL)


def test_some_events_only(talker: Talker) -> None:
    talker.script = telling(*CALL)
    wanted = ("--events", "*.transcript*.done", "--events", "*.completed")
    done = monitored(talker, *wanted, "--jq", ".transcript").ok()
    assert done.stdout == " What is\nthe weather? \n"
    talker.script = telling(*CALL)
    done = monitored(talker, "--events", "*_transcript.done", "--jq", ".transcript").ok()
    assert done.lines == ["It is sunny."]


def test_a_dropped_connection_is_opened_again(talker: Talker, no_waiting: None) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        if len(talker.peers) == 1:
            peer.tell({"type": HEARD, "transcript": "before"})
            peer.drop()
            return
        peer.tell({"type": HEARD, "transcript": "after"})
        peer.leave(1000)

    talker.script = script
    done = monitored(talker, "-f", "text", retries=2).ok()
    assert [line.rpartition(" ")[2] for line in done.lines] == ["before", "after"]
    assert "connecting again" in done.stderr


def test_a_call_that_is_not_there(talker: Talker) -> None:
    talker.script = lambda peer: peer.refuse(404, {"error": {"message": "No such call."}})
    done = monitored(talker)
    assert done.code == 3 and "No such call." in done.stderr and done.stdout == ""


def test_an_id_that_is_empty(talker: Talker) -> None:
    done = oai(*MONITOR, "", env={"OPENAI_BASE_URL": talker.url + "/v1"})
    assert done.code == 2 and "CALL_ID is empty" in done.stderr
    assert talker.peers == []


def test_a_dry_run(talker: Talker) -> None:
    done = monitored(talker, "--dry-run").ok()
    assert done.json["url"] == f"ws{talker.url[4:]}/v1/realtime?call_id=rtc_1"
    assert talker.peers == []


def test_ctrl_c_on_a_terminal(talker: Talker) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell({"type": HEARD, "transcript": "good morning"})
        try:
            peer.hear()
        except Left:
            assert peer.left == (1000, "")

    talker.script = script
    env = {"OPENAI_BASE_URL": talker.url + "/v1"}
    screen = oai_terminal(*MONITOR, "rtc_1", env=env, answers=[("good morning", "\x03")])
    assert screen.code == 130
    assert "caller: good morning" in screen.text
    assert "attaches to rtc_1 again" in " ".join(screen.text.split())


def test_a_call_in_the_sandbox() -> None:
    made = oai("realtime", "calls", "create", "--sdp", "v=0", "--show-headers", env=SANDBOX).ok()
    (line,) = [line for line in made.stderr.splitlines() if "location" in line.lower()]
    id = line.rpartition("/")[2]
    done = oai(*MONITOR, id, "-f", "text", env=SANDBOX).ok()
    assert done.lines[0].endswith("leads the call")
    told = [line.split("  ", 1)[1] for line in done.lines]
    assert told[1] == "caller: Hello, my name is Ada."
    assert told[-1] == "model: Your name is Ada."
    assert oai(*MONITOR, id, env=SANDBOX).code == 3
