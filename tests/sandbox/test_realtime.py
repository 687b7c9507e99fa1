"""Sessions over WebSocket in the sandbox: the official SDK connects, talks and listens.

Every event that comes is checked against the SDK's own types.
"""

from __future__ import annotations

import base64
import json
import random
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from openai import OpenAI
from openai.types.beta import BetaResponsesServerEvent
from openai.types.beta.realtime import RealtimeServerEvent as FirstServerEvent
from openai.types.live import ConnectServerEvent, ForkServerEvent, ServerEvent
from openai.types.realtime import RealtimeServerEvent, RealtimeTranslationServerEvent
from openai.types.responses import ResponsesServerEvent
from pydantic import TypeAdapter
from websockets.exceptions import ConnectionClosed, InvalidStatus

from openai_cli.sandbox import voice

from .conftest import Served

# The SDK itself calls some of what it offers deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

RATE = 24_000
PATIENCE = 20.0

Event = dict[str, Any]


@cache
def types(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


class Talk:
    """One connection of the SDK's; `kind` is the type of its server's events."""

    def __init__(self, connection: Any, kind: Any) -> None:
        self.connection = connection
        self._kind = kind

    def send(self, type: str, **fields: Any) -> None:
        """Send an event."""
        self.connection.send({"type": type, **fields})

    def raw(self, text: str) -> None:
        """Send a text that may be anything."""
        self.connection._connection.send(text)

    def next(self) -> Event:
        """The next event, which has to be one of the SDK's types. Raises ConnectionClosed."""
        data = self.connection._connection.recv(timeout=PATIENCE)
        found: Event = json.loads(data)
        parsed = types(self._kind).validate_python(found)
        assert parsed.type == found["type"]
        unknown = parsed.model_extra or {}
        assert not unknown, f"{found['type']} has no {', '.join(unknown)}"
        return found

    def until(self, wanted: str) -> list[Event]:
        """Every event up to one of that type; no errors on the way."""
        found = [self.next()]
        while found[-1]["type"] != wanted:
            assert found[-1]["type"] != "error", found[-1]
            found.append(self.next())
        return found

    def end(self) -> tuple[list[Event], int]:
        """Every event until the server closes, and its code."""
        found = []
        try:
            while True:
                found.append(self.next())
        except ConnectionClosed as closed:
            assert closed.rcvd
            return found, closed.rcvd.code

    def error(self) -> Event:
        """The next event, which has to be an error."""
        found = self.next()
        assert found["type"] == "error", found
        return found["error"]  # type: ignore[no-any-return]

    def say(self, sound: bytes) -> None:
        """Send sound in pieces of 100 ms."""
        for at in range(0, len(sound), 4800):
            piece = base64.b64encode(sound[at : at + 4800]).decode()
            self.send("input_audio_buffer.append", audio=piece)


@contextmanager
def talking(sdk: OpenAI, *, first: Event | None = None, **query: Any) -> Iterator[Talk]:
    """A realtime conversation, settled."""
    with sdk.realtime.connect(**query or {"model": "gpt-realtime"}) as connection:
        talk = Talk(connection, RealtimeServerEvent)
        (created,) = talk.until("session.created")
        assert created["session"]["id"].startswith("sess_")
        if first:
            talk.send("session.update", session={"type": "realtime", **first})
            talk.until("session.updated")
        yield talk


def kinds(events: list[Event]) -> list[str]:
    """Their types, without what repeats."""
    found = [event["type"] for event in events]
    return [kind for at, kind in enumerate(found) if at == 0 or found[at - 1] != kind]


def joined(events: list[Event], kind: str) -> str:
    return "".join(event["delta"] for event in events if event["type"] == kind)


def sound_of(events: list[Event], kind: str = "response.output_audio.delta") -> bytes:
    return b"".join(base64.b64decode(event["delta"]) for event in events if event["type"] == kind)


def noise(seconds: float, loudness: int = 6000) -> bytes:
    chance = random.Random(1)
    count = int(seconds * RATE)
    return array("h", (chance.randint(-loudness, loudness) for _ in range(count))).tobytes()


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * RATE) * 2)


def spoken(text: str) -> bytes:
    """A text in the sandbox's voice."""
    return b"".join(voice.utter(text))


def message(text: str) -> Event:
    content = [{"type": "input_text", "text": text}]
    return {"type": "message", "role": "user", "content": content}


BY_HAND = {"audio": {"input": {"turn_detection": None}}}
TEXT = {"output_modalities": ["text"]}
WRITTEN = {"audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}}
WRITTEN_BY_HAND = {"audio": {"input": {**BY_HAND["audio"]["input"], **WRITTEN["audio"]["input"]}}}


# -- conversations --------------------------------------------------------------------------------


def test_an_answer_as_text(sdk: OpenAI) -> None:
    with talking(sdk, first=TEXT) as talk:
        talk.send("conversation.item.create", item=message("Count to 3"))
        added = talk.until("conversation.item.done")
        assert kinds(added) == ["conversation.item.added", "conversation.item.done"]
        talk.send("response.create")
        events = talk.until("response.done")
        assert kinds(events) == [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
        ]
        text = joined(events, "response.output_text.delta")
        response = events[-1]["response"]
        assert response["status"] == "completed"
        assert response["output"][0]["content"] == [{"type": "output_text", "text": text}]
        assert response["usage"]["output_tokens"] > 0
        assert [event["event_id"] for event in events] == list(
            dict.fromkeys(event["event_id"] for event in events)
        )


def test_an_answer_as_sound(sdk: OpenAI) -> None:
    """Words and sound come side by side, and the sound says the words."""
    with talking(sdk) as talk:
        talk.send("conversation.item.create", item=message("Hello"))
        talk.until("conversation.item.done")
        talk.send("response.create")
        events = talk.until("response.done")
    words = joined(events, "response.output_audio_transcript.delta")
    assert voice.exactly(sound_of(events)) == [words]
    found = [event["type"] for event in events]
    first_sound = found.index("response.output_audio.delta")
    last_word = len(found) - 1 - found[::-1].index("response.output_audio_transcript.delta")
    assert first_sound < last_word
    (item,) = events[-1]["response"]["output"]
    assert item["content"] == [{"type": "output_audio", "transcript": words}]


@pytest.mark.parametrize("form", ["audio/pcmu", "audio/pcma"])
def test_telephone_sound_both_ways(sdk: OpenAI, form: str) -> None:
    """Eight bits at 8 kHz; what was sent so is understood, and the answer is as long as it was."""
    settings = {"audio": {side: {"format": {"type": form}} for side in ("input", "output")}}
    settings["audio"]["input"] |= WRITTEN_BY_HAND["audio"]["input"]  # type: ignore[arg-type]
    with talking(sdk, first=settings) as talk:
        talk.send("conversation.item.create", item=message("Hello"))
        talk.until("conversation.item.done")
        talk.send("response.create")
        events = talk.until("response.done")
        words = joined(events, "response.output_audio_transcript.delta")
        sound = sound_of(events)
        assert len(sound) == len(spoken(words)) // 6
        for at in range(0, len(sound), 800):
            piece = base64.b64encode(sound[at : at + 800]).decode()
            talk.send("input_audio_buffer.append", audio=piece)
        talk.send("input_audio_buffer.commit")
        heard = talk.until("conversation.item.input_audio_transcription.completed")
    assert heard[-1]["transcript"] == words


def test_turns_are_found_by_the_sounds_energy_and_answered(sdk: OpenAI) -> None:
    """Speech begins, stops, is written down and answered without being asked to."""
    with talking(sdk, first=WRITTEN) as talk:
        talk.say(silence(0.5) + spoken("Count to 3") + silence(0.6))
        events = talk.until("response.done")
    assert kinds(events)[:8] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.delta",
        "conversation.item.input_audio_transcription.completed",
        "response.created",
    ]
    by_kind = {event["type"]: event for event in events}
    started = by_kind["input_audio_buffer.speech_started"]
    stopped = by_kind["input_audio_buffer.speech_stopped"]
    length = len(spoken("Count to 3")) / 2 / RATE * 1000
    # 300 ms before it are kept, and it counts as over after 500 ms of silence.
    assert started["audio_start_ms"] == pytest.approx(200, abs=40)
    assert stopped["audio_end_ms"] == pytest.approx(500 + length + 500, abs=60)
    turn = by_kind["input_audio_buffer.committed"]["item_id"]
    assert started["item_id"] == stopped["item_id"] == turn
    done = by_kind["conversation.item.input_audio_transcription.completed"]
    assert (done["item_id"], done["transcript"]) == (turn, "Count to 3")
    assert "1, 2, 3" in joined(events, "response.output_audio_transcript.delta")


@pytest.mark.parametrize("sound", ["silence", "whisper"])
def test_what_is_not_loud_is_no_speech(sdk: OpenAI, sound: str) -> None:
    with talking(sdk) as talk:
        talk.say(silence(1) if sound == "silence" else noise(1, 100))
        talk.send("input_audio_buffer.clear")
        assert kinds([talk.next()]) == ["input_audio_buffer.cleared"]


def test_other_voices_are_heard_without_being_understood(sdk: OpenAI) -> None:
    with talking(sdk, first=WRITTEN) as talk:
        talk.say(noise(1) + silence(0.6))
        events = talk.until("response.done")
    (heard,) = [event for event in events if event["type"].endswith("transcription.completed")]
    assert "seconds of sound" in heard["transcript"]


@pytest.mark.parametrize("eagerness", ["low", "high"])
def test_semantic_detection_waits_as_it_is_told(sdk: OpenAI, eagerness: str) -> None:
    turns = {"type": "semantic_vad", "eagerness": eagerness, "create_response": False}
    with talking(sdk, first={"audio": {"input": {"turn_detection": turns}}}) as talk:
        talk.say(noise(0.5) + silence(0.5))
        talk.send("input_audio_buffer.clear")
        found = kinds(talk.until("input_audio_buffer.cleared"))
    assert ("input_audio_buffer.speech_stopped" in found) is (eagerness == "high")
    assert "response.created" not in found


def test_turns_by_hand(sdk: OpenAI) -> None:
    with talking(sdk, first=BY_HAND) as talk:
        talk.send("input_audio_buffer.commit")
        assert talk.error()["code"] == "input_audio_buffer_commit_empty"
        talk.say(spoken("Who are you?") + silence(2))
        talk.send("input_audio_buffer.commit")
        events = talk.until("conversation.item.done")
        assert kinds(events) == [
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
        ]
        talk.send("response.create", response=TEXT)
        events = talk.until("response.done")
        assert joined(events, "response.output_text.delta")


TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


def test_functions_are_called_and_their_results_used(sdk: OpenAI) -> None:
    with talking(sdk, first={**TEXT, "tools": [TOOL]}) as talk:
        talk.send("conversation.item.create", item=message("Please get weather in Paris"))
        talk.until("conversation.item.done")
        talk.send("response.create")
        events = talk.until("response.done")
        (called,) = events[-1]["response"]["output"]
        assert (called["type"], called["name"]) == ("function_call", "get_weather")
        assert json.loads(called["arguments"]) == {"city": "Paris"}
        name = "response.function_call_arguments"
        assert joined(events, f"{name}.delta") == called["arguments"]
        assert f"{name}.done" in kinds(events)
        output = {"type": "function_call_output", "call_id": called["call_id"], "output": "Rain"}
        talk.until("rate_limits.updated")
        talk.send("conversation.item.create", item=output)
        talk.until("conversation.item.done")
        talk.send("response.create")
        events = talk.until("response.done")
    assert "Rain" in joined(events, "response.output_text.delta")


def test_answers_are_as_short_as_they_are_told_to_be(sdk: OpenAI) -> None:
    with talking(sdk, first={**TEXT, "max_output_tokens": 2}) as talk:
        talk.send("conversation.item.create", item=message("Count to 30"))
        talk.until("conversation.item.done")
        talk.send("response.create")
        response = talk.until("response.done")[-1]["response"]
    assert response["status"] == "incomplete"
    assert response["status_details"]["reason"] == "max_output_tokens"


def test_answers_beside_the_conversation(sdk: OpenAI) -> None:
    """With input and metadata of their own, and without a trace in the conversation."""
    with talking(sdk, first=TEXT) as talk:
        apart = {"conversation": "none", "input": [message("Count to 3")]}
        talk.send("response.create", response={**apart, "metadata": {"for": "test"}})
        events = talk.until("response.done")
        assert events[-1]["response"]["metadata"] == {"for": "test"}
        assert "conversation.item.added" not in kinds(events)
        talk.until("rate_limits.updated")
        talk.send("conversation.item.create", item=message("Hi"))
        assert talk.until("conversation.item.done")[-1]["previous_item_id"] is None


# -- cutting in -----------------------------------------------------------------------------------

PACED = {"extra_headers": {"x-sandbox-pace": "4"}}
LONG = message("Count to 200")


def answering(talk: Talk, sounds: int = 3) -> list[Event]:
    """Have a long answer spoken, as far as its first sounds."""
    talk.send("conversation.item.create", item=LONG)
    talk.until("conversation.item.done")
    talk.send("response.create")
    events: list[Event] = []
    for _ in range(sounds):
        events += talk.until("response.output_audio.delta")
    return events


def test_cancelling(sdk: OpenAI) -> None:
    with talking(sdk, model="m", **PACED) as talk:
        began = answering(talk)
        talk.send("response.cancel")
        rest = talk.until("response.done")
        response = rest[-1]["response"]
        assert response["status"] == "cancelled"
        assert response["status_details"]["reason"] == "client_cancelled"
        said = joined(began + rest, "response.output_audio_transcript.delta")
        assert response["output"][0]["content"][0]["transcript"] == said
        talk.send("response.cancel")
        assert talk.error()["code"] == "response_cancel_not_active"


def test_one_answer_at_a_time(sdk: OpenAI) -> None:
    with talking(sdk, model="m", **PACED) as talk:
        answering(talk)
        talk.send("response.create", event_id="mine")
        while (event := talk.next())["type"] != "error":
            assert event["type"].startswith("response.output_audio")
        assert event["error"]["code"] == "conversation_already_has_active_response"
        assert event["error"]["event_id"] == "mine"


def test_who_speaks_stops_the_answer_and_says_how_much_was_heard(sdk: OpenAI) -> None:
    with talking(sdk, model="m", **PACED) as talk:
        began = answering(talk)
        talk.say(noise(0.4))
        rest = talk.until("response.done")
        assert "input_audio_buffer.speech_started" in kinds(rest)
        response = rest[-1]["response"]
        assert response["status_details"]["reason"] == "turn_detected"
        (item,) = response["output"]
        length = len(sound_of(began + rest)) // 2 * 1000 // RATE
        talk.send(
            "conversation.item.truncate",
            item_id=item["id"],
            content_index=0,
            audio_end_ms=length + 1000,
        )
        assert "audio_end_ms" in talk.error()["message"]
        talk.send(
            "conversation.item.truncate",
            item_id=item["id"],
            content_index=0,
            audio_end_ms=length // 2,
        )
        assert talk.until("conversation.item.truncated")[-1]["audio_end_ms"] == length // 2
        talk.send("conversation.item.retrieve", item_id=item["id"])
        kept = talk.until("conversation.item.retrieved")[-1]["item"]["content"][0]["transcript"]
        said = item["content"][0]["transcript"]
        assert said.startswith(kept) and 0 < len(kept) < len(said)


def test_speech_that_may_not_interrupt(sdk: OpenAI) -> None:
    turns = {"type": "server_vad", "interrupt_response": False}
    settings = {"audio": {"input": {"turn_detection": turns}}}
    with talking(sdk, first=settings, model="m", extra_headers={"x-sandbox-pace": "200"}) as talk:
        answering(talk)
        talk.say(noise(0.3) + silence(0.6))
        first = talk.until("response.done")[-1]["response"]
        second = talk.until("response.done")[-1]["response"]
    assert first["status"] == second["status"] == "completed"


def test_paced_speech_takes_its_time(sdk: OpenAI) -> None:
    with talking(sdk, model="m", **PACED) as talk:
        began = time.monotonic()
        talk.send("conversation.item.create", item=message("Count to 9"))
        talk.until("conversation.item.done")
        talk.send("response.create")
        events = talk.until("response.done")
        took = time.monotonic() - began
    assert took > len(sound_of(events)) / 2 / RATE / 4 * 0.8


# -- items ----------------------------------------------------------------------------------------


def test_items_are_put_found_and_deleted(sdk: OpenAI) -> None:
    with talking(sdk) as talk:
        ids = ["one", "two", "three"]
        for id, after in zip(ids, [None, "root", "one"], strict=True):
            more = {"previous_item_id": after} if after else {}
            talk.send("conversation.item.create", item={"id": id, **message(id)}, **more)
        added = [talk.until("conversation.item.done")[-1] for _ in ids]
        assert [event["previous_item_id"] for event in added] == [None, None, "one"]
        talk.send("conversation.item.delete", item_id="one")
        assert talk.until("conversation.item.deleted")[-1]["item_id"] == "one"
        talk.send("conversation.item.retrieve", item_id="one")
        assert "one" in talk.error()["message"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("{", "invalid_json"),
        ("[]", "invalid_json"),
        ('{"type": "no.such.event"}', "invalid_value"),
        ('{"type": "session.update"}', "missing_required_parameter"),
        ('{"type": "session.update", "session": {"type": "odd"}}', None),
        ('{"type": "session.update", "session": {"output_modalities": ["smell"]}}', None),
        ('{"type": "input_audio_buffer.append"}', "invalid_type"),
        ('{"type": "input_audio_buffer.append", "audio": "!"}', "invalid_value"),
        ('{"type": "input_audio_buffer.append", "audio": "AAA="}', None),
        ('{"type": "input_audio_buffer.append", "audio": "AA=="}', "invalid_value"),
        ('{"type": "conversation.item.create"}', "missing_required_parameter"),
        ('{"type": "conversation.item.create", "item": {"type": "odd"}}', None),
        ('{"type": "conversation.item.create", "item": {"type": "message"}}', None),
        ('{"type": "conversation.item.delete", "item_id": "gone"}', None),
        ('{"type": "output_audio_buffer.clear"}', "output_audio_buffer_not_available"),
        ('{"type": "response.create", "response": 3}', None),
        ('{"type": "session.update", "session": {"audio": 3}}', "invalid_type"),
        ('{"type": "session.update", "session": {"audio": {"input": null}}}', "invalid_type"),
    ],
)
def test_bad_events_are_told_and_the_session_goes_on(
    sdk: OpenAI, sent: str, code: str | None
) -> None:
    with talking(sdk) as talk:
        talk.raw(sent)
        if "AAA=" in sent:
            talk.send("input_audio_buffer.clear")
            assert talk.next()["type"] == "input_audio_buffer.cleared"
            return
        error = talk.error()
        assert error["message"] and (code is None or error["code"] == code)
        talk.send("session.update", session={"type": "realtime", "instructions": "Be brief."})
        updated = talk.until("session.updated")[-1]
        assert updated["session"]["instructions"] == "Be brief."


@pytest.mark.parametrize(
    ("query", "key", "status"),
    [({"model": "no-such-model"}, "k", 404), ({}, "k", 400), ({"model": "m"}, "bad-key", 401)],
)
def test_refused_handshakes(served: Served, query: Event, key: str, status: int) -> None:
    with served.client(api_key=key) as client, pytest.raises(InvalidStatus) as raised:
        client.realtime.connect(**query).enter()
    assert raised.value.response.status_code == status
    assert json.loads(raised.value.response.body)["error"]["message"]


# -- speech written down, speech translated -------------------------------------------------------


def test_transcription_sessions(sdk: OpenAI) -> None:
    query = {"extra_query": {"intent": "transcription"}}
    with sdk.realtime.connect(**query) as connection:
        talk = Talk(connection, RealtimeServerEvent)
        assert talk.until("session.created")[-1]["session"]["type"] == "transcription"
        talk.say(spoken("One.") + silence(0.7) + spoken("Two.") + silence(0.7))
        name = "conversation.item.input_audio_transcription"
        first, second = (talk.until(f"{name}.completed") for _ in range(2))
        assert [first[-1]["transcript"], second[-1]["transcript"]] == ["One.", "Two."]
        assert joined(first, f"{name}.delta") == "One."
        talk.send("response.create")
        assert "transcription" in talk.error()["message"]


def test_a_conversation_becomes_a_transcription(sdk: OpenAI) -> None:
    with talking(sdk) as talk:
        talk.send("session.update", session={"type": "transcription"})
        assert talk.until("session.updated")[-1]["session"]["type"] == "transcription"


def test_translations(sdk: OpenAI) -> None:
    with sdk.realtime.translations.connect(model="gpt-realtime-translate") as connection:
        talk = Talk(connection, RealtimeTranslationServerEvent)
        talk.until("session.created")
        audio = {"input": {"transcription": {"model": "w"}}, "output": {"language": "de"}}
        talk.send("session.update", session={"audio": audio})
        talk.until("session.updated")
        sound = spoken("Good morning") + silence(0.5) + spoken("again")
        for at in range(0, len(sound), 4800):
            piece = base64.b64encode(sound[at : at + 4800]).decode()
            talk.send("session.input_audio_buffer.append", audio=piece)
        talk.send("session.close")
        events, code = talk.end()
    assert events[-1]["type"] == "session.closed" and code == 1000
    assert joined(events, "session.input_transcript.delta") == "Good morning again "
    text = joined(events, "session.output_transcript.delta")
    assert text == "[de] Good morning [de] again "
    assert voice.exactly(sound_of(events, "session.output_audio.delta")) == [
        "[de] Good morning ",
        "[de] again ",
    ]


# -- the first form -------------------------------------------------------------------------------


def test_the_first_form_of_the_api(served: Served) -> None:
    address = served.url.replace("http", "ws")
    with (
        served.client(websocket_base_url=address) as client,
        client.beta.realtime.connect(model="gpt-4o-realtime-preview") as connection,
    ):
        talk = Talk(connection, FirstServerEvent)
        created = talk.until("session.created")[-1]["session"]
        assert created["modalities"] == ["text", "audio"]
        talk.send("session.update", session={"modalities": ["text"]})
        assert talk.until("session.updated")[-1]["session"]["modalities"] == ["text"]
        talk.send("conversation.item.create", item=message("Count to 3"))
        talk.until("conversation.item.created")
        talk.send("response.create")
        events = talk.until("response.done")
    assert "1, 2, 3" in joined(events, "response.text.delta")
    assert events[-1]["response"]["output"][0]["content"][0]["type"] == "text"


# -- calls ----------------------------------------------------------------------------------------


def a_call(sdk: OpenAI) -> str:
    made = sdk.realtime.calls.with_raw_response.create(sdp="v=0")
    return made.headers["location"].rpartition("/")[2]


def test_a_call_is_watched_until_the_caller_hangs_up(sdk: OpenAI) -> None:
    with talking(sdk, call_id=a_call(sdk)) as talk:
        events, code = talk.end()
    said = [
        event["transcript"]
        for event in events
        if event["type"] == "conversation.item.input_audio_transcription.completed"
    ]
    assert said[0] == "Hello, my name is Ada." and len(said) == 3
    assert sum(event["type"] == "response.done" for event in events) == 3
    assert code == 1000


def test_two_watch_one_call_and_one_leads_it(sdk: OpenAI) -> None:
    id = a_call(sdk)
    with talking(sdk, call_id=id) as one, talking(sdk, call_id=id) as two:
        one.send("session.update", session={"type": "realtime", "instructions": "Be brief."})
        for talk in (one, two):
            updated = talk.until("session.updated")[-1]
            assert updated["session"]["instructions"] == "Be brief."


def test_hanging_up_ends_the_watching(sdk: OpenAI) -> None:
    id = a_call(sdk)
    with talking(sdk, call_id=id) as talk:
        sdk.realtime.calls.hangup(id)
        assert talk.end()[1] == 1000
    with pytest.raises(InvalidStatus) as raised:
        sdk.realtime.connect(call_id=id).enter()
    assert raised.value.response.status_code == 404


# -- responses over one connection ----------------------------------------------------------------


@pytest.mark.parametrize("beta", [False, True])
def test_responses_one_after_the_other(sdk: OpenAI, beta: bool) -> None:
    resource = sdk.beta.responses if beta else sdk.responses
    with resource.connect() as connection:
        talk = Talk(connection, BetaResponsesServerEvent if beta else ResponsesServerEvent)
        talk.send("response.create", model="gpt-5.5", input="My name is Ada.")
        first = talk.until("response.completed")[-1]["response"]
        talk.send(
            "response.create", model="gpt-5.5", input="Who am I?", previous_response_id=first["id"]
        )
        events = talk.until("response.completed")
        assert "Ada" in joined(events, "response.output_text.delta")
        talk.send("response.create", model="no-such-model", input="x")
        found = talk.next()
        assert (found["type"], found["status"]) == ("error", 404)
        talk.send("response.create", model="gpt-5.5", input="still there?")
        talk.until("response.completed")


# -- live -----------------------------------------------------------------------------------------

LIVE = {"model": "gpt-live-1", "store": True}


def started(connection: Any, kind: Any = ServerEvent, **settings: Any) -> Talk:
    talk = Talk(connection, kind)
    talk.send("session.start", session={**LIVE, **settings})
    assert talk.until("session.started")[-1]["session"]["id"].startswith("live_")
    return talk


def live_sound(talk: Talk, sound: bytes) -> None:
    for at in range(0, len(sound), 4800):
        piece = base64.b64encode(sound[at : at + 4800]).decode()
        talk.send("session.input_audio.append", audio=piece)


def test_live_sessions_hear_and_speak(sdk: OpenAI) -> None:
    with sdk.live.connect() as connection:
        talk = started(connection)
        live_sound(talk, spoken("Count to 3") + silence(0.5))
        events = talk.until("session.usage.updated")
        assert joined(events, "session.input_transcript.delta") == "Count to 3"
        words = joined(events, "session.output_transcript.delta")
        assert "1, 2, 3" in words
        assert voice.exactly(sound_of(events, "session.output_audio.delta")) == [words]
        talk.send("session.input_audio.mute")
        talk.until("session.input_audio.muted")
        live_sound(talk, spoken("Nobody hears this") + silence(0.5))
        talk.send("session.close")
        rest, code = talk.end()
    assert kinds(rest) == ["session.closed"] and code == 1000


def test_live_sessions_begin_with_a_start(sdk: OpenAI) -> None:
    with sdk.live.connect() as connection:
        talk = Talk(connection, ServerEvent)
        talk.send("session.close")
        assert talk.error()["code"] == "session_not_started"
        talk.send("session.start", session={})
        assert talk.error()["message"]


def test_live_sessions_leave_tasks_to_other_models(sdk: OpenAI) -> None:
    with sdk.live.connect() as connection:
        talk = started(connection)
        talk.send("response.item.create", item=message("Count to 3"))
        talk.send("response.create", response={"model": "gpt-5.5"})
        inner: list[Event] = []
        while not inner or inner[-1]["type"] != "response.completed":
            event = talk.next()
            if event["type"] == "response.event":
                inner.append(event["event"])
            else:
                assert event["type"] == "session.delegation.created"
        assert "1, 2, 3" in joined(inner, "response.output_text.delta")


def test_a_sideband_and_a_fork(sdk: OpenAI) -> None:
    with sdk.live.connect() as connection:
        talk = started(connection, instructions="Be brief.")
        talk.send("session.update", session={"instructions": "Be long."})
        id = talk.until("session.updated")[-1]["session"]["id"]
        with sdk.live.sideband.connect(session_id=id) as beside:
            watching = Talk(beside, ConnectServerEvent)
            assert watching.until("session.started")[-1]["session"]["id"] == id
            live_sound(talk, spoken("Hello") + silence(0.5))
            for one in (talk, watching):
                heard = joined(one.until("session.usage.updated"), "session.input_transcript.delta")
                assert heard == "Hello"
            watching.send("session.close")
            assert talk.end()[1] == watching.end()[1] == 1000
    with sdk.live.forks.connect(session_id=id) as connection:
        fork = Talk(connection, ForkServerEvent)
        fork.send("session.start", session={})
        session = fork.until("session.started")[-1]["session"]
        assert session["id"] != id and session["instructions"] == "Be long."
    with pytest.raises(InvalidStatus) as raised:
        sdk.live.sideband.connect(session_id=id).enter()
    assert raised.value.response.status_code == 404
