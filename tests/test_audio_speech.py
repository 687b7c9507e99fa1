"""`oai audio speech create`: formats, long texts, what is kept; `test_audio_heard` listens."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest

from .support.cli import ROOT, environment, oai, oai_process, oai_started
from .support.server import Answer, Asked, Server, cut, error, raw, reply, sse
from .support.sound import RATE, numbers, tone

SANDBOX = {"OAI_SANDBOX": "1", "OPENAI_API_KEY": ""}
TALE = "The fox went out on a chilly night. He prayed for the moon to give him light. " * 160


def samples(path: Path) -> bytes:
    """The samples of any sound file."""
    import soundfile

    with soundfile.SoundFile(path) as file:
        assert (file.samplerate, file.channels) == (RATE, 1)
        return bytes(file.read(dtype="int16").tobytes())


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.mp3", "mp3"),
        ("a.WAV", "wav"),
        ("a.opus", "opus"),
        ("a.ogg", "opus"),
        ("a.aac", "aac"),
        ("a.flac", "flac"),
        ("a.pcm", "pcm"),
        ("a.v1.flac", "flac"),
        ("a.txt", None),
        ("mp3", None),
    ],
)
def test_the_name_decides_the_format(
    server: Server, tmp_path: Path, name: str, form: str | None
) -> None:
    server.answer(raw(b"sound", "audio/mpeg"))
    done = oai("audio", "speech", "create", "Hi", "-o", name, server=server, cwd=tmp_path).ok()
    assert server.only.json.get("response_format") == form
    assert (tmp_path / name).read_bytes() == b"sound"
    assert (done.stdout, done.stderr) == ("", f"saved {name}\n")


def test_a_format_that_is_given_stands_above_the_name(server: Server, tmp_path: Path) -> None:
    server.answer(raw(b"sound"))
    oai(
        *("audio", "speech", "create", "Hi", "-o", "a.mp3", "--response-format", "wav"),
        server=server,
        cwd=tmp_path,
    ).ok()
    assert server.only.json["response_format"] == "wav"


def test_sound_goes_to_a_pipe_as_it_is(server: Server) -> None:
    server.answer(raw(b"\xff\xfbsound"))
    assert (
        oai("audio", "speech", "create", "Hi", server=server).ok().stdout_bytes == b"\xff\xfbsound"
    )
    assert server.only.json["input"] == "Hi"


def test_sound_does_not_go_to_a_terminal(server: Server) -> None:
    done = oai("audio", "speech", "create", "Hi", server=server, terminals=(False, True, True))
    assert done.code == 2
    assert "not written to a terminal" in done.stderr


def by_length(asked: Asked) -> Answer:
    """A second of a tone, whose pitch is the number of characters, as samples or AAC frames."""
    if asked.json["response_format"] == "aac":
        return raw(b"\xff\xf1<%d>" % len(asked.json["input"]))
    sound = tone(len(asked.json["input"]) / 10, 0.5)
    return Answer(200, {"Content-Type": "audio/pcm"}, [sound[:4097], sound[4097:] + b"\0"])


@pytest.mark.parametrize("form", ["wav", "mp3", "flac", "opus"])
def test_a_long_text_becomes_one_file(server: Server, tmp_path: Path, form: str) -> None:
    server.handler = by_length
    oai("audio", "speech", "create", TALE, "-o", f"a.{form}", server=server, cwd=tmp_path).ok()
    bodies = [asked.json for asked in server.requests]
    assert [body["response_format"] for body in bodies] == ["pcm"] * 4
    assert all(len(body["input"]) <= 4096 and body["input"].endswith(".") for body in bodies)
    assert " ".join(body["input"] for body in bodies) == TALE.strip()
    sound = samples(tmp_path / f"a.{form}")
    assert len(sound) / 2 / RATE == pytest.approx(2, abs=0.1)
    # The pieces follow each other without a hole: each begins where a wave of the last one ends.
    loud = [max(map(abs, numbers(sound[at : at + 480]))) for at in range(4800, 91000, 480)]
    assert min(loud) > 8000


def test_a_long_text_in_a_pipe_has_one_header(server: Server) -> None:
    server.handler = by_length
    data = (
        oai("audio", "speech", "create", "-", "--response-format", "wav", server=server, stdin=TALE)
        .ok()
        .stdout_bytes
    )
    assert data.count(b"RIFF") == 1
    assert len(data) == 44 + 4 * RATE


def test_pieces_of_aac_are_joined_as_they_are(server: Server, tmp_path: Path) -> None:
    server.handler = by_length
    oai("audio", "speech", "create", TALE, "-o", "a.aac", server=server, cwd=tmp_path).ok()
    sizes = [len(asked.json["input"]) for asked in server.requests]
    wanted = b"".join(b"\xff\xf1<%d>" % size for size in sizes)
    assert (tmp_path / "a.aac").read_bytes() == wanted


def test_where_a_character_may_be_a_token_pieces_are_shorter(server: Server) -> None:
    server.handler = by_length
    text = "今日は、いい天気です。" * 300
    oai("audio", "speech", "create", text, "--response-format", "pcm", server=server).ok()
    assert all(len(asked.json["input"]) <= 2000 for asked in server.requests)
    assert "".join(asked.json["input"] for asked in server.requests) == text


def test_a_dry_run_shows_the_first_of_several_requests(tmp_path: Path) -> None:
    done = oai("audio", "speech", "create", TALE, "--dry-run", "-o", "a.mp3", cwd=tmp_path).ok()
    assert done.json["body"]["response_format"] == "pcm"
    assert len(done.json["body"]["input"]) <= 4096
    assert "the first of 4 requests" in done.stderr
    assert not list(tmp_path.iterdir())


def test_events_are_lines_unless_they_are_wanted_raw(server: Server) -> None:
    event = {"type": "speech.audio.delta", "audio": "AAA="}
    server.handler = lambda asked: sse([event], done=False)
    words = ("audio", "speech", "create", TALE[:5000], "--stream-format", "sse")
    assert oai(*words, server=server).ok().jsonl == [event]
    assert server.only.json["input"] == TALE[:5000]
    assert oai(*words, "--jq", ".[].audio", server=server).ok().stdout == "AAA=\n"
    told = oai(*words, "-f", "raw", server=server).ok().stdout
    assert told == 'data: {"type": "speech.audio.delta", "audio": "AAA="}\n\n'
    asked = len(server.requests)
    assert oai(*words, "-f", "csv", server=server).code == 2
    assert len(server.requests) == asked


def test_a_piece_that_fails_leaves_what_came_before(server: Server, tmp_path: Path) -> None:
    server.answer(by_length_of(4000), by_length_of(4000), error(400, "Not this."))
    done = oai("audio", "speech", "create", TALE, "-o", "a.wav", server=server, cwd=tmp_path)
    assert done.code == 1
    assert "Not this." in done.stderr
    assert "kept in" in done.stderr
    assert not (tmp_path / "a.wav").exists()
    with wave.open(str(tmp_path / "a.wav.partial")) as kept:
        assert kept.getnframes() == RATE


def by_length_of(pitch: int) -> Answer:
    """Half a second of a tone."""
    return raw(tone(pitch / 10, 0.5), "audio/pcm")


def test_an_answer_that_breaks_off_is_kept(server: Server, tmp_path: Path) -> None:
    server.answer(cut(bytes(range(200)), 150, "audio/mpeg"))
    done = oai("audio", "speech", "create", "Hi", "-o", "a.mp3", server=server, cwd=tmp_path)
    assert done.code == 7
    assert (tmp_path / "a.mp3.partial").read_bytes() == bytes(range(150))


def test_ctrl_c_keeps_what_came(server: Server, tmp_path: Path) -> None:
    sound = tone(440, 0.5)
    server.answer(Answer(200, {"Content-Type": "audio/pcm"}, [sound], end="hang"))
    words = ("audio", "speech", "create", "Hi", "-o", "a.wav", "--response-format", "pcm")
    child = oai_started(*words, server=server, cwd=tmp_path)
    end = time.monotonic() + 20
    while time.monotonic() < end and not any(p.stat().st_size for p in tmp_path.iterdir()):
        time.sleep(0.05)
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert b"kept in" in err
    assert (tmp_path / "a.wav.partial").read_bytes() == sound


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--device", "x"], "add --play"),
        (["--play", "--stream-format", "sse"], "not events"),
        (["--play", "-f", "raw"], "cannot be filtered"),
        (["--play", "--jq", "."], "cannot be filtered"),
        ([], "missing argument"),
    ],
)
def test_what_does_not_fit_is_refused(words: list[str], told: str) -> None:
    text = ["Hi"] if words else []
    done = oai("audio", "speech", "create", *text, *words)
    assert done.code == 2
    assert told in done.stderr


def test_the_sandbox_understands_what_it_said(tmp_path: Path) -> None:
    text = "Meet me at noon. " * 250
    oai("audio", "speech", "create", text, "-o", "a.flac", env=SANDBOX, cwd=tmp_path).ok()
    heard = oai("audio", "transcriptions", "create", "a.flac", env=SANDBOX, cwd=tmp_path).ok()
    assert heard.stdout.split() == text.split()


@pytest.mark.parametrize(
    "words",
    [
        ["voices", "create", "Ada", "--audio-sample", "a.wav", "--consent", "cons_1"],
        ["voice-consents", "create", "a.wav", "--name", "Ada", "--language", "en-US"],
    ],
)
def test_recordings_for_voices_are_sent_as_files(
    server: Server, tmp_path: Path, words: list[str]
) -> None:
    oai("audio", "speech", "create", "I agree.", "-o", "a.wav", env=SANDBOX, cwd=tmp_path).ok()
    made = oai("audio", *words, env=SANDBOX, cwd=tmp_path).ok()
    assert made.json["name"] == "Ada"
    server.answer(reply({"id": "x", "name": "Ada"}))
    oai("audio", *words, server=server, cwd=tmp_path).ok()
    field = "audio_sample" if words[0] == "voices" else "recording"
    part = server.only.part(field)
    assert (part.filename, part.content) == ("a.wav", (tmp_path / "a.wav").read_bytes())
    with wave.open(io.BytesIO(part.content)) as sound:
        assert sound.getframerate() == RATE


PEAK = """
import pathlib, sys
from openai_cli.cli import main
from openai_cli.core.console import Console
code = main(sys.argv[1:], Console.system())
status = pathlib.Path("/proc/self/status").read_text()
print(int(code), status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_an_hour_of_speech_needs_little_memory(server: Server, tmp_path: Path) -> None:
    block = tone(400, 1.0)
    server.handler = lambda _: Answer(200, {"Content-Type": "audio/pcm"}, iter([block] * 900))
    done = subprocess.run(
        [sys.executable, "-c", PEAK, "audio", "speech", "create", TALE, "-o", "a.wav"],
        env=environment({"PYTHONPATH": str(ROOT)}, server),
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )
    code, kilobytes = done.stderr.decode().split()[-2:]
    assert code == "0"
    assert (tmp_path / "a.wav").stat().st_size == 44 + 4 * 900 * len(block)
    assert int(kilobytes) < 80_000


def test_help_tells_of_playing() -> None:
    page = oai_process("audio", "speech", "create", "--help").ok().stdout
    assert "--play" in page
    assert "--device DEVICE" in page
