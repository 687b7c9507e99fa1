"""`oai realtime talk`, `transcribe` and `translate`: what is sent when, what is heard and shown."""

from __future__ import annotations

import array
import base64
import json
import sys
import wave
from pathlib import Path
from typing import Any

import pytest

from openai_cli.core.errors import NetworkError
from openai_cli.render import cells
from openai_cli.workflows.chat.tools import Call, Outcome
from openai_cli.workflows.talking import ear, source
from openai_cli.workflows.talking.calls import Calls
from openai_cli.workflows.talking.conversation import Conversation
from openai_cli.workflows.talking.keys import Typing
from openai_cli.workflows.talking.mouth import Mouth, Nobody
from openai_cli.workflows.talking.paragraphs import Paragraphs
from openai_cli.workflows.talking.tape import LAG, Tape

from .support.cli import oai, oai_terminal
from .support.clock import FakeTime
from .support.realtime import SETTLED, Room, Speaker, begun, done, sounds, words
from .support.server import Server
from .support.sound import RATE, numbers, silence, tone

SANDBOX = {"OAI_SANDBOX": "1", "OPENAI_API_KEY": ""}
BLOCK = source.SIZE
STARTED = {"type": "input_audio_buffer.speech_started", "item_id": "item_0", "audio_start_ms": 0}
STOPPED = {"type": "input_audio_buffer.speech_stopped", "item_id": "item_0", "audio_end_ms": 900}
COMMITTED = {"type": "input_audio_buffer.committed", "item_id": "item_0"}
WRITTEN = "conversation.item.input_audio_transcription."


def write_wav(path: Path, pcm: bytes, rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(pcm)
    return path


def spoken(tmp_path: Path, text: str, name: str = "said.wav") -> Path:
    """A recording of the sandbox's own voice."""
    path = tmp_path / name
    oai("audio", "speech", "create", text, "-o", str(path), "--quiet", env=SANDBOX).ok()
    return path


def wrote(text: str, item: str = "item_0") -> dict[str, Any]:
    return {"type": WRITTEN + "completed", "item_id": item, "transcript": text}


# -- the order of things ----------------------------------------------------------------------


def test_settings_come_first_then_what_the_microphone_hears(room: Room) -> None:
    blocks = [tone(300 + 100 * n, 0.04) for n in range(3)]
    room.microphone.hear(*blocks)
    room.start("realtime", "talk", "--voice", "marin", "-s", "Be brief.", "--language", "en")
    assert room.connected == [("realtime.connect", {"model": "gpt-realtime-2.1"})]
    room.says({"type": "session.created", "session": {"id": "sess_1"}})
    pcm = {"type": "audio/pcm", "rate": 24000}
    assert room.wire.sent == [
        {
            "type": "session.update",
            "session": {
                "type": "realtime",
                "output_modalities": ["audio"],
                "instructions": "Be brief.",
                "audio": {
                    "input": {
                        "format": pcm,
                        "turn_detection": {"type": "server_vad"},
                        "transcription": {"model": "gpt-transcribe", "language": "en"},
                    },
                    "output": {"format": pcm, "voice": "marin"},
                },
            },
        }
    ], "nothing is said before the settings hold"
    room.says(SETTLED)
    heard = room.sent("input_audio_buffer.append", 3)
    assert [base64.b64decode(event["audio"]) for event in heard] == blocks
    room.interrupt().ok()
    assert room.wire.closed == (1000, "")
    assert room.speaker.closed
    assert {event["type"] for event in room.wire.sent} == {
        "session.update",
        "input_audio_buffer.append",
    }


def test_semantic_turns_tools_and_any_other_setting(room: Room, tmp_path: Path) -> None:
    tool = tmp_path / "t.py"
    tool.write_text('def now(zone: str) -> str:\n    """The time."""\n    return zone\n')
    room.start(
        *("realtime", "talk", "--vad", "semantic", "--tool", str(tool), "-m", "my-model"),
        *("--transcribe-with", "none", "--set", "reasoning.effort=low"),
        *("--set", "max_output_tokens:=100"),
    )
    (first,) = room.wire.sent
    session = first["session"]
    assert session["audio"]["input"]["turn_detection"] == {"type": "semantic_vad"}
    assert "transcription" not in session["audio"]["input"]
    assert session["reasoning"] == {"effort": "low"}
    assert session["max_output_tokens"] == 100
    assert "instructions" not in session
    (offered,) = session["tools"]
    assert (offered["type"], offered["name"], offered["description"]) == (
        "function",
        "now",
        "The time.",
    )
    assert offered["parameters"]["properties"]["zone"] == {"type": "string"}
    assert room.connected[0][1] == {"model": "my-model"}
    room.says(SETTLED)
    room.interrupt().ok()


@pytest.mark.parametrize("odd", ["audio=5", "audio:=null", "audio.input:=[]"])
@pytest.mark.parametrize("words", [["talk", "--text", "--silent"], ["transcribe", "a.wav"]])
def test_odd_settings_are_for_the_server_to_judge(
    tmp_path: Path, words: list[str], odd: str
) -> None:
    write_wav(tmp_path / "a.wav", silence(0.2))
    outcome = oai("realtime", *words, "--set", odd, env=SANDBOX, cwd=tmp_path, stdin="Hi\n")
    assert outcome.code == 1 and "error: 'session.audio" in outcome.stderr
    assert "has to be an object" in outcome.stderr


def test_dry_run_shows_the_handshake_and_the_first_event() -> None:
    shown = oai("realtime", "talk", "--dry-run", "--vad", "none", "--input", "no.wav").ok().json
    assert shown["url"] == "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1"
    (first,) = shown["events"]
    assert first["session"]["audio"]["input"]["turn_detection"] is None
    shown = oai("realtime", "transcribe", "--dry-run").ok().json
    assert shown["url"].endswith("/v1/realtime?intent=transcription")
    assert shown["events"][0]["session"]["audio"]["input"]["turn_detection"] is None
    shown = oai("realtime", "translate", "--to", "es", "--dry-run").ok().json
    assert shown["url"].endswith("/v1/realtime/translations?model=gpt-realtime-translate")
    assert shown["events"][0]["session"] == {"audio": {"output": {"language": "es"}}}


# -- barge-in ---------------------------------------------------------------------------------


def test_whoever_speaks_silences_the_model_at_once(room: Room) -> None:
    room.start("realtime", "talk")
    room.says(SETTLED, *begun(), words("One,"), sounds(tone(400, 1.0)), words(" two,"))
    room.says(sounds(tone(500, 1.0)), words(" three."))
    assert len(room.speaker.written) / 2 / RATE == pytest.approx(1.04, abs=0.05)
    room.speaker.now = int(0.7 * RATE)
    room.says(STARTED)
    assert room.speaker.cleared == 1
    before = room.speaker.written
    assert len(before) == 2 * room.speaker.now
    room.says(sounds(tone(600, 1.0)), words(" four"), *done(status="cancelled"))
    assert room.speaker.written == before, "nothing more reaches the loudspeaker"
    (cut,) = room.sent("conversation.item.truncate")
    assert cut == {
        "type": "conversation.item.truncate",
        "item_id": "item_1",
        "content_index": 0,
        "audio_end_ms": 700,
    }
    assert not [event for event in room.wire.sent if event["type"] == "response.cancel"], (
        "the server stops its own answer"
    )
    assert room.interrupt().ok().stdout == "model: One,\n", "what nobody heard was not said"


def test_an_answer_that_is_complete_but_still_heard_is_cut_too(room: Room) -> None:
    room.start("realtime", "talk")
    room.says(SETTLED, *begun(), sounds(tone(400, 0.8)), *done())
    room.speaker.now = int(0.25 * RATE)
    room.says(STARTED)
    (cut,) = room.sent("conversation.item.truncate")
    assert cut["audio_end_ms"] == 250
    room.says(STOPPED, *begun("resp_2", "item_2"), sounds(tone(500, 0.4), "resp_2", "item_2"))
    room.speaker.now += int(0.1 * RATE)
    room.says(STARTED)
    second = room.sent("conversation.item.truncate", 2)[1]
    assert (second["item_id"], second["audio_end_ms"]) == ("item_2", 100)
    room.interrupt().ok()


def test_an_answer_that_was_heard_to_its_end_is_left_alone(room: Room) -> None:
    room.start("realtime", "talk")
    room.says(SETTLED, *begun(), words("Yes."), sounds(tone(400, 0.5)), *done())
    room.speaker.now = RATE
    room.says(STARTED, STOPPED)
    assert [event["type"] for event in room.wire.sent] == ["session.update"]
    assert room.interrupt().ok().stdout == "model: Yes.\n"


def machine(speaker: Any, **more: Any) -> tuple[Conversation, list[dict[str, Any]]]:
    """A conversation by itself, and what it sends."""
    sent: list[dict[str, Any]] = []
    time = FakeTime()
    mouth = Mouth(speaker)

    class Nowhere:
        def text(self, text: str, *, trusted: bool = False) -> None:
            pass

    said = Paragraphs(Nowhere(), time.clock, mouth.heard, live=False)
    made = Conversation(sent.append, mouth, said, lambda line: None, time.clock, **more)
    return made, sent


def handle(made: Conversation, *events: dict[str, Any]) -> None:
    for event in events:
        made.handle(event)
        made.tick()


def test_a_key_or_a_typed_line_cancels_and_truncates_in_this_order() -> None:
    speaker = Speaker()
    made, sent = machine(speaker, detected=False)
    handle(made, *begun(), sounds(tone(400, 1.0)))
    speaker.now = int(0.3 * RATE)
    made.typed("Stop")
    assert [event["type"] for event in sent] == [
        "response.cancel",
        "conversation.item.truncate",
        "conversation.item.create",
    ], "the next answer waits for the end of this one"
    assert sent[0]["response_id"] == "resp_1"
    assert sent[1]["audio_end_ms"] == 300
    assert sent[2]["item"]["content"] == [{"type": "input_text", "text": "Stop"}]
    handle(made, *done(status="cancelled"))
    assert [event["type"] for event in sent[3:]] == ["response.create"]


def test_an_answer_that_had_not_begun_is_cancelled_when_it_does() -> None:
    speaker = Speaker()
    made, sent = machine(speaker, detected=False)
    made.commit()
    made.interrupt()
    handle(made, *begun(), sounds(tone(400, 0.2)))
    assert [event["type"] for event in sent] == [
        "input_audio_buffer.commit",
        "response.create",
        "response.cancel",
    ]
    assert speaker.written == b""


def test_a_server_that_was_not_ready_is_asked_again() -> None:
    made, sent = machine(Speaker())
    clock = FakeTime()
    made._wish._clock = clock.clock
    made.typed("Hello")
    error = {"code": "conversation_already_has_active_response", "message": "not finished"}
    handle(made, {"type": "error", "error": {**error, "event_id": sent[-1]["event_id"]}})
    assert [event["type"] for event in sent].count("response.create") == 1
    clock.now += 1
    made.tick()
    assert [event["type"] for event in sent].count("response.create") == 2
    assert not made.idle


# -- turns --------------------------------------------------------------------------------------


def listener(turns: ear.Turns, **more: Any) -> tuple[ear.Ear, list[str]]:
    """An ear without a thread, and what it did: `+` for a block, `commit`."""
    did: list[str] = []

    def send(event: dict[str, Any]) -> bool:
        did.append("+")
        return True

    class Nothing:
        def blocks(self) -> Any:
            return iter(())

        def stop(self) -> None:
            pass

    return ear.Ear(Nothing(), turns, send, commit=lambda: did.append("commit"), **more), did


def test_a_held_key_makes_a_turn_and_its_last_breath_belongs_to_it() -> None:
    held = ear.Held()
    made, did = listener(held)
    block = bytes(BLOCK)
    made.take(block)
    held.press()
    made.take(block)
    made.take(block)
    held.release()
    for _ in range(8):
        made.take(block)
    assert did == ["+"] * (2 + ear.RELEASE) + ["commit"]


def test_a_key_that_was_only_touched_commits_nothing_the_server_would_refuse() -> None:
    held = ear.Held()
    made, did = listener(held)
    held.press()
    held.release()
    for _ in range(8):
        made.take(bytes(BLOCK // 4))
    assert "commit" not in did


def test_our_own_turns_end_in_pauses_and_in_long_speech_at_a_breath() -> None:
    made, did = listener(ear.Pauses())
    talk = tone(180, 0.16, 0.3) + silence(0.04)

    def hear(pcm: bytes) -> int:
        del did[:]
        for at in range(0, len(pcm), BLOCK):
            made.take(pcm[at : at + BLOCK])
        return did.count("commit")

    assert hear(silence(2.0)) == 0
    assert hear(talk * 5 + silence(0.3)) == 0
    assert hear(silence(0.6)) == 1
    assert hear(silence(3.0)) == 0
    assert hear(talk * 200) == 0, "nobody is interrupted in the middle of a word"
    assert hear(silence(0.36)) == 1


def test_half_duplex_says_nothing_while_the_model_is_heard(room: Room) -> None:
    room.start("realtime", "talk", "--half-duplex")
    room.says(SETTLED)
    room.microphone.hear(bytes(BLOCK))
    room.sent("input_audio_buffer.append", 1)
    room.says(*begun(), sounds(tone(400, 1.0)), *done())
    room.microphone.hear(*[tone(300, 0.04)] * 20)
    room.wait(room.microphone._blocks.empty)
    room.speaker.now = RATE // 2
    room.microphone.hear(*[tone(300, 0.04)] * 20)
    room.wait(room.microphone._blocks.empty)
    assert len(room.sent("input_audio_buffer.append")) == 1
    room.speaker.now = RATE
    room.wait(lambda: _hears_again(room))
    room.interrupt().ok()


def _hears_again(room: Room) -> bool:
    room.microphone.hear(tone(300, 0.04))
    return len(room.sent("input_audio_buffer.append")) > 1


# -- what is shown --------------------------------------------------------------------------------


def test_both_sides_are_written_in_the_order_of_the_talk(room: Room) -> None:
    room.start("realtime", "talk")
    room.says(SETTLED, STARTED, STOPPED, COMMITTED, *begun(), words("Fine,"))
    room.says(sounds(tone(400, 0.2)), words(" thanks."), *done())
    room.speaker.now = RATE
    room.says({"type": WRITTEN + "delta", "item_id": "item_0", "delta": "How are "})
    room.says({"type": WRITTEN + "delta", "item_id": "item_0", "delta": "you?"})
    room.says(wrote("How are you?"))
    assert room.interrupt().ok().lines == ["you: How are you?", "model: Fine, thanks."]


class Sheet:
    """Paper that remembers."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def text(self, text: str, *, trusted: bool = False) -> None:
        self.seen.append(text)


def test_words_appear_when_they_are_heard_and_nothing_is_taken_back() -> None:
    sheet, time, heard = Sheet(), FakeTime(), {"a": 0}
    said = Paragraphs(sheet, time.clock, lambda key: heard.get(key, 0), live=True)
    said.begin("model", "a")
    said.say("a", "One", 0)
    said.say("a", " two\nlines", 1000)
    said.show()
    assert sheet.seen == ["", "One"]
    assert not said.resting
    heard["a"] = 1000
    said.show()
    said.finish("a")
    assert "".join(sheet.seen) == "One two lines\n"
    assert said.resting
    assert not said.pending


def test_a_paragraph_that_stays_empty_lets_the_next_one_pass() -> None:
    sheet, time = Sheet(), FakeTime()
    said = Paragraphs(sheet, time.clock, lambda key: 0, live=False, names={"you": "you: "})
    said.begin("you", "late")
    said.line("model", "b", "An answer")
    said.show()
    assert sheet.seen == []
    time.now += 3
    said.show()
    assert sheet.seen == ["", "An answer\n"]
    said.finish("late", "A question")
    assert "".join(sheet.seen) == "An answer\nyou: A question\n"


def test_a_paragraph_that_never_gets_words_is_given_up() -> None:
    sheet, time = Sheet(), FakeTime()
    said = Paragraphs(sheet, time.clock, lambda key: 0, live=True)
    said.begin("you", "lost")
    time.now += 60
    said.show()
    assert not said.pending
    assert sheet.seen == []


def test_a_model_cannot_drive_the_terminal(room: Room) -> None:
    room.start("realtime", "talk", "--color", "never", terminals=(False, True, False))
    room.says(SETTLED, *begun(), words("\x1b[2JHa\x07 \u202ettub"), *done())
    shown = room.interrupt().ok().stdout
    assert shown == "model: ␛[2JHa␇ �ttub\n"


def test_events_are_shown_instead_where_they_are_asked_for(room: Room) -> None:
    room.start("realtime", "talk", "-f", "jsonl")
    room.says({"type": "session.created"}, SETTLED, *begun(), *done())
    kinds = [event["type"] for event in room.interrupt().ok().jsonl]
    assert kinds[:3] == ["session.created", "session.updated", "response.created"]
    assert kinds[-1] == "response.done"


def test_what_was_used_is_told_at_the_end(room: Room) -> None:
    room.start("realtime", "talk")
    usage = {"input_tokens": 1200, "output_tokens": 34, "total_tokens": 1234}
    usage |= {"input_token_details": {"audio_tokens": 1000, "cached_tokens": 0}}  # type: ignore[dict-item]
    told = {"type": "tokens", "total_tokens": 7}
    room.says(SETTLED, *begun(), *done(usage=usage), COMMITTED, {**wrote("Hi"), "usage": told})
    stderr = room.interrupt().ok().stderr
    assert "1 answer, 1,200 tokens in (1,000 audio), 34 tokens out, 7 tokens for" in stderr


# -- tools --------------------------------------------------------------------------------------


def called(arguments: str, id: str = "call_1") -> list[dict[str, Any]]:
    item = {"id": "item_7", "type": "function_call", "call_id": id, "name": "weather"}
    item["arguments"] = arguments
    over = {"type": "response.output_item.done", "response_id": "resp_1", "item": item}
    begins, _ = begun()
    response = {"id": "resp_1", "status": "completed", "output": [item]}
    return [begins, over, {"type": "response.done", "response": response}]


def tool(tmp_path: Path) -> str:
    path = tmp_path / "weather.py"
    path.write_text(
        'def weather(city: str) -> str:\n    """Weather."""\n    return f"sun in {city}"\n'
    )
    return str(path)


def test_a_tool_runs_beside_the_talk_and_its_output_is_answered(room: Room, tmp_path: Path) -> None:
    room.start("realtime", "talk", "--tool", tool(tmp_path), "--approve", "always")
    room.says(SETTLED, *called('{"city": "Oslo"}'))
    (asked,) = room.sent("response.create")
    item, last = room.wire.sent[-2:]
    assert item["item"] == {
        "type": "function_call_output",
        "call_id": "call_1",
        "output": "sun in Oslo",
    }
    assert last is asked
    assert 'running weather(city="Oslo")' in room.interrupt().ok().stderr


def test_without_leave_a_tool_is_not_run_and_the_model_is_told(room: Room, tmp_path: Path) -> None:
    room.start("realtime", "talk", "--tool", tool(tmp_path))
    room.says(SETTLED, *called('{"city": "Oslo"}'))
    (item,) = room.sent("conversation.item.create")
    assert "did not allow" in item["item"]["output"]
    assert "--approve always" in room.interrupt().ok().stderr


def test_on_a_terminal_a_tool_is_asked_about_and_lines_are_typed(tmp_path: Path) -> None:
    screen = oai_terminal(
        *("realtime", "talk", "--text", "--silent", "--tool", tool(tmp_path)),
        env=SANDBOX,
        answers=[
            ("type to write", "weatherr\x7f in \x1b[DOslo\r"),
            ("[y/N]", "y\r"),
            ("The tool came back with", "Count to 3\r"),
            ("1, 2, 3", "\x04"),
        ],
    )
    assert screen.code == 0
    shown = [line for line in screen.lines if line.startswith(("you:", "model:"))]
    assert shown == [
        "you: weather in Oslo",
        "model: The tool came back with: sun in Oslo",
        "you: Count to 3",
        "model: 1, 2, 3",
    ]


def test_rounds_of_calls_have_an_end() -> None:
    calls = Calls([], lambda tool, arguments: True, 2)
    for _ in range(3):
        calls.start([Call("c", "x", "{}")])
    found: list[Outcome] = []
    Room.wait(lambda: _gathered(calls, found, 3))
    assert sum("enough" in outcome.output for outcome in found) == 1
    calls.new_turn()
    calls.start([Call("c", "x", "{}")])
    Room.wait(lambda: _gathered(calls, found, 4))
    assert "there is no tool" in found[-1].output


def _gathered(calls: Calls, found: list[Outcome], count: int) -> bool:
    found.extend(calls.finished() or ())
    return len(found) == count


# -- ends ---------------------------------------------------------------------------------------


def test_settings_that_the_server_refuses_end_it(room: Room) -> None:
    room.start("realtime", "talk", "--voice", "nobody")
    error = {"type": "invalid_request_error", "code": "invalid_value", "message": "No such voice."}
    done = room.ends_with({"type": "error", "error": error})
    assert done.code == 1
    assert "error: No such voice." in done.stderr
    assert room.speaker.closed


def test_a_dropped_connection_says_what_is_lost(room: Room) -> None:
    room.start("realtime", "talk")
    room.says(SETTLED, *begun(), words("I was ab"))
    done = room.ends(NetworkError("the connection dropped"))
    assert done.code == 7
    assert done.stdout == "model: I was ab\n"
    assert "cannot be taken up again" in done.stderr


def test_the_end_of_a_session_is_announced_and_is_no_failure(room: Room) -> None:
    from time import time

    room.start("realtime", "talk")
    room.says({"type": "session.created", "session": {"expires_at": time() + 240}}, SETTLED)
    done = room.leaves(1001, "session_expired").ok()
    assert "the server ends this session in 4 min" in done.stderr
    assert "the server has ended the session" in done.stderr


def test_ctrl_c_before_the_talk_has_begun_is_an_interruption(room: Room) -> None:
    room.start("realtime", "talk")
    assert room.interrupt().code == 130


def test_a_failed_answer_fails_a_command_that_nobody_watches(room: Room, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(300, 0.4))
    room.start("realtime", "talk", "--input", str(path), "--fast")
    room.says(SETTLED)
    room.sent("response.create")
    failed = {"type": "failed", "error": {"code": "server_error", "message": "Try later."}}
    for event in [*begun(), *done(status="failed", status_details=failed)]:
        room.wire.put(event)
    outcome = room.ends()
    assert outcome.code == 8
    assert "the answer failed: Try later." in outcome.stderr
    kinds = [event["type"] for event in room.wire.sent]
    assert kinds == [
        "session.update",
        *["input_audio_buffer.append"] * 10,
        "input_audio_buffer.commit",
        "response.create",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["talk", "--text", "--push-to-talk"], "choose one"),
        (["talk", "--input", "a.wav", "--text"], "choose one"),
        (["talk", "--push-to-talk"], "need a terminal"),
        (["talk", "--vad", "maybe"], "server, semantic, none"),
        (["talk", "--fast"], "--input"),
        (["talk", "--input", "a.wav", "--fast", "--record", "b.wav"], "--record keeps the time"),
        (["talk", "--input", "no-such.wav"], "cannot read no-such.wav"),
        (["talk", "--text", "--silent", "--output-audio", "a.wav"], "no sound"),
        (["talk", "--input", "-", "--rate", "-5"], "--rate wants 1 to 384000 Hz, not -5"),
        (["talk", "--text", "--max-turns", "0"], "--max-turns wants 1 or more"),
        (["talk", "--text", "--output-audio", "-", "-f", "jsonl"], "stdout cannot carry both"),
        (["translate", "-", "-o", "-", "--jq", ".type"], "stdout cannot carry both"),
        (["talk", "--text", "--approve", "perhaps"], "--approve wants"),
        (["talk", "--text", "--set", "x"], "--set wants"),
        (["talk", "--text", "--output-audio", "no/such/folder.wav"], "no folder"),
        (["transcribe", "a.wav", "--mic"], "not to both"),
        (["transcribe", "--fast"], "name one"),
        (["transcribe", ""], "FILE is empty"),
        (["translate", ""], "FILE is empty"),
        (["talk", "--input", ""], "--input is empty"),
        (["translate", "--to", ""], "--to is empty"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    server: Server, tmp_path: Path, words: list[str], told: str
) -> None:
    outcome = oai("realtime", *words, server=server, cwd=tmp_path)
    assert outcome.code == 2, outcome
    assert told in outcome.stderr


# -- sound that was heard -------------------------------------------------------------------------


def test_a_loudspeaker_gets_a_second_ahead_and_time_is_counted_as_heard() -> None:
    speaker = Speaker()
    mouth = Mouth(speaker)
    mouth.play("a", tone(400, 3.0))
    assert len(speaker.written) / 2 / RATE == pytest.approx(1.04, abs=0.05)
    speaker.now = RATE
    mouth.pump()
    assert len(speaker.written) / 2 / RATE == pytest.approx(2.04, abs=0.05)
    assert mouth.heard("a") == RATE
    assert mouth.came("a") == 3 * RATE
    cut = mouth.stop()
    assert cut is not None
    assert (cut.item, cut.heard) == ("a", 1000)
    assert mouth.stop() is None
    assert not mouth.playing


def test_where_there_is_no_loudspeaker_time_passes_all_the_same() -> None:
    time = FakeTime()
    mouth = Mouth(Nobody(time.clock))
    mouth.play("a", tone(400, 0.5))
    time.now += 0.2
    assert mouth.heard("a") == pytest.approx(0.2 * RATE, abs=2)
    time.now += 5
    assert not mouth.playing
    mouth.play("b", tone(400, 0.5))
    time.now += 0.1
    cut = mouth.stop()
    assert cut is not None
    assert (cut.item, cut.heard) == ("b", 100)


def read_sides(path: Path) -> tuple[list[int], list[int]]:
    with wave.open(str(path)) as file:
        assert file.getparams()[:3] == (2, 2, RATE)
        both = numbers(file.readframes(file.getnframes()))
    return list(both[::2]), list(both[1::2])


def first_loud(side: list[int]) -> float:
    return next(at for at, value in enumerate(side) if abs(value) > 1000) / RATE


def test_a_tape_holds_both_sides_where_they_were_heard(tmp_path: Path) -> None:
    time = FakeTime()
    mouth = Mouth(Nobody(time.clock), tape=True)
    path = tmp_path / "both.wav"
    tape = Tape(path, mouth.heard_sound)
    you = silence(0.4) + tone(300, 0.4) + silence(2.4)
    for number, at in enumerate(range(0, len(you), BLOCK)):
        time.now += 0.04
        if number == 25:
            mouth.play("a", tone(800, 0.5))
        if number == 50:
            mouth.play("b", tone(900, 1.0))
        if number == 60:
            mouth.stop()
        tape.add(you[at : at + BLOCK])
        if number == 40:
            left, right = read_sides(path)
            assert len(left) == 41 * BLOCK // 2 - LAG, "whole at every moment"
    tape.close()
    left, right = read_sides(path)
    assert len(left) == len(you) // 2
    assert left == list(numbers(you))
    assert first_loud(left) == pytest.approx(0.4, abs=0.01)
    assert first_loud(right) == pytest.approx(1.04, abs=0.05)
    assert longest_run(right) == pytest.approx(0.5, abs=0.01), "an answer stays whole"
    second = right[int(1.8 * RATE) :]
    assert first_loud(second) + 1.8 == pytest.approx(2.04, abs=0.05)
    heard = sum(abs(value) > 300 for value in second) / RATE
    assert heard == pytest.approx(0.4, abs=0.05), "what was cut off is not on the tape"


def longest_run(side: list[int]) -> float:
    """Seconds of the longest stretch without a gap of a hundredth of a second."""
    longest = run = gap = 0
    for value in side:
        gap = gap + 1 if abs(value) < 300 else 0
        run = 0 if gap > RATE // 100 else run + 1
        longest = max(longest, run)
    return longest / RATE


def test_the_end_of_what_is_typed_is_seen() -> None:
    assert cells.fit_end("hello", 5) == "hello"
    assert cells.fit_end("hello world", 5) == "…orld"
    assert cells.fit_end("日本語", 5) == "…本語"
    assert cells.fit_end("日本語", 4) == "…語"


def test_typing_a_line_knows_its_keys() -> None:
    typing = Typing()
    assert typing.feed("Hellp\x7fo\r") == ["Hello"]
    assert typing.feed("no\x15ja") == []
    assert typing.text == "ja"
    assert typing.feed("\n\n") == ["ja", ""]
    assert not typing.over
    typing.feed("\x04")
    assert typing.over


# -- against the sandbox --------------------------------------------------------------------------


def test_a_pipe_talks_line_by_line() -> None:
    outcome = oai("realtime", "talk", "--text", stdin="Count to 3\n\nSay it again", env=SANDBOX)
    assert outcome.ok().lines[:2] == ["you: Count to 3", "model: 1, 2, 3"]
    assert outcome.lines[2] == "you: Say it again"
    assert outcome.lines[3].startswith("model: ")
    assert "2 answers" in outcome.stderr


def test_a_recording_talks_and_its_answer_is_kept(tmp_path: Path) -> None:
    path = spoken(tmp_path, "Count to 3")
    options = ["--input", str(path), "--fast", "--output-audio", "a.wav"]
    outcome = oai("realtime", "talk", *options, env=SANDBOX, cwd=tmp_path)
    assert outcome.ok().lines == ["you: Count to 3", "model: 1, 2, 3"]
    again = oai("realtime", "transcribe", "a.wav", "--fast", env=SANDBOX, cwd=tmp_path)
    assert again.ok().stdout == "1, 2, 3\n"


@pytest.mark.slow
def test_a_recording_is_spoken_in_its_own_time_and_answered(tmp_path: Path) -> None:
    path = spoken(tmp_path, "Count to 3")
    options = ["--input", str(path), "--record", "both.wav", "-o", "talk.txt"]
    outcome = oai("realtime", "talk", *options, env=SANDBOX, cwd=tmp_path).ok()
    assert outcome.stdout == ""
    assert (tmp_path / "talk.txt").read_text() == "you: Count to 3\nmodel: 1, 2, 3\n"
    left, right = read_sides(tmp_path / "both.wav")
    with wave.open(str(path)) as said:
        assert left[: said.getnframes()] == list(numbers(said.readframes(said.getnframes())))
    assert first_loud(right) > said.getnframes() / RATE, "an answer comes after its question"


def test_sound_on_stdout_leaves_the_words_to_stderr(tmp_path: Path) -> None:
    path = spoken(tmp_path, "Count to 3")
    options = ["--input", "-", "--fast", "--output-audio", "-"]
    outcome = oai("realtime", "talk", *options, env=SANDBOX, stdin=path.read_bytes()).ok()
    assert outcome.stdout_bytes[:4] == b"RIFF"
    assert "model: 1, 2, 3" in outcome.stderr


def test_sound_on_stdout_and_words_in_a_file(tmp_path: Path) -> None:
    path = spoken(tmp_path, "Count to 3")
    options = ["--input", str(path), "--fast", "--output-audio", "-", "-o", "said.txt"]
    outcome = oai("realtime", "talk", *options, env=SANDBOX, cwd=tmp_path).ok()
    assert outcome.stdout_bytes[:4] == b"RIFF"
    assert (tmp_path / "said.txt").read_text() == "you: Count to 3\nmodel: 1, 2, 3\n"


def test_answers_in_writing_only() -> None:
    outcome = oai(
        *("realtime", "talk", "--text", "--silent", "-f", "jsonl"), stdin="Count to 3", env=SANDBOX
    )
    kinds = [event["type"] for event in outcome.ok().jsonl]
    assert "response.output_text.delta" in kinds
    assert "response.output_audio.delta" not in kinds


def test_captions_commit_at_pauses_and_end_with_the_recording(room: Room, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(300, 0.5) + silence(1.0) + tone(300, 0.5))
    room.start("realtime", "transcribe", str(path), "--fast", "--keyword", "Oslo")
    assert room.connected == [("realtime.connect", {"intent": "transcription"})]
    heard = room.wire.sent[0]["session"]["audio"]["input"]
    assert heard["transcription"] == {"model": "gpt-live-transcribe", "keywords": ["Oslo"]}
    room.says(SETTLED)
    room.sent("input_audio_buffer.commit", 2)
    kinds = [event["type"].rpartition(".")[2] for event in room.wire.sent[1:]]
    assert kinds[-1] == "commit"
    assert kinds.index("commit") == pytest.approx((0.5 + 0.6) / 0.04, abs=3)
    room.says(COMMITTED, {**COMMITTED, "item_id": "item_9"}, wrote("Second", "item_9"))
    room.wire.put(wrote("First"))
    assert room.ends().ok().stdout == "First\nSecond\n"


def test_captions_keep_the_last_words_after_ctrl_c(room: Room) -> None:
    room.microphone.hear(*[tone(300, 0.04)] * 10)
    room.start("realtime", "transcribe")
    room.says(SETTLED)
    room.sent("input_audio_buffer.append", 10)
    room.wire.put(KeyboardInterrupt())
    room.sent("input_audio_buffer.commit")
    room.says(COMMITTED)
    room.wire.put(wrote("Almost lost"))
    assert room.ends().ok().stdout == "Almost lost\n"


def test_what_could_not_be_written_down_is_a_failure(room: Room, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(300, 0.5))
    room.start("realtime", "transcribe", str(path), "--fast")
    room.says(SETTLED)
    room.sent("input_audio_buffer.commit")
    room.says(COMMITTED)
    error = {"code": "audio_unintelligible", "message": "No words."}
    room.wire.put({"type": WRITTEN + "failed", "item_id": "item_0", "error": error})
    outcome = room.ends()
    assert outcome.code == 8
    assert "No words." in outcome.stderr


@pytest.mark.slow
def test_captions_of_two_utterances_are_two_lines(tmp_path: Path) -> None:
    one, two = spoken(tmp_path, "Hi", "1.wav"), spoken(tmp_path, "Ho", "2.wav")
    with wave.open(str(one)) as a, wave.open(str(two)) as b:
        pcm = a.readframes(a.getnframes()) + silence(0.8) + b.readframes(b.getnframes())
    path = write_wav(tmp_path / "both.wav", pcm)
    for options in (["--fast"], ["--vad", "server"]):
        outcome = oai("realtime", "transcribe", str(path), *options, env=SANDBOX)
        assert outcome.ok().lines == ["Hi", "Ho"]


def test_a_translation_is_printed_and_spoken(tmp_path: Path) -> None:
    path = spoken(tmp_path, "Good morning.")
    options = ["--to", "fr", "--fast", "--original", "-o", "fr.wav"]
    outcome = oai("realtime", "translate", str(path), *options, env=SANDBOX, cwd=tmp_path)
    lines = ["original: Good morning.", "translation: [fr] Good morning."]
    assert outcome.ok().lines == lines
    again = oai("realtime", "transcribe", "fr.wav", "--fast", env=SANDBOX, cwd=tmp_path)
    assert again.ok().stdout == "[fr] Good morning.\n"


def test_events_of_a_translation_leave_its_speech_alone(tmp_path: Path) -> None:
    path = spoken(tmp_path, "Good morning.")
    options = ["--to", "fr", "--fast", "-f", "jsonl", "-o", "fr.wav"]
    outcome = oai("realtime", "translate", str(path), *options, env=SANDBOX, cwd=tmp_path).ok()
    assert outcome.jsonl[-1]["type"] == "session.closed"
    with wave.open(str(tmp_path / "fr.wav")) as speech:
        assert speech.getnframes() > RATE // 10


def test_a_translation_sends_all_sound_then_closes(room: Room, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(300, 0.2))
    room.start("realtime", "translate", str(path), "--fast", "--play")
    room.says(SETTLED)
    room.sent("session.close")
    kinds = [event["type"] for event in room.wire.sent]
    append = "session.input_audio_buffer.append"
    assert kinds == ["session.update", *[append] * 5, "session.close"]
    text = {"type": "session.output_transcript.delta"}
    room.says({**text, "delta": "One."}, {**text, "delta": " Two"}, {**text, "delta": "."})
    delta = base64.b64encode(tone(400, 0.1)).decode()
    room.says({"type": "session.output_audio.delta", "delta": delta, "sample_rate": 24000})
    assert len(room.speaker.written) == 2 * RATE // 10
    room.says({"type": "session.closed"})
    room.speaker.now = RATE
    assert room.ends().ok().stdout == "One.\nTwo.\n"


def test_raw_samples_need_their_rate(tmp_path: Path) -> None:
    pcm = array.array("h", [0] * 8000).tobytes()
    outcome = oai(
        *("realtime", "transcribe", "-", "--rate", "8000", "--fast", "-f", "jsonl"),
        stdin=pcm,
        env=SANDBOX,
    )
    kinds = [json.loads(line)["type"] for line in outcome.ok().lines]
    assert kinds == ["session.created", "session.updated"], "silence is nothing to write down"


def test_a_machine_without_sound_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    monkeypatch.setenv("PATH", "")
    outcome = oai("realtime", "talk", env=SANDBOX)
    assert outcome.code == 1
    assert "sounddevice is not there" in outcome.stderr
    assert "hint:" in outcome.stderr


@pytest.mark.parametrize(
    ("words", "way"),
    [
        (["talk"], "--silent writes the answers, --text types"),
        (["talk", "--silent"], "--text types, --input speaks a recording"),
        (["transcribe"], "name a recording, or - for a pipe"),
    ],
)
def test_a_missing_device_is_no_dead_end(
    monkeypatch: pytest.MonkeyPatch, words: list[str], way: str
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    monkeypatch.setenv("PATH", "")
    outcome = oai("realtime", *words, env=SANDBOX)
    assert outcome.code == 1 and way in outcome.stderr
