"""Sound that is really made and heard: a virtual microphone and loudspeaker stand for the room."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest

from .support.cli import ROOT, oai, oai_process, oai_started, oai_terminal
from .support.server import Answer, Server, raw
from .support.sound import (
    RATE,
    Studio,
    longest_silence,
    loudness,
    missing,
    pitches,
    silence,
    sweep,
    tone,
    trimmed,
)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing())]
SANDBOX = {"OAI_SANDBOX": "1", "OPENAI_API_KEY": ""}
LOW, HIGH, LONG = 300, 2700, 1.5


def write_wav(path: Path, pcm: bytes, rate: int = RATE) -> Path:
    """A WAV file, by Python's own module."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(pcm)
    return path


def read_wav(path: Path) -> bytes:
    """The samples of a WAV file at 24 kHz."""
    with wave.open(str(path)) as file:
        assert file.getparams()[:3] == (1, 2, RATE)
        return file.readframes(file.getnframes())


def is_the_sweep(pcm: bytes, seconds: float = LONG) -> None:
    """Assert that the sound is the sweep, whole: it rises evenly, at its own pace."""
    sound = trimmed(pcm)
    assert len(sound) / 2 / RATE == pytest.approx(seconds, abs=0.03)
    found = pitches(sound)
    for at, pitch in enumerate(found):
        wanted = LOW + (HIGH - LOW) * (at + 0.5) * 0.1 / seconds
        assert pitch == pytest.approx(wanted, abs=40), found


SWEEP = sweep(LOW, HIGH, LONG)


# -- playing --------------------------------------------------------------------------------------


def test_a_sweep_that_is_played_is_heard_as_that_sweep(sound: Studio, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", SWEEP)
    with sound.heard() as heard:
        done = oai_process("audio", "play", str(path), env=sound.env)
    assert (done.code, done.stdout, done.stderr) == (0, "", "")
    is_the_sweep(heard.pcm)


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.flac", []), ("a.mp3", []), ("a.ogg", []), ("a.opus", ["-ar", "24000"]), ("a.m4a", [])],
)
def test_compressed_sound_is_heard(
    sound: Studio, tmp_path: Path, name: str, options: list[str]
) -> None:
    if not shutil.which("ffmpeg"):
        pytest.skip("needs ffmpeg")
    plain = write_wav(tmp_path / "plain.wav", SWEEP)
    command = ["ffmpeg", "-loglevel", "error", "-i", plain, *options, tmp_path / name]
    subprocess.run(command, check=True)
    with sound.heard() as heard:
        oai_process("audio", "play", name, env=sound.env, cwd=tmp_path).ok()
    found = trimmed(heard.pcm, 1500)
    assert len(found) / 2 / RATE == pytest.approx(LONG, abs=0.1)
    assert longest_silence(found) < 0.01
    rising = pitches(found)
    assert rising == sorted(rising)


def test_pipes_raw_samples_and_addresses_are_played(
    sound: Studio, tmp_path: Path, server: Server
) -> None:
    (tmp_path / "a.pcm").write_bytes(SWEEP)
    data = write_wav(tmp_path / "a.wav", SWEEP).read_bytes()
    server.answer(raw(data, "audio/wav"))
    ways: list[tuple[list[str], bytes | None]] = [
        (["a.pcm"], None),
        (["--rate", str(RATE), "-"], SWEEP),
        (["-"], data),
        ([f"{server.url}/some/sound?x=1"], None),
    ]
    for words, stdin in ways:
        with sound.heard() as heard:
            oai_process("audio", "play", *words, env=sound.env, cwd=tmp_path, stdin=stdin).ok()
        is_the_sweep(heard.pcm)
    assert server.only.headers["authorization"] is None, "no key goes to a foreign host"


def test_several_files_follow_each_other(sound: Studio, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(400, 0.5))
    write_wav(tmp_path / "b.wav", tone(800, 0.5))
    with sound.heard() as heard:
        oai_process("audio", "play", "a.wav", "b.wav", env=sound.env, cwd=tmp_path).ok()
    found = trimmed(heard.pcm)
    assert len(found) / 2 / RATE == pytest.approx(1.0, abs=0.03)
    assert longest_silence(found) < 0.01
    pitched = pitches(found)
    assert pitched[1] == pytest.approx(400, abs=5)
    assert pitched[-2] == pytest.approx(800, abs=5)


def test_another_rate_is_played_at_its_own_pace(sound: Studio, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(480, 0.5), 12_000)
    with sound.heard() as heard:
        oai_process("audio", "play", "a.wav", env=sound.env, cwd=tmp_path).ok()
    found = trimmed(heard.pcm)
    assert len(found) / 2 / RATE == pytest.approx(1.0, abs=0.05)
    assert pitches(found)[4] == pytest.approx(240, abs=4)


def test_ctrl_c_stops_playing_at_once(sound: Studio, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(400, 20))
    with sound.heard(tail=0.3) as heard:
        child = oai_started("audio", "play", "a.wav", env=sound.env, cwd=tmp_path)
        wait_for(lambda: loudness(heard.now[-4800:]) > 1000)
        child.send_signal(signal.SIGINT)
        stopped = time.monotonic()
        _, err = child.communicate(timeout=20)
        assert time.monotonic() - stopped < 1.5
    assert child.returncode == 130
    assert err == b"interrupted\n"
    assert loudness(heard.pcm[-4800:]) < 100


def test_a_terminal_shows_how_far_it_is(sound: Studio, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(400, 1.5))
    screen = oai_terminal("audio", "play", "a.wav", env=sound.env, cwd=tmp_path)
    assert screen.code == 0
    assert "0:00  of 0:01 a.wav" in screen.raw
    assert screen.text == ""


# -- recording ------------------------------------------------------------------------------------


def test_what_is_spoken_is_recorded(sound: Studio, tmp_path: Path) -> None:
    words = ("audio", "record", "-o", "a.wav", "--duration", "4")
    with sound.speaking(silence(0.5) + SWEEP, every=60):
        done = oai_process(*words, env=sound.env, cwd=tmp_path).ok()
    assert done.stdout == ""
    assert done.stderr == "recorded 0:04 to a.wav\n"
    pcm = read_wav(tmp_path / "a.wav")
    assert len(pcm) == 4 * RATE * 2
    is_the_sweep(pcm)


def test_a_voice_is_recorded_until_it_is_silent(sound: Studio, tmp_path: Path) -> None:
    if not shutil.which("espeak-ng"):
        pytest.skip("needs espeak-ng")
    said = tmp_path / "said.wav"
    text = "The quick brown fox jumps over the lazy dog."
    subprocess.run(["espeak-ng", "-w", said, text], check=True)
    with wave.open(str(said)) as file:
        rate, voice = file.getframerate(), file.readframes(file.getnframes())
    child = oai_started(
        *("audio", "record", "--until-silence", "--pause", "1", "-o", "a.wav"),
        env=sound.env,
        cwd=tmp_path,
    )
    sound.wait_for_recorder()
    sound.speak(voice, rate)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 0, err
    recorded = read_wav(tmp_path / "a.wav")
    found = trimmed(recorded)
    voice = trimmed(voice)
    assert len(found) / 2 / RATE == pytest.approx(len(voice) / 2 / rate, abs=0.1)
    assert loudness(found) == pytest.approx(loudness(voice), rel=0.15)
    after = len(recorded) - recorded.find(found) - len(found)
    assert after / 2 / RATE == pytest.approx(1.0, abs=0.3)


def test_ctrl_c_keeps_the_recording(sound: Studio, tmp_path: Path) -> None:
    child = oai_started("audio", "record", "-o", "a.wav", env=sound.env, cwd=tmp_path)
    sound.wait_for_recorder()
    sound.speak(SWEEP)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 0
    assert err.endswith(b" to a.wav\n")
    is_the_sweep(read_wav(tmp_path / "a.wav"))


def test_a_kill_leaves_a_whole_recording(sound: Studio, tmp_path: Path) -> None:
    child = oai_started("audio", "record", "-o", "a.wav", env=sound.env, cwd=tmp_path)
    sound.wait_for_recorder()
    sound.speak(SWEEP + silence(0.3))
    child.kill()
    child.communicate(timeout=20)
    size = (tmp_path / "a.wav").stat().st_size
    pcm = read_wav(tmp_path / "a.wav")
    assert 0 <= size - 44 - len(pcm) <= 960, "one block may have been under way"
    is_the_sweep(pcm)


def test_a_pipe_gets_wav(sound: Studio, tmp_path: Path) -> None:
    data = oai_process("audio", "record", "--duration", "0.5", env=sound.env).ok().stdout_bytes
    assert len(data) == 44 + RATE
    (tmp_path / "a.wav").write_bytes(data)
    done = subprocess.run(["sox", "a.wav", "-n", "stat"], cwd=tmp_path, capture_output=True)
    if done.returncode == 0:
        assert b"Length (seconds):      0.500000" in done.stderr


def test_a_terminal_gets_a_new_file_and_a_meter(sound: Studio, tmp_path: Path) -> None:
    with sound.speaking(tone(400, 0.5), every=0.01):
        screen = oai_terminal(
            *("audio", "record", "--duration", "1.2"),
            env={**sound.env, "PYTHONIOENCODING": "utf-8"},
            cwd=tmp_path,
        )
    assert screen.code == 0
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("recording-")
    assert screen.lines[:2] == [f"recorded 0:01 to {path.name}", path.name]
    assert "0:01  ▕" in screen.raw
    assert "█" in screen.raw
    assert "Ctrl-C ends it" in screen.raw
    for quiet in ({"CI": "1"}, {"TERM": "dumb"}):
        plain = oai_terminal(
            *("audio", "record", "--duration", "0.3", "-o", "b.wav"),
            env={**sound.env, **quiet},
            cwd=tmp_path,
        )
        assert plain.lines[0] == "recorded 0:00 to b.wav"
        assert "▕" not in plain.raw


def test_devices_are_listed(sound: Studio) -> None:
    found = oai_process("audio", "devices", env=sound.env).ok().json
    (usual,) = [device for device in found if device["default_input"]]
    assert usual["default_output"]
    assert usual["inputs"] > 0
    table = oai_process("audio", "devices", "-f", "table", env=sound.env).ok().lines
    assert any(
        line.split()[1:2] == [usual["name"]] and "microphone, speaker" in line for line in table
    )
    named = oai_process(
        *("audio", "record", "--duration", "0.2", "--device", str(usual["index"]), "-o", "-"),
        env=sound.env,
    ).ok()
    assert len(named.stdout_bytes) == 44 + RATE * 2 // 5


# -- speech ---------------------------------------------------------------------------------------


def test_speech_is_heard_without_a_gap_and_kept(sound: Studio, tmp_path: Path) -> None:
    text = "Nothing is missing in the middle of this sentence."
    with sound.heard() as heard:
        done = oai_process(
            *("audio", "speech", "create", text, "--play", "-o", "a.flac"),
            env={**sound.env, **SANDBOX},
            cwd=tmp_path,
        ).ok()
    assert (done.stdout, done.stderr) == ("", "saved a.flac\n")
    found = trimmed(heard.pcm, 500)
    assert longest_silence(found, 500) < 0.005
    write_wav(tmp_path / "heard.wav", heard.pcm)
    for name in ("heard.wav", "a.flac"):
        told = oai("audio", "transcriptions", "create", name, env=SANDBOX, cwd=tmp_path).ok()
        assert told.stdout.strip() == text, name


def test_speech_that_drips_has_no_gap(sound: Studio, server: Server) -> None:
    """The server sends a little faster than it is heard, in small odd pieces."""
    whole = tone(480, 2.0)
    pieces = [whole[at : at + 1999] for at in range(0, len(whole), 1999)]
    server.answer(Answer(200, {"Content-Type": "audio/pcm"}, pieces, pause=0.03))
    with sound.heard() as heard:
        oai_process("audio", "speech", "create", "Hi", "--play", env=sound.env, server=server).ok()
    assert server.only.json["response_format"] == "pcm"
    found = trimmed(heard.pcm)
    assert longest_silence(found) < 0.005
    assert len(found) / 2 / RATE == pytest.approx(2.0, abs=0.03)
    assert all(abs(pitch - 480) < 3 for pitch in pitches(found))


def test_the_pieces_of_a_long_text_are_heard_as_one(sound: Studio, server: Server) -> None:
    server.handler = lambda asked: raw(tone(480, 0.5), "audio/pcm")
    text = "A sentence of middling length stands here. " * 200
    with sound.heard() as heard:
        oai_process("audio", "speech", "create", text, "--play", env=sound.env, server=server).ok()
    found = trimmed(heard.pcm)
    assert len(server.requests) == 3
    assert len(found) / 2 / RATE == pytest.approx(1.5, abs=0.03)
    assert longest_silence(found) < 0.005


def test_ctrl_c_ends_speech_and_keeps_all_that_came(
    sound: Studio, server: Server, tmp_path: Path
) -> None:
    whole = tone(480, 8.0)
    server.answer(raw(whole, "audio/pcm"))
    with sound.heard() as heard:
        child = oai_started(
            *("audio", "speech", "create", "Hi", "--play", "-o", "a.wav"),
            env=sound.env,
            server=server,
            cwd=tmp_path,
        )
        wait_for(lambda: loudness(heard.now[-4800:]) > 1000)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert child.returncode == 130, err
    assert len(trimmed(heard.pcm)) < len(whole) / 2
    assert read_wav(tmp_path / "a.wav.partial") == whole


# -- where something is missing -------------------------------------------------------------------


def only_programs(folder: Path, *names: str) -> dict[str, str]:
    """An environment without PortAudio, and with these programs alone."""
    (folder / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    tools = folder / "bin"
    tools.mkdir()
    for name in names:
        found = shutil.which(name)
        if not found:
            pytest.skip(f"needs {name}")
        (tools / name).symlink_to(found)
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PATH": str(tools)}


@pytest.mark.parametrize("program", ["parec", "ffmpeg"])
def test_other_programs_record_where_portaudio_is_missing(
    sound: Studio, tmp_path: Path, program: str
) -> None:
    env = {**sound.env, **only_programs(tmp_path, program)}
    child = oai_started("audio", "record", "-o", "a.wav", env=env, cwd=tmp_path)
    sound.wait_for_recorder()
    time.sleep(0.3)
    sound.speak(SWEEP + silence(1))
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 0, err
    is_the_sweep(read_wav(tmp_path / "a.wav"))


@pytest.mark.parametrize("program", ["pacat", "ffplay"])
def test_other_programs_play_where_portaudio_is_missing(
    sound: Studio, tmp_path: Path, program: str
) -> None:
    env: dict[str, str | None] = {**sound.env, **only_programs(tmp_path, program)}
    # It would stand above the latency that the program is asked for.
    env["PULSE_LATENCY_MSEC"] = None
    write_wav(tmp_path / "a.wav", SWEEP)
    with sound.heard() as heard:
        oai_process("audio", "play", "a.wav", env=env, cwd=tmp_path).ok()
    found = trimmed(heard.pcm)
    assert len(found) / 2 / RATE == pytest.approx(LONG, abs=0.1)
    assert longest_silence(found) < 0.03


@pytest.mark.skipif(Path("/dev/snd").exists(), reason="this machine has a sound card")
@pytest.mark.parametrize(
    ("words", "what"),
    [(["record", "-o", "a.wav"], "microphone"), (["play", "a.wav"], "speaker")],
)
def test_without_a_device_the_error_says_so(tmp_path: Path, words: list[str], what: str) -> None:
    if words[0] == "play":
        write_wav(tmp_path / "a.wav", tone(400, 0.2))
    env = {"PULSE_SERVER": f"unix:{tmp_path}/nobody", "PATH": str(tmp_path)}
    done = oai_process("audio", *words, env=env, cwd=tmp_path)
    assert done.code == 1
    assert f"error: there is no {what} on this machine" in done.stderr
    assert "hint:" in done.stderr
    assert "ALSA" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(Path("/dev/snd").exists(), reason="this machine has a sound card")
def test_ffplay_without_a_device_is_not_taken_for_playing(tmp_path: Path) -> None:
    """It ends with 0 all the same, and says so only when its input ends."""
    write_wav(tmp_path / "a.wav", tone(400, 0.2))
    env = only_programs(tmp_path, "ffplay") | {"PULSE_SERVER": f"unix:{tmp_path}/nobody"}
    done = oai_process("audio", "play", "a.wav", env=env, cwd=tmp_path)
    assert done.code == 1
    assert "error: there is no speaker on this machine" in done.stderr


def wait_for(condition: object, seconds: float = 15.0) -> None:
    """Return once the condition holds."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def test_a_conversation_stops_at_once_and_knows_what_was_heard(sound: Studio) -> None:
    """What talking needs of a speaker: everything is taken at once, dropped at once, counted."""
    done = subprocess.run(
        [sys.executable, "-c", CONVERSATION],
        env={**os.environ, **sound.env, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == b""
    heard, later, after, gaps = map(float, done.stdout.split())
    assert 0.4 < heard < 1.2, "of ten seconds that were written at once"
    assert later - heard < 0.3, "only what the device had"
    assert after - later == pytest.approx(0.03, abs=0.001), "shorter than any run-up"
    assert gaps == 0


CONVERSATION = """
import time
from openai_cli.workflows.sound.playback import Speaker
with Speaker(ahead=None, latency="low") as speaker:
    speaker.write(b"\\1\\1" * 240_000)
    while speaker.played() < 12_000:
        time.sleep(0.01)
    speaker.clear()
    heard = speaker.played()
    time.sleep(0.5)
    later = speaker.played()
    speaker.write(b"\\1\\1" * 720)
    speaker.ends()
    time.sleep(0.5)
    after = speaker.played()
    print(heard / 24_000, later / 24_000, after / 24_000, speaker.gaps)
"""
