"""Images, sound and video, through the official SDK."""

from __future__ import annotations

import base64
import wave
import zlib
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from openai import BadRequestError, OpenAI

from openai_cli.sandbox import media, pictures

from .conftest import Direct

# The SDK itself calls some of what it offers deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _pixels(png: bytes) -> bytes:
    """The image data of a PNG whose checksums are right."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    place, data = 8, b""
    while place < len(png):
        size = int.from_bytes(png[place : place + 4], "big")
        kind, body = png[place + 4 : place + 8], png[place + 8 : place + 8 + size]
        check = int.from_bytes(png[place + 8 + size : place + 12 + size], "big")
        assert zlib.crc32(kind + body) == check
        data += body if kind == b"IDAT" else b""
        place += 12 + size
    return zlib.decompress(data)


def test_images_are_valid_and_depend_on_the_prompt(sdk: OpenAI) -> None:
    answer = sdk.images.generate(model="gpt-image-1", prompt="a cat", n=2, size="1024x1536")
    assert answer.data
    first, second = (base64.b64decode(one.b64_json or "") for one in answer.data)
    assert len(_pixels(first)) == 1536 * (1024 * 3 + 1)
    assert first != second
    again = sdk.images.generate(model="gpt-image-1", prompt="a cat", size="1024x1536").data
    assert again
    assert base64.b64decode(again[0].b64_json or "") == first
    assert answer.size == "1024x1536"
    assert answer.usage


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("png", b"\x89PNG"),
        ("webp", b"RIFF"),
        ("jpeg", b"\xff\xd8"),
        ("svg", b"<svg"),
        ("gif", b"GIF8"),
    ],
)
def test_image_formats(sdk: OpenAI, form: Any, start: bytes) -> None:
    answer = sdk.images.generate(prompt="x", output_format=form)
    assert answer.data
    assert base64.b64decode(answer.data[0].b64_json or "").startswith(start)
    assert answer.output_format == form


def test_images_by_url(sdk: OpenAI, api: Direct) -> None:
    answer = sdk.images.generate(model="dall-e-3", prompt="x", response_format="url")
    assert answer.data
    link = urlsplit(str(answer.data[0].url))
    found = api.sandbox.handle("GET", link.path, {"host": link.netloc}, [])
    assert b"".join(found.body).startswith(b"\x89PNG"), "no key is needed"
    assert api.sandbox.handle("GET", "/v1/pictures/png/none", {}, []).status == 404


def test_partial_images_come_first(sdk: OpenAI) -> None:
    events = list(sdk.images.generate(prompt="a cat", stream=True, partial_images=2))
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    assert [event.partial_image_index for event in events[:2]] == [0, 1]


def test_edits_need_an_image(sdk: OpenAI, api: Direct) -> None:
    picture = ("a.png", pictures.png())
    assert sdk.images.edit(image=[picture, picture], prompt="bluer", mask=picture).data
    [done] = sdk.images.edit(image=picture, prompt="bluer", stream=True)
    assert done.type == "image_edit.completed"
    status, error = api.error("POST", "/v1/images/edits", {"prompt": "x", "image": "a.png"})
    assert (status, error["param"]) == (400, "image")


def test_speech_grows_with_the_text(sdk: OpenAI) -> None:
    def spoken(text: str, form: Any) -> bytes:
        speech = sdk.audio.speech.create(
            model="tts-1", voice="alloy", input=text, response_format=form
        )
        return speech.content

    with wave.open(BytesIO(spoken("Hello there, how are you?", "wav"))) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (24000, 1)
        assert 1 < sound.getnframes() / 24000 < 2
    assert len(spoken("word " * 50, "pcm")) > len(spoken("word", "pcm"))


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
def test_what_is_spoken_is_understood(sdk: OpenAI, form: Any) -> None:
    text = "Grüße! The train leaves at 9:45, from platform 7."
    speech = sdk.audio.speech.create(model="tts-1", voice="alloy", input=text, response_format=form)
    heard = _hear(sdk, f"speech.{form}", speech.content, response_format="verbose_json")
    assert heard.text == text
    assert 1.9 < heard.duration < 2.4
    assert speech.response.headers["content-type"] == f"audio/{'mpeg' if form == 'mp3' else form}"


@pytest.mark.parametrize(
    ("form", "container"), [("mp3", "MP3"), ("opus", "OGG"), ("flac", "FLAC"), ("wav", "WAV")]
)
def test_speech_is_what_others_can_read(sdk: OpenAI, form: Any, container: str) -> None:
    import soundfile

    answer = sdk.audio.speech.create(
        model="tts-1", voice="alloy", input="Good evening.", response_format=form
    )
    with soundfile.SoundFile(BytesIO(answer.content)) as file:
        samples = file.read(dtype="float64")
        assert (file.format, file.channels, file.samplerate) == (container, 1, 24000)
    assert 0.6 < len(samples) / 24000 < 0.8
    assert 0.1 < abs(samples).max() < 0.6


def test_aac_frames_follow_each_other(api: Direct) -> None:
    body = {"model": "m", "voice": "alloy", "input": "Good evening.", "response_format": "aac"}
    _, _, data = api.raw("POST", "/v1/audio/speech", body)
    assert data.startswith(b"ID3")
    at, count = 10 + int.from_bytes(data[6:10]), 0
    while at < len(data):
        assert data[at] == 0xFF
        assert data[at + 1] & 0xF6 == 0xF0
        at += (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        count += 1
    assert at == len(data)
    assert count * 1024 / 24000 > 0.6


def test_joined_and_resampled_speech_is_understood(sdk: OpenAI) -> None:
    import numpy

    def spoken(text: str) -> bytes:
        return sdk.audio.speech.create(
            model="tts-1", voice="alloy", input=text, response_format="pcm"
        ).content

    whole = numpy.frombuffer(spoken("One.") + spoken("Two, three."), "<i2")
    assert _hear(sdk, "a.pcm", whole.tobytes()).text == "One. Two, three."
    # As a microphone in a noisy room has it: late, quieter, at another rate.
    room = numpy.random.default_rng(7).normal(0, 60, len(whole) + 7000)
    room[5000 : 5000 + len(whole)] += whole * 0.3
    places = numpy.arange(0, len(room) - 1, 24000 / 16000)
    samples = numpy.interp(places, numpy.arange(len(room)), room).astype("<i2")
    made = BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    heard = _hear(sdk, "a.wav", made.getvalue(), response_format="verbose_json")
    assert heard.text == "One. Two, three."
    assert heard.duration == pytest.approx(len(samples) / 16000, abs=0.01)


def test_speech_as_events(api: Direct) -> None:
    body = {"model": "m", "voice": "alloy", "input": "Hi", "response_format": "wav"}
    events = api.events("POST", "/v1/audio/speech", {**body, "stream_format": "sse"})
    sound = b"".join(base64.b64decode(e["audio"]) for e in events[:-1])
    assert sound.startswith(b"RIFF")
    assert events[-1]["type"] == "speech.audio.done"


def _hear(sdk: OpenAI, name: str, data: bytes, **options: Any) -> Any:
    wanted = {"model": "gpt-4o-transcribe", **options}
    return sdk.audio.transcriptions.create(file=(name, data), **wanted)


def test_plain_text_is_its_own_transcript(sdk: OpenAI) -> None:
    assert _hear(sdk, "a.mp3", b"Good morning.").text == "Good morning."
    assert "talk.wav" in _hear(sdk, "talk.wav", media.wav()).text


def test_an_empty_recording_is_refused(sdk: OpenAI) -> None:
    with pytest.raises(BadRequestError, match="too short"):
        _hear(sdk, "a.mp3", b"")


def test_sound_too_slow_for_the_voice_is_not_misheard(sdk: OpenAI) -> None:
    slow = BytesIO()
    with wave.open(slow, "wb") as file:
        file.setparams((1, 2, 1, 0, "NONE", ""))
        file.writeframes(b"\1\1" * 500)
    assert _hear(sdk, "a.wav", slow.getvalue()).text.startswith("This is what the sandbox heard")


def test_known_speakers_are_the_ones_who_speak(sdk: OpenAI) -> None:
    """The sandbox has one voice, and so one speaker."""
    known = {"known_speaker_names": ["Ada"], "known_speaker_references": ["data:audio/wav;base64,"]}
    form: Any = {"response_format": "diarized_json", "model": "gpt-4o-transcribe-diarize"}
    found = [_hear(sdk, "a.mp3", b"Hello.", **form, **more) for more in ({}, known)]
    assert [one.segments[0].speaker for one in found] == ["A", "Ada"]


def test_transcripts_in_every_form(sdk: OpenAI) -> None:
    sound = media.wav(2.0)
    text = "This is what the sandbox heard in a.wav."
    assert _hear(sdk, "a.wav", sound, response_format="text") == text + "\n"
    srt = _hear(sdk, "a.wav", sound, response_format="srt")
    assert srt == f"1\n00:00:00,000 --> 00:00:02,000\n{text}\n\n"
    vtt = _hear(sdk, "a.wav", sound, response_format="vtt")
    assert vtt == f"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n{text}\n\n"
    verbose = _hear(
        sdk, "a.wav", sound, response_format="verbose_json", timestamp_granularities=["word"]
    )
    assert verbose.duration == 2.0
    assert verbose.segments[0].end == 2.0
    assert [word.word for word in verbose.words] == text.split()
    diarized = _hear(sdk, "a.wav", sound, response_format="diarized_json")
    assert diarized.segments[0].speaker == "A"
    assert _hear(sdk, "a.wav", sound, include=["logprobs"]).logprobs


def test_transcripts_as_events(sdk: OpenAI) -> None:
    events = list(_hear(sdk, "a.txt", b"one two three", stream=True))
    assert "".join(event.delta for event in events[:-1]) == events[-1].text == "one two three"


def test_translations(sdk: OpenAI) -> None:
    heard = sdk.audio.translations.create(model="whisper-1", file=("a.txt", b"Hello"))
    assert heard.text == "Hello"


def test_videos_are_ready_after_a_while(sdk: OpenAI) -> None:
    video = sdk.videos.create_and_poll(prompt="a cat", poll_interval_ms=1)
    assert (video.status, video.progress) == ("completed", 100)
    assert sdk.videos.download_content(video.id).content[4:8] == b"ftyp"
    remix = sdk.videos.remix(video.id, prompt="two cats")
    assert (remix.remixed_from_video_id, remix.status) == (video.id, "queued")
    assert remix.id in [one.id for one in sdk.videos.list()]
    edited = sdk.videos.edit(prompt="red", video=("a.mp4", b"mp4"))
    assert edited.prompt == "red"
    character = sdk.videos.create_character(name="Mo", video=("a.mp4", b"mp4"))
    assert sdk.videos.get_character(character.id).name == "Mo"


def test_videos_are_extended_by_reference(api: Direct) -> None:
    video = api.json("POST", "/v1/videos", {"prompt": "a cat"})["id"]
    body = {"prompt": "more", "seconds": "8", "video": {"id": video}}
    longer = api.json("POST", "/v1/videos/extensions", body)
    assert (longer["remixed_from_video_id"], longer["seconds"]) == (video, "8")
    status, _ = api.error("POST", "/v1/videos/extensions", {**body, "video": {"id": "none"}})
    assert status == 404
