"""`oai audio record`, `play` and `devices` with nothing to hear: bad words, missing parts."""

from __future__ import annotations

import ctypes.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from .support.cli import oai
from .support.server import Server, raw, reply
from .support.sound import tone


@pytest.fixture
def no_portaudio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The library is not found, and no program can take its place."""
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def a_file(tmp_path: Path) -> str:
    """Raw samples."""
    (tmp_path / "a.pcm").write_bytes(tone(400, 0.1))
    return str(tmp_path / "a.pcm")


@pytest.mark.parametrize(
    "words",
    [
        ["devices"],
        ["record", "-o", "a.wav"],
        ["play", "a.pcm"],
        ["speech", "create", "Hi", "--play"],
    ],
)
def test_without_portaudio_the_error_names_its_package(
    no_portaudio: None, a_file: str, tmp_path: Path, words: list[str]
) -> None:
    done = oai("audio", *words, cwd=tmp_path)
    assert done.code == 1
    assert done.stdout == ""
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: the PortAudio library cannot be loaded")
    assert "apt install libportaudio2" in hint
    assert not (tmp_path / "a.wav").exists()


class PortAudioError(Exception):
    """As sounddevice raises it: words, a code."""


def fake_library(trouble: dict[tuple[int, int], int]) -> Any:
    """A sounddevice with one stereo device of 48 kHz; some rates and channels fail with a code."""

    def stream(**options: Any) -> None:
        code = trouble.get((options["samplerate"], options["channels"]), trouble.get((0, 0), 0))
        raise PortAudioError("Error opening stream", code)

    device = {"index": 0, "name": "Headset", "default_samplerate": 48_000.0}
    device |= {"max_input_channels": 2, "max_output_channels": 2}
    return SimpleNamespace(
        query_devices=lambda: [device],
        default=SimpleNamespace(device=[0, 0]),
        RawInputStream=stream,
        RawOutputStream=stream,
        PortAudioError=PortAudioError,
    )


@pytest.mark.parametrize(
    ("code", "told", "hint"),
    [
        (-9985, "the speaker 'Headset' is busy", "close the program"),
        (-9997, "the speaker 'Headset' cannot do 24000 Hz", "--rate"),
        (-9999, "the speaker 'Headset' cannot be opened: Error opening stream", "--device"),
    ],
)
def test_a_device_that_cannot_be_opened_is_explained(
    monkeypatch: pytest.MonkeyPatch, a_file: str, code: int, told: str, hint: str
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", fake_library({(0, 0): code}))
    done = oai("audio", "play", a_file)
    assert done.code == 1
    assert f"error: {told}\n" in done.stderr
    assert hint in done.stderr


def test_a_device_is_asked_for_what_it_can_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A rate it refuses, then channels it refuses: each is tried, and the last trouble is busy."""
    tried: list[tuple[int, int]] = []
    library = fake_library({})

    def stream(**options: Any) -> None:
        way = (options["samplerate"], options["channels"])
        tried.append(way)
        last = way == (48_000, 2)
        raise PortAudioError("no", -9985 if last else -9998 if way[1] == 1 else -9997)

    library.RawInputStream = stream
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    done = oai("audio", "record", "--rate", "16000", "-o", "a.wav", cwd=tmp_path)
    assert tried == [(16_000, 1), (48_000, 1), (16_000, 2), (48_000, 2)]
    assert "is busy" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["record", "--rate", "100"], "--rate wants 4000 to 384000 Hz"),
        (["record", "--duration", "-1"], "positive"),
        (["record", "--pause", "0"], "positive"),
        (["record", "-o", "no/such/a.wav"], "there is no folder"),
        (["play"], "missing argument"),
        (["play", "none.wav"], "cannot read none.wav: No such file"),
        (["play", "notes.txt"], "notes.txt holds no sound"),
        (["play", "--channels", "0", "a.pcm"], "--channels 1 to 32"),
        (["play", "--rate", "-1", "a.pcm"], "--rate wants 1 to 384000 Hz"),
        (["play", "--rate", "99999999999", "a.pcm"], "--rate wants 1 to 384000 Hz"),
        (["play", "none.wav/"], "cannot read none.wav"),
        (["play", "empty.mp3"], "empty.mp3 is empty"),
        (["play", "http://"], "http:// is no address"),
        (["play", "http://[1"], "http://[1 is no address"),
        (["record", "-o", "a.mp3"], "a.mp3 is called another kind"),
        (["transcriptions", "create", "--mic", "--save", "a.FLAC"], "a.FLAC is called another"),
    ],
)
def test_bad_words_are_refused(tmp_path: Path, words: list[str], told: str) -> None:
    (tmp_path / "notes.txt").write_text("no sound at all")
    (tmp_path / "empty.mp3").touch()
    done = oai("audio", *words, cwd=tmp_path)
    assert done.code in (1, 2)
    assert told.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_sound_is_not_written_to_a_terminal() -> None:
    done = oai("audio", "record", "-o", "-", terminals=(True, True, True))
    assert done.code == 2
    assert "not written to a terminal" in done.stderr


@pytest.mark.parametrize("words", [["play"], ["transcriptions", "create"]])
def test_sound_is_not_typed(server: Server, words: list[str]) -> None:
    done = oai("audio", *words, "-", terminals=(True, False, False), server=server)
    assert done.code == 2
    assert "error: stdin is a terminal" in done.stderr
    assert not server.requests


def test_what_an_address_answers_decides(server: Server, no_portaudio: None) -> None:
    server.answer(reply({"error": "none"}, status=404))
    assert oai("audio", "play", f"{server.url}/a.wav").code == 3
    server.answer(reply({"error": "none"}, status=403))
    done = oai("audio", "play", f"{server.url}/a.wav")
    assert done.code == 7
    assert "answered with status 403" in done.stderr
    server.answer(raw(b"<html>", "text/html"))
    done = oai("audio", "play", f"{server.url}/a.wav")
    assert "holds no sound" in done.stderr
    assert all(asked.headers["authorization"] is None for asked in server.requests)


def test_aac_without_ffmpeg_says_what_is_needed(no_portaudio: None, tmp_path: Path) -> None:
    (tmp_path / "a.aac").write_bytes(b"\xff\xf1\x58\x40\x01\x7f\xfc\x00\xc8\x20\x07" * 20)
    done = oai("audio", "play", "a.aac", cwd=tmp_path)
    assert done.code == 1
    assert "error: playing a.aac needs ffmpeg, which is not here" in done.stderr
    assert "apt install ffmpeg" in done.stderr


def test_a_speaker_that_fails_midway_costs_no_sound(
    monkeypatch: pytest.MonkeyPatch, server: Server, tmp_path: Path
) -> None:
    """The device stops; what was asked for with -o is saved whole, and nothing hangs."""
    library = fake_library({})
    stream = SimpleNamespace(active=False, time=0.0, latency=0.01)
    for name in ("start", "abort", "close"):
        setattr(stream, name, lambda: None)
    library.RawOutputStream = lambda **options: stream
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    sound = tone(400, 3.0)
    server.answer(raw(sound, "audio/pcm"), raw(sound, "audio/pcm"))
    words = ("audio", "speech", "create", "Hi", "--play")
    done = oai(*words, "-o", "a.pcm", server=server, cwd=tmp_path).ok()
    assert "the speaker 'Headset' has stopped; the rest is only saved" in done.stderr
    assert (tmp_path / "a.pcm").read_bytes() == sound
    alone = oai(*words, server=server, cwd=tmp_path)
    assert alone.code == 1
    assert "error: the speaker 'Headset' has stopped" in alone.stderr
