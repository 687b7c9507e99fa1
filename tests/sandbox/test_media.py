"""Images, sound and video, through the official SDK."""

from __future__ import annotations

import base64
import wave
import zlib
from io import BytesIO
from typing import Any

import pytest
from openai import OpenAI

from openai_cli.sandbox import media

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
    assert len(_pixels(first)) == 16 * (16 * 3 + 1)
    assert first != second
    again = sdk.images.generate(model="gpt-image-1", prompt="a cat").data
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


def test_images_by_url(sdk: OpenAI) -> None:
    answer = sdk.images.generate(model="dall-e-3", prompt="x", response_format="url")
    assert answer.data
    assert str(answer.data[0].url).startswith("data:image/png;base64,")


def test_partial_images_come_first(sdk: OpenAI) -> None:
    events = list(sdk.images.generate(prompt="a cat", stream=True, partial_images=2))
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    assert [event.partial_image_index for event in events[:2]] == [0, 1]


def test_edits_need_an_image(sdk: OpenAI, api: Direct) -> None:
    picture = ("a.png", media.png())
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
    mp3 = spoken("Hello", "mp3")
    assert mp3[:2] == b"\xff\xfb"
    # Each frame of this kind is 208 bytes long: the next begins where this one ends.
    assert mp3[208:210] == b"\xff\xfb"
    for form, start in (("flac", b"fLaC"), ("opus", b"OggS"), ("aac", b"\xff\xf1")):
        assert spoken("Hello", form).startswith(start)


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
