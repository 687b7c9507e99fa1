"""`oai audio transcriptions create`: formats, long recordings, several of them, pipes, failures."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import signal
import subprocess
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_cli.engine.reading import local_file
from openai_cli.workflows.hearing import cutting, joining, limits, sources, subtitles
from openai_cli.workflows.hearing.limits import Split
from openai_cli.workflows.sound import wav

from .support.cli import Outcome, oai, oai_process, oai_started
from .support.server import Answer, Asked, Server, error, raw, reply, sse
from .support.sound import RATE, Studio, pitches, silence, tone

SANDBOX = {"OAI_SANDBOX": "1", "OPENAI_API_KEY": ""}
COMMAND = ("audio", "transcriptions", "create")
WORDS = ("One fish.", "Two fish.", "Red fish.")
# Loud for 1.5 s, quiet for 0.5 s: cuts belong at about 1.75 and 3.75.
LONG = silence(0.5).join([tone(400, 1.5, 0.3)] * 3)
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs ffmpeg")


def hear(*args: str, **options: Any) -> Outcome:
    """`oai audio transcriptions create`."""
    return oai(*COMMAND, *args, **options)


def write(path: Path, pcm: bytes, rate: int = RATE, channels: int = 1) -> Path:
    """A WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(pcm)
    return path


def fields(asked: Asked) -> dict[str, str]:
    """A form's texts."""
    return {part.name: part.text for part in asked.parts if part.filename is None}


def seconds(asked: Asked) -> float:
    """How long the sound in a form is."""
    import soundfile

    with soundfile.SoundFile(io.BytesIO(asked.part("file").content)) as file:
        assert file.channels == 1
        return float(file.frames / file.samplerate)


def in_turn(*answers: Answer) -> Any:
    """A handler that gives each answer once."""
    waiting = list(answers)
    return lambda asked: waiting.pop(0)


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A recording of three loud stretches with silences between."""
    return write(tmp_path / "long.wav", LONG)


# -- one file, as it is -----------------------------------------------------------------------


def test_a_file_is_sent_as_it_is_and_heard_live(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"\xff\xfbsound")
    deltas = [{"type": "transcript.text.delta", "delta": text} for text in ("Hi", " you")]
    server.answer(sse([*deltas, {"type": "transcript.text.done", "text": "Hi you"}]))
    done = hear("a.mp3", server=server, cwd=tmp_path).ok()
    assert (done.stdout, done.stderr) == ("Hi you\n", "")
    assert server.only.part("file").content == b"\xff\xfbsound"
    assert server.only.part("file").filename == "a.mp3"
    assert fields(server.only) == {"model": "gpt-transcribe", "stream": "true"}


SEGMENTS = [
    {"id": "s1", "speaker": "A", "start": 0.0, "end": 2.0, "text": " Good morning."},
    {"id": "s2", "speaker": "Ada", "start": 3723.5, "end": 3725.0, "text": "Morning!"},
]


@pytest.mark.parametrize(
    ("form", "answer", "shown"),
    [
        ("text", raw(b"Hello.\n", "text/plain"), "Hello.\n"),
        ("srt", raw(b"1\n00:00:00,000 --> 00:00:01,000\nHi\n\n", "text/plain"), None),
        ("vtt", raw(b"WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n", "text/vtt"), None),
        ("json", reply({"text": "Hi"}), '{\n  "text": "Hi"\n}\n'),
        ("verbose_json", reply({"text": "Hi", "duration": 1}), None),
        (
            "diarized_json",
            reply({"text": "…", "segments": SEGMENTS}),
            "[0:00] A: Good morning.\n[1:02:03] Ada: Morning!\n",
        ),
    ],
)
def test_each_format_is_printed_as_itself(
    server: Server, tmp_path: Path, form: str, answer: Answer, shown: str | None
) -> None:
    (tmp_path / "a.mp3").write_bytes(b"sound")
    server.answer(answer)
    done = hear("a.mp3", "--response-format", form, server=server, cwd=tmp_path).ok()
    assert "stream" not in fields(server.only)
    content = b"".join(answer.pieces).decode()
    if shown is None and "json" in form:
        assert done.json == json.loads(content)
    else:
        assert done.stdout == (shown or content)


def test_diarized_json_is_the_apis_where_json_is_asked_for(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"sound")
    whole = {"text": "…", "segments": SEGMENTS}
    server.answer(reply(whole))
    words = ("--response-format", "diarized_json", "--model", "gpt-4o-transcribe-diarize")
    assert hear("a.mp3", *words, "-f", "json", server=server, cwd=tmp_path).ok().json == whole
    assert fields(server.only)["chunking_strategy"] == "auto"


def test_speakers_are_told_live(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"sound")
    kinds = [{"type": "transcript.text.segment", **segment} for segment in SEGMENTS]
    delta = {"type": "transcript.text.delta", "delta": "Good morning.", "segment_id": "s1"}
    ended = {"type": "transcript.text.done", "text": "…"}
    words = ("a.mp3", "--response-format", "diarized_json", "--stream")
    server.answer(sse([delta, *kinds, ended]), sse([delta, *kinds, ended]), sse([delta, ended]))
    shown = hear(*words, server=server, cwd=tmp_path).ok().stdout
    assert shown == "[0:00] A: Good morning.\n[1:02:03] Ada: Morning!\n"
    final = hear(*words, "-f", "json", server=server, cwd=tmp_path).ok().json
    assert [segment["speaker"] for segment in final["segments"]] == ["A", "Ada"]
    assert hear(*words, server=server, cwd=tmp_path).ok().stdout == "Good morning.\n"


def test_what_is_shown_instead_of_sent(server: Server, long: Path) -> None:
    done = hear(str(long), "--dry-run", server=server).ok()
    parts = {part["name"]: part for part in done.json["parts"]}
    assert parts["file"] == {"name": "file", "file": str(long), "filename": "long.wav"}
    assert done.stderr == ""
    cut = hear(str(long), "--split", "2", "--dry-run", server=server).ok()
    assert cut.json == done.json
    assert "about 3 such requests" in cut.stderr
    mic = hear("--mic", "--dry-run", server=server).ok().json
    assert {"name": "file", "file": "(what the microphone hears)", "filename": "recording.wav"} in (
        mic["parts"]
    )
    two = (str(long), str(shutil.copy(long, long.with_name("copy.wav"))))
    many = hear(*two, "--curl", server=server).ok().stdout
    assert [many.count(f'filename="{name}.wav"') for name in ("long", "copy")] == [1, 1]
    assert many.count("curl -sS") == 2
    assert len(hear(*two, "--dry-run", server=server).ok().json) == 2


@pytest.mark.parametrize(
    ("name", "content", "sent"),
    [
        ("a.opus", b"OggS...", "a.ogg"),
        ("a.OPUS", b"OggS...", "a.ogg"),
        ("a.ogg", b"OggS...", "a.ogg"),
        ("notes", b"anything", "notes"),
    ],
)
def test_opus_goes_by_the_name_the_api_knows(
    server: Server, tmp_path: Path, name: str, content: bytes, sent: str
) -> None:
    (tmp_path / name).write_bytes(content)
    server.answer(reply({"text": "Hi"}))
    hear(name, "-f", "json", server=server, cwd=tmp_path).ok()
    assert server.only.part("file").filename == sent
    assert server.only.part("file").content == content


# -- what is too long ---------------------------------------------------------------------------


@pytest.fixture
def no_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without ffmpeg."""
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.mark.parametrize("with_ffmpeg", [True, False])
def test_a_long_recording_is_cut_where_it_is_quiet(
    server: Server, long: Path, with_ffmpeg: bool, request: pytest.FixtureRequest
) -> None:
    if not with_ffmpeg:
        request.getfixturevalue("no_ffmpeg")
    server.handler = in_turn(*(reply({"text": text}) for text in WORDS))
    done = hear(str(long), "--split", "2.2", "-f", "json", server=server).ok()
    assert done.json == {"text": "One fish. Two fish. Red fish."}
    lengths = [seconds(asked) for asked in server.requests]
    assert sum(lengths) == pytest.approx(5.5, abs=0.01)
    starts = [sum(lengths[: at + 1]) for at in range(2)]
    assert 1.5 < starts[0] < 2.0
    assert 3.5 < starts[1] < 4.0
    assert [fields(asked).get("prompt") for asked in server.requests] == [
        None,
        "One fish.",
        "One fish. Two fish.",
    ]


def test_pieces_are_heard_live_as_one_text(server: Server, long: Path) -> None:
    def stream(text: str) -> Answer:
        deltas = [{"type": "transcript.text.delta", "delta": part} for part in text.split("|")]
        usage = {"type": "tokens", "total_tokens": 5, "input_token_details": {"audio_tokens": 2}}
        ended = {"type": "transcript.text.done", "text": text.replace("|", ""), "usage": usage}
        return sse([*deltas, ended])

    texts = ("One| fish. ", " Two| fish.", "红|鱼")
    server.handler = in_turn(*map(stream, texts * 2))
    done = hear(str(long), "--split", "2.2", server=server).ok()
    assert done.stdout == "One fish. Two fish. 红鱼\n"
    assert done.stderr == "long.wav is 0:05 long: 3 pieces or more\n"
    events = hear(str(long), "--split", "2.2", "-f", "jsonl", server=server).ok().jsonl
    assert events[-1]["text"] == "One fish. Two fish. 红鱼"
    assert events[-1]["usage"]["total_tokens"] == 15
    assert events[-1]["usage"]["input_token_details"] == {"audio_tokens": 6}
    assert [event["type"] for event in events].count("transcript.text.done") == 1


def test_models_that_cannot_stream_are_heard_all_the_same(server: Server, long: Path) -> None:
    texts = [raw(f"{text}\n".encode(), "text/plain") for text in WORDS]
    server.handler = in_turn(*texts)
    words = ("--split", "2.2", "--model", "whisper-1", "--stream", "--response-format", "text")
    assert hear(str(long), *words, server=server).ok().stdout == "One fish. Two fish. Red fish.\n"
    whole = {"text": "Good morning.", "segments": SEGMENTS[:1]}
    server.handler = in_turn(*[reply(whole)] * 3)
    told = ("--split", "2.2", "--stream", "--response-format", "diarized_json")
    lines = hear(str(long), *told, server=server).ok().lines
    assert [line[:9] for line in lines] == ["[0:00] A:", "[0:01] A:", "[0:03] A:"]


def test_a_prompt_of_ones_own_is_every_pieces(server: Server, long: Path) -> None:
    server.handler = in_turn(*(reply({"text": text}) for text in WORDS * 2))
    hear(str(long), "--split", "2.2", "--prompt", "Fish", server=server).ok()
    assert {fields(asked)["prompt"] for asked in server.requests} == {"Fish"}
    server.requests.clear()
    hear(str(long), "--split", "2.2", "--model", "x-transcribe-diarize", server=server).ok()
    assert not any("prompt" in fields(asked) for asked in server.requests)


def test_subtitles_of_pieces_go_on(server: Server, long: Path) -> None:
    srt = b"1\n00:00:00,500 --> 00:00:01,000\nOne\n\n2\n00:00:01,000 --> 00:00:01,250\n<i>fish</i>"
    vtt = b"WEBVTT\n\n00:00.500 --> 00:01.000 align:start\nOne\n\n"
    server.handler = in_turn(*[raw(srt + b"\n\n", "text/plain")] * 3, *[raw(vtt, "text/vtt")] * 3)
    found = hear(str(long), "--split", "2.2", "--response-format", "srt", server=server).ok().stdout
    starts = [0.0]
    for asked in server.requests[:2]:
        starts.append(starts[-1] + seconds(asked))
    assert fields(server.requests[1])["prompt"] == "One fish"
    blocks = found.strip().split("\n\n")
    assert [block.split("\n")[0] for block in blocks] == ["1", "2", "3", "4", "5", "6"]
    times = re.findall(r"00:00:0(\d),(\d{3}) -->", found)
    begun = [int(second) + int(part) / 1000 for second, part in times]
    wanted = [start + more for start in starts for more in (0.5, 1.0)]
    assert begun == pytest.approx(wanted, abs=0.002)
    found = hear(str(long), "--split", "2.2", "--response-format", "vtt", server=server).ok().stdout
    assert found.count("WEBVTT") == 1
    assert found.startswith("WEBVTT\n\n00:00.500 --> 00:01.000 align:start\nOne\n\n00:00:0")
    assert len(re.findall(r"00:00:0\d\.\d{3} --> 00:00:0\d\.\d{3} align:start", found)) == 2


def test_times_in_json_are_those_of_the_whole(server: Server, long: Path) -> None:
    segment = {"id": 0, "seek": 0, "start": 0.1, "end": 1.0, "text": " One fish."}
    verbose = {"text": "One fish.", "duration": 2.0, "segments": [segment]}
    verbose |= {"language": "english", "words": [{"word": "One", "start": 0.1, "end": 0.4}]}
    verbose |= {"usage": {"type": "duration", "seconds": 2}}
    server.handler = in_turn(*[reply(verbose)] * 3)
    words = ("--split", "2.2", "--model", "whisper-1")
    found = hear(str(long), *words, "--response-format", "verbose_json", server=server).ok().json
    second = seconds(server.requests[0])
    third = second + seconds(server.requests[1])
    starts = [0.1, 0.1 + second, 0.1 + third]
    assert [part["start"] for part in found["segments"]] == pytest.approx(starts, abs=0.001)
    assert [part["start"] for part in found["words"]] == pytest.approx(starts, abs=0.001)
    assert [part["id"] for part in found["segments"]] == [0, 1, 2]
    assert found["segments"][1]["seek"] == pytest.approx(second * 100, abs=1)
    assert (found["duration"], found["language"]) == (6.0, "english")
    assert found["usage"] == {"type": "duration", "seconds": 6}


def spoke(*segments: tuple[str, float, float]) -> Answer:
    """An answer in which these speakers spoke from there to there."""
    made = [
        {"id": f"s{at}", "speaker": who, "start": start, "end": end, "text": f"I am {who}."}
        for at, (who, start, end) in enumerate(segments, 1)
    ]
    return reply({"text": "…", "duration": 2, "segments": made})


def test_speakers_in_pieces(server: Server, long: Path) -> None:
    """Who spoke too briefly is not known again."""
    server.handler = in_turn(*[spoke(("A", 0, 1.2))] * 6)
    words = (str(long), "--split", "2.2", "--response-format", "diarized_json")
    done = hear(*words, server=server).ok()
    assert [line[:9] for line in done.lines] == ["[0:00] A:", "[0:01] A:", "[0:03] A:"]
    assert done.stderr.count("may have other names from 0:01 on") == 1
    found = hear(*words, "-f", "json", "--quiet", server=server).ok()
    assert [part["id"] for part in found.json["segments"]] == ["s1", "s1_2", "s1_3"]
    assert found.stderr == ""


def references(asked: Asked) -> dict[str, bytes]:
    """The samples of voices that a request brings, by name."""
    names, urls = (
        [part.text for part in asked.parts if part.name == f"known_speaker_{what}[]"]
        for what in ("names", "references")
    )
    assert all(url.startswith("data:audio/wav;base64,") for url in urls)
    return {
        name: wave.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).readframes(1 << 20)
        for name, url in zip(names, urls, strict=True)
    }


@needs_ffmpeg
@pytest.mark.parametrize("live", [False, True])
def test_speakers_keep_their_names(server: Server, tmp_path: Path, live: bool) -> None:
    low, high = tone(300, 3.0, 0.3), tone(900, 3.0, 0.3)
    path = write(tmp_path / "talk.wav", silence(1.0).join([low + high] * 3))
    first = spoke(("A", 0, 2.9), ("B", 3.1, 3.6), ("B", 4.0, 5.9))
    # In the second piece the API has another A: a third voice.
    second = spoke(("speaker-B", 0, 1), ("A", 1, 4), ("speaker-A", 4, 5))
    third = spoke(("speaker-C", 0, 1), ("A", 1, 2), ("B", 2, 3))
    server.handler = in_turn(first, second, third)
    words = (str(path), "--split", "8", "--response-format", "diarized_json")
    done = hear(*words, *["--stream"] * live, server=server).ok()
    assert [line.split()[1] for line in done.lines] == [f"{who}:" for who in "ABBBCACDE"]
    assert done.stderr == "talk.wav is 0:20 long: 3 pieces or more\n"
    assert references(server.requests[0]) == {}
    heard = references(server.requests[1])
    assert list(heard) == ["speaker-A", "speaker-B"]
    assert len(heard["speaker-A"]) / 2 / limits.RATE == pytest.approx(2.9, abs=0.1)
    assert len(heard["speaker-B"]) / 2 / limits.RATE == pytest.approx(2.4, abs=0.1)
    pitch = {name: pitches(pcm, rate=limits.RATE)[2] for name, pcm in heard.items()}
    assert pitch == {"speaker-A": pytest.approx(300, abs=5), "speaker-B": pytest.approx(900, abs=5)}
    assert list(references(server.requests[2])) == ["speaker-A", "speaker-B", "speaker-C"]


def test_speakers_that_were_named_are_left_alone(server: Server, tmp_path: Path) -> None:
    path = write(tmp_path / "talk.wav", tone(300, 12.0, 0.3))
    server.handler = in_turn(*[spoke(("Ada", 0, 4), ("A", 4, 7))] * 2)
    known = ("--known-speaker-names", "Ada", "--known-speaker-references", "data:audio/wav;base64,")
    words = (str(path), "--split", "8", "--response-format", "diarized_json", *known)
    done = hear(*words, server=server).ok()
    assert [line.split()[1] for line in done.lines] == ["Ada:", "A:"] * 2
    names = [[p.text for p in asked.parts if "names" in p.name] for asked in server.requests]
    assert names == [["Ada"], ["Ada"]]


def test_what_came_before_a_failure_is_kept(server: Server, long: Path, tmp_path: Path) -> None:
    def scripted() -> Any:
        bad = error(400, "The audio is odd.")
        return in_turn(reply({"text": "One fish."}), reply({"text": "Two fish."}), bad)

    words = (str(long), "--split", "2.2")
    server.handler = scripted()
    done = hear(*words, server=server)
    assert (done.code, done.stdout.strip()) == (1, "One fish. Two fish.")
    assert "error: The audio is odd." in done.stderr
    assert "what was said before 0:03 is there" in done.stderr
    server.handler = scripted()
    done = hear(*words, "--response-format", "json", server=server)
    assert (done.code, done.json) == (1, {"text": "One fish. Two fish."})
    server.handler = scripted()
    done = hear(*words, "-o", "a.txt", server=server, cwd=tmp_path)
    assert (done.code, done.stdout) == (1, "")
    assert (tmp_path / "a.txt.partial").read_text().strip() == "One fish. Two fish."
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.parametrize("form", ["json", "text"])
def test_what_came_before_ctrl_c_is_kept(server: Server, long: Path, form: str) -> None:
    asked_twice = threading.Event()

    def answer(asked: Asked) -> Answer:
        if len(server.requests) == 1:
            return (
                reply({"text": "One fish."})
                if form == "json"
                else raw(b"One fish.\n", "text/plain")
            )
        asked_twice.set()
        return Answer(end="hang", status=0)

    server.handler = answer
    words = (*COMMAND, str(long), "--split", "2.2", "--response-format", form)
    child = oai_started(*words, server=server, env={"TMPDIR": str(long.parent)})
    assert asked_twice.wait(20)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert child.returncode == 130, err
    assert out.decode().strip() in ("One fish.", '{\n  "text": "One fish."\n}')
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert list(long.parent.iterdir()) == [long]


def test_files_over_the_limits_are_measured(tmp_path: Path) -> None:
    big = tmp_path / "big.wav"
    with big.open("wb") as file:
        file.write(wave_head(26_000_000))
        file.truncate(26_000_044)
    file_ = local_file(str(big))
    found = sources.source(file_, "whisper-1", Split())
    assert found.longest > 0
    assert found.seconds == pytest.approx(26_000_000 / 48_000)
    assert sources.source(file_, "whisper-1", Split(never=True)).longest == 0
    with big.open("wb") as file:
        file.write(wave_head(24_000_000, 8000))
        file.truncate(24_000_044)
    assert sources.source(file_, "whisper-1", Split()).longest == 0
    capped = sources.source(file_, "gpt-4o-transcribe", Split())
    assert (capped.longest, capped.seconds, capped.pieces) == (750, 1500, 2)
    with big.open("r+b") as file:
        file.truncate(900_000)
    assert sources.source(file_, "gpt-4o-transcribe", Split()).seconds is None


def wave_head(size: int, rate: int = RATE) -> bytes:
    """The beginning of a mono WAV file."""
    return wav.header(rate, 1, size)


def test_a_piece_is_never_too_large() -> None:
    rate, longest = 100, 10.0
    noise = bytes(range(256)) * 40
    runs = list(
        cutting.cut([noise[at : at + 998] for at in range(0, len(noise), 998)], rate, longest)
    )
    assert b"".join(pcm for _, pcm in runs) == noise
    lengths: dict[int, int] = {}
    for number, pcm in runs:
        lengths[number] = lengths.get(number, 0) + len(pcm)
    assert list(lengths) == list(range(len(lengths)))
    assert all(size <= 2000 and size % 2 == 0 for size in lengths.values())
    assert all(size >= 1200 for size in list(lengths.values())[:-1])
    # A little more than one piece still leaves a last one that is long enough.
    barely = list(cutting.cut([bytes(2002)], rate, longest))
    assert {number for number, _ in barely} == {0, 1}
    assert sum(len(pcm) for number, pcm in barely if number) >= 2 * int(cutting.LEAST * rate)
    assert {number for number, _ in cutting.cut([bytes(2000)], rate, longest)} == {0}


# -- what has to be converted ---------------------------------------------------------------------


@needs_ffmpeg
def test_other_containers_are_converted(server: Server, tmp_path: Path) -> None:
    write(tmp_path / "a.wav", tone(400, 1.0), channels=1)
    picture = ["-f", "lavfi", "-i", "color=s=16x16:d=1"]
    shape = ["-i", str(tmp_path / "a.wav"), "-c:v", "mpeg4", str(tmp_path / "a.mkv")]
    subprocess.run(["ffmpeg", "-loglevel", "error", *picture, *shape], check=True)
    server.answer(reply({"text": "Hi"}), reply({"text": "Hi"}))
    assert hear("a.mkv", server=server, cwd=tmp_path).ok().stdout.strip() == "Hi"
    assert server.only.part("file").filename == "a.flac"
    assert seconds(server.only) == pytest.approx(1.0, abs=0.06)
    hear("a.mkv", "--split", "never", server=server, cwd=tmp_path).ok()
    assert server.requests[1].part("file").content == (tmp_path / "a.mkv").read_bytes()


@pytest.mark.usefixtures("no_ffmpeg")
@pytest.mark.parametrize("words", [("a.mkv",), ("a.mkv", "b.wav")])
def test_without_ffmpeg_nothing_is_sent(
    server: Server, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "a.mkv").write_bytes(b"\x1aE\xdf\xa3video")
    write(tmp_path / "b.wav", tone(400, 0.2))
    done = hear(*words, server=server, cwd=tmp_path)
    assert done.code == 1
    assert "error: converting a.mkv needs ffmpeg, which is not here" in done.stderr
    assert "`--split never` sends the file as it is" in done.stderr
    assert not server.requests


@needs_ffmpeg
def test_what_holds_no_sound_is_an_error(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.mkv").write_bytes(b"no video at all")
    done = hear("a.mkv", server=server, cwd=tmp_path)
    assert (done.code, server.requests) == (2, [])
    assert "a.mkv holds no sound" in done.stderr


# -- pipes ----------------------------------------------------------------------------------------


def test_a_pipe_gets_a_name_that_tells_its_kind(server: Server, long: Path) -> None:
    server.handler = lambda asked: reply({"text": "Hi"})
    hear("-", server=server, stdin=long.read_bytes()).ok()
    assert server.requests[0].part("file").filename == "stdin.wav"
    assert server.requests[0].part("file").content == long.read_bytes()
    hear("-", "--filename", "b.mp3", server=server, stdin=b"RIFF").ok()
    assert server.requests[1].part("file").filename == "b.mp3"
    hear("-", "--split", "never", server=server, stdin=b"RIFF").ok()
    assert server.requests[2].part("file").filename == "stdin"
    hear("-", "--split", "2.2", server=server, stdin=long.read_bytes()).ok()
    assert len(server.requests) == 6
    assert server.requests[4].part("file").filename == "stdin.flac"


# -- several files ------------------------------------------------------------------------------


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A folder of three small recordings, which `by_name` tells apart."""
    for name in ("a.mp3", "b.mp3", "c.mp3"):
        (tmp_path / name).write_bytes(b"sound of " + name.encode())
    return tmp_path


def by_name(asked: Asked) -> Answer:
    """The first recording takes longest; the second fails."""
    name = asked.part("file").filename
    if name == "b.mp3":
        return error(400, "Too odd.")
    made = reply({"text": f"This is {name}."})
    made.before = 0.3 if name == "a.mp3" else 0.0
    return made


def test_several_files_come_in_order(server: Server, three: Path) -> None:
    server.handler = by_name
    done = hear("a.mp3", "b.mp3", "c.mp3", server=server, cwd=three)
    assert done.code == 8
    assert done.stdout == "==> a.mp3 <==\nThis is a.mp3.\n\n==> c.mp3 <==\nThis is c.mp3.\n"
    assert "error: 1 of 3 files were not heard to the end:\n  b.mp3: Too odd." in done.stderr
    assert not any("stream" in fields(asked) for asked in server.requests)
    done = hear("*.mp3", "-f", "json", server=server, cwd=three)
    assert (done.code, done.json) == (
        8,
        [
            {"file": "a.mp3", "text": "This is a.mp3."},
            {"file": "c.mp3", "text": "This is c.mp3."},
        ],
    )
    lines = hear("*.mp3", "-f", "jsonl", "--jobs", "1", server=server, cwd=three)
    assert [line["file"] for line in lines.jsonl] == ["a.mp3", "c.mp3"]
    assert lines.code == 8


def test_one_file_by_pattern_has_no_heading(server: Server, three: Path) -> None:
    server.handler = by_name
    assert hear("a*.mp3", server=server, cwd=three).ok().stdout == "This is a.mp3.\n"


@pytest.mark.parametrize(
    ("words", "ending", "content"),
    [
        ((), ".txt", "This is {}.\n"),
        (("--response-format", "srt"), ".srt", "This is {}.\n"),
        (("--response-format", "vtt"), ".vtt", "This is {}.\n"),
        (("-f", "json"), ".json", '{{\n  "text": "This is {}."\n}}\n'),
        (("--response-format", "verbose_json"), ".json", '{{\n  "text": "This is {}."\n}}\n'),
    ],
)
def test_a_folder_gets_a_file_each(
    server: Server, three: Path, words: tuple[str, ...], ending: str, content: str
) -> None:
    server.handler = by_name
    done = hear("a.mp3", "b.mp3", "c.mp3", *words, "-o", "out/", server=server, cwd=three)
    assert (done.code, done.stdout) == (8, "")
    saved = {path.name: path.read_text() for path in (three / "out").iterdir()}
    assert saved == {f"{n}{ending}": content.format(f"{n}.mp3") for n in ("a", "c")}
    assert f"saved out/a{ending}" in done.stderr
    one = hear("c.mp3", *words, "-o", "one/", server=server, cwd=three).ok()
    assert [path.name for path in (three / "one").iterdir()] == [f"c{ending}"]
    assert one.stdout == ""


def test_names_that_are_alike_stay_apart(server: Server, three: Path) -> None:
    server.handler = lambda asked: reply({"text": str(asked.part("file").filename)})
    shutil.copy(three / "a.mp3", three / "a.wav")
    hear("a.mp3", "a.wav", "-o", "out/", server=server, cwd=three).ok()
    saved = {path.name: path.read_text() for path in (three / "out").iterdir()}
    assert saved == {"a.txt": "a.mp3\n", "a.wav.txt": "a.wav\n"}


def test_one_file_for_all(server: Server, three: Path) -> None:
    server.handler = by_name
    hear("a.mp3", "c.mp3", "-o", "all.txt", server=server, cwd=three).ok()
    assert (three / "all.txt").read_text().count("==> ") == 2


def test_a_bad_key_ends_it_at_once(server: Server, three: Path) -> None:
    server.handler = lambda asked: error(401, "No such key.")
    done = hear("*.mp3", "--jobs", "1", server=server, cwd=three)
    assert (done.code, len(server.requests)) == (4, 1)
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a.mp3", "-"), "`-` stands alone"),
        (("a.mp3", "b.mp3", "--filename", "x.mp3"), "--filename goes with one file"),
        (("a.mp3", "b.mp3", "--file", "c.mp3"), "--file goes with one file"),
        (("a.mp3", "b.mp3", "--stream"), "--stream goes with one file"),
        (("a.mp3", "b.mp3", "-f", "raw"), "-f raw shows one answer"),
        (("a.mp3", "--mic"), "no file goes with it"),
        (("a.mp3", "--pause", "2"), "add --mic"),
        (("a.mp3", "--split", "often"), "--split wants auto, never or a number"),
        (("a.mp3", "--split", "0"), "pieces of 1 second or more"),
        (("a.mp3", "--split", "nan"), "--split wants"),
        (("a.mp3", "--jobs", "0"), "--jobs wants 1 or more"),
        (("nothing.mp3",), "there is no file nothing.mp3"),
        (("*.wav",), "no file matches *.wav"),
        ((".",), "is a folder"),
        ((), "missing argument: FILE"),
    ],
)
def test_what_makes_no_sense_is_said(
    server: Server, three: Path, words: tuple[str, ...], message: str
) -> None:
    done = hear(*words, server=server, cwd=three)
    assert done.code == 2
    assert message in done.stderr
    assert not server.requests


# -- translations, the sandbox, the microphone ----------------------------------------------------


def test_translations_likewise(server: Server, long: Path) -> None:
    server.handler = in_turn(*(reply({"text": text}) for text in WORDS))
    done = oai("audio", "translations", "create", str(long), "--split", "2.2", server=server).ok()
    assert done.stdout == "One fish. Two fish. Red fish.\n"
    assert {asked.path for asked in server.requests} == {"/v1/audio/translations"}
    assert fields(server.requests[2]) == {"model": "whisper-1", "prompt": "One fish. Two fish."}


@pytest.mark.parametrize("form", ["wav", "mp3", "flac", "opus", "ogg"])
def test_the_sandbox_hears_what_it_spoke(tmp_path: Path, form: str) -> None:
    text = "The quick brown fox"
    oai("audio", "speech", "create", text, "-o", f"a.{form}", env=SANDBOX, cwd=tmp_path).ok()
    assert hear(f"a.{form}", env=SANDBOX, cwd=tmp_path).ok().stdout.strip() == text


def test_the_sandbox_hears_pieces(tmp_path: Path) -> None:
    spoken = []
    for text in WORDS:
        words = ("audio", "speech", "create", text, "--response-format", "pcm")
        spoken.append(oai(*words, env=SANDBOX).ok().stdout_bytes)
    write(tmp_path / "a.wav", silence(1).join(spoken))
    done = hear("a.wav", "--split", "1.6", env=SANDBOX, cwd=tmp_path).ok()
    assert done.stdout.strip() == " ".join(WORDS)


def spoken_by_sandbox(text: str) -> bytes:
    """Samples of the sandbox's voice."""
    words = ("audio", "speech", "create", text, "--response-format", "pcm")
    return oai(*words, env=SANDBOX).ok().stdout_bytes


@pytest.mark.slow
@pytest.mark.parametrize("ended", ["silence", "Ctrl-C"])
def test_what_is_said_is_heard(sound: Studio, tmp_path: Path, ended: str) -> None:
    text = "Is anybody there?"
    pause = "1" if ended == "silence" else "60"
    words = (*COMMAND, "--mic", "--pause", pause, "--save", "kept.wav")
    child = oai_started(*words, env={**sound.env, **SANDBOX}, cwd=tmp_path)
    sound.wait_for_recorder()
    sound.speak(silence(0.5) + spoken_by_sandbox(text) + silence(0.5))
    if ended == "Ctrl-C":
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=40)
    assert child.returncode == 0, err
    assert out.decode().strip() == text
    assert b"saved kept.wav" in err
    again = hear("kept.wav", env=SANDBOX, cwd=tmp_path).ok()
    assert again.stdout.strip() == text


@pytest.mark.slow
def test_a_recording_that_was_not_heard_is_kept(
    sound: Studio,
    server: Server,
    tmp_path: Path,
) -> None:
    server.handler = lambda asked: error(400, "Not today.")
    env = {**sound.env, "OAI_HOME": str(tmp_path)}
    with sound.speaking(tone(400, 0.5), every=0.01):
        done = oai_process(*COMMAND, "--mic", "--duration", "1", env=env, server=server)
    assert done.code == 1
    (kept,) = (tmp_path / "state" / "recordings").iterdir()
    assert f"the recording is kept: oai audio transcriptions create {kept}" in done.stderr
    assert seconds(server.only) == pytest.approx(1.0, abs=0.1)
    server.handler = lambda asked: reply({"text": "Hi"})
    kept.unlink()
    with sound.speaking(tone(400, 0.5), every=0.01):
        done = oai_process(*COMMAND, "--mic", "--duration", "1", env=env, server=server).ok()
    assert done.stdout.strip() == "Hi"
    assert not list((tmp_path / "state" / "recordings").iterdir())


# -- the pure parts -------------------------------------------------------------------------------


def test_times_may_pass_the_hour() -> None:
    text = "59:59.900 --> 01:00:00.100\nHi at 10:00.000 --> nowhere"
    moved = subtitles.later(text, 0.2)
    assert moved.splitlines()[0] == "01:00:00.100 --> 01:00:00.300"
    assert moved.splitlines()[1] == "Hi at 10:00.000 --> nowhere"
    header = "WEBVTT - a title\nKind: captions\n\n00:01.000 --> 00:02.000\nHi\n"
    assert subtitles.headless(header) == "00:01.000 --> 00:02.000\nHi\n"
    counted, last = subtitles.numbered("7\n00:00:01,000 --> 00:00:02,000\n42\n", 3)
    assert (counted, last) == ("4\n00:00:01,000 --> 00:00:02,000\n42\n", 4)


def test_the_end_of_a_text_begins_with_a_word() -> None:
    text = "word " * 400
    assert joining.tail(text).startswith("word ")
    assert len(joining.tail(text)) <= joining.TAIL
    assert joining.tail(" short ") == "short"
    assert joining.joined("", "a") == "a"
    assert joining.joined("a ", " b") == "a b"
    assert limits.sniffed(b"\0\0\0 ftypM4A ") == "m4a"
    assert limits.sniffed(b"text") == ""
    assert limits.kind("a.b/c.MP3") == "mp3"


def test_raw_is_for_one_answer(server: Server, long: Path) -> None:
    done = hear(str(long), "--split", "2.2", "-f", "raw", server=server)
    assert (done.code, server.requests) == (2, [])
    assert "this recording needs several" in done.stderr


@pytest.mark.slow
def test_ctrl_c_keeps_the_files_that_are_done(server: Server, three: Path) -> None:
    hanging = threading.Event()

    def answer(asked: Asked) -> Answer:
        if asked.part("file").filename != "b.mp3":
            return by_name(asked)
        hanging.set()
        late = reply({"text": "This is b.mp3."})
        late.before = 3.0
        return late

    server.handler = answer
    words = (*COMMAND, "a.mp3", "b.mp3", "c.mp3", "--jobs", "2")
    child = oai_started(*words, server=server, cwd=three)
    assert hanging.wait(20)
    wait_until(lambda: len(server.requests) == 3)
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert child.returncode == 130, err
    assert [line for line in out.decode().splitlines() if line.startswith("This")] == [
        "This is a.mp3.",
        "This is b.mp3.",
        "This is c.mp3.",
    ]
    assert b"3 of 3 files are done" in err


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once the condition holds."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("style", ["csv", "table"])
def test_pieces_as_a_table(server: Server, long: Path, style: str) -> None:
    server.handler = in_turn(*(reply({"text": text}) for text in WORDS))
    done = hear(str(long), "--split", "2.2", "-f", style, server=server).ok()
    assert "One fish. Two fish. Red fish." in done.stdout


def test_ctrl_c_twice_does_not_wait(server: Server, three: Path) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.part("file").filename == "b.mp3":
            return Answer(end="hang", status=0)
        return reply({"text": "Hi"})

    server.handler = answer
    env = {"TMPDIR": str(three)}
    before = set(three.iterdir())
    child = oai_started(*COMMAND, "a.mp3", "b.mp3", server=server, cwd=three, env=env)
    assert child.stdout is not None
    assert child.stdout.read(13) == b"==> a.mp3 <=="
    wait_until(lambda: len(server.requests) == 2)
    child.send_signal(signal.SIGINT)
    assert child.stderr is not None
    assert child.stderr.readline().startswith(b"waiting for what was sent")
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    begun = time.monotonic()
    _, err = child.communicate(timeout=19)
    assert time.monotonic() - begun < 5
    assert child.returncode == 130
    assert b"1 of 2 files are done" in err
    assert set(three.iterdir()) == before


@pytest.mark.slow
@needs_ffmpeg
def test_sound_without_a_length_is_decoded(server: Server, tmp_path: Path) -> None:
    """Browsers record WebM whose header does not say how long it is."""
    path = tmp_path / "a.webm"
    noise = ["-f", "lavfi", "-i", "anoisesrc=d=40", "-c:a", "libopus", "-b:a", "256k"]
    with path.open("wb") as file:
        words = ["ffmpeg", "-loglevel", "error", *noise, "-f", "webm", "-live", "1", "pipe:1"]
        subprocess.run(words, check=True, stdout=file)
    assert path.stat().st_size > limits.SHORT
    server.handler = lambda asked: reply({"text": "Hi"})
    hear("a.webm", server=server, cwd=tmp_path).ok()
    assert server.requests[0].part("file").filename == "a.flac"
    assert seconds(server.requests[0]) == pytest.approx(40, abs=0.1)
    hear("a.webm", "--model", "whisper-1", server=server, cwd=tmp_path).ok()
    assert server.requests[1].part("file").filename == "a.webm"
