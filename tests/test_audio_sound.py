"""The parts of sound that need none: levels, silence, WAV, conversion, cutting texts, timelines."""

from __future__ import annotations

import io
import random
import signal
import struct
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openai_cli.core.errors import UsageError
from openai_cli.workflows.sound import decode, meter, pcm, portaudio, sentences, silence, wav
from openai_cli.workflows.sound.timeline import Timeline

from .support import sound as made
from .support.cli import oai
from .support.sound import RATE

# -- levels and silence ---------------------------------------------------------------------------


def test_levels_are_in_decibels_below_the_loudest() -> None:
    assert pcm.level(b"") == pcm.level(bytes(960)) == -96
    assert pcm.level(made.tone(440, 0.5, 1.0)) == pytest.approx(-3.01, abs=0.02)
    assert pcm.level(made.tone(440, 0.5, 0.1)) == pytest.approx(-23.01, abs=0.05)


def noise(seconds: float, amplitude: int, seed: int = 1) -> bytes:
    """A room that is not quite quiet."""
    dice = random.Random(seed)
    count = int(seconds * RATE)
    return struct.pack(f"<{count}h", *(dice.randint(-amplitude, amplitude) for _ in range(count)))


def talk(seconds: float) -> bytes:
    """Syllables: a fifth of a second of sound, and a short dip, again and again."""
    syllable = made.tone(180, 0.16, 0.3) + made.silence(0.06)
    return syllable * round(seconds / 0.22)


def blocks(sound: bytes, size: int = 700) -> list[bytes]:
    return [sound[at : at + size] for at in range(0, len(sound), size)]


def test_speech_is_heard_and_its_end() -> None:
    listener = silence.Listener(RATE)
    for block in blocks(made.silence(1) + talk(1.1)):
        listener.hear(block)
    assert listener.spoken
    assert listener.speaking
    assert not listener.ended(0.5)
    for block in blocks(made.silence(0.6)):
        listener.hear(block)
    assert not listener.speaking
    assert listener.ended(0.5)
    assert not listener.ended(0.9)
    assert listener.quiet == pytest.approx(0.66, abs=0.04)
    assert listener.seconds == pytest.approx(2.7, abs=0.05)


def test_a_noisy_room_is_no_speech() -> None:
    listener = silence.Listener(RATE)
    for block in blocks(noise(3, 400)):
        listener.hear(block)
    assert not listener.spoken
    for block in blocks(talk(0.66) + noise(1, 400, 2)):
        listener.hear(block)
    assert listener.ended(0.8)


def test_who_speaks_at_once_is_heard() -> None:
    listener = silence.Listener(RATE)
    assert listener.hear(talk(0.44))


def test_a_click_is_no_speech() -> None:
    listener = silence.Listener(RATE)
    listener.hear(made.silence(0.5) + made.tone(900, 0.03) + made.silence(0.5))
    assert not listener.spoken


@given(some.lists(some.integers(1, 3000), min_size=1, max_size=40))
def test_listening_does_not_depend_on_the_blocks(sizes: list[int]) -> None:
    sound = made.silence(0.2) + talk(0.44) + made.silence(0.3)
    whole, parts = silence.Listener(RATE), silence.Listener(RATE)
    whole.hear(sound)
    at = 0
    for size in [*sizes, len(sound)]:
        parts.hear(sound[at : at + size])
        at += size
    assert (whole.quiet, whole.spoken, whole.level) == (parts.quiet, parts.spoken, parts.level)


def test_the_meter_shows_loudness_and_time() -> None:
    assert meter.bar(0) == "▕" + "█" * 20 + "▏"
    assert meter.bar(-96) == "▕" + "·" * 20 + "▏"
    assert meter.bar(-30, unicode=False) == "[##########..........]"
    assert [meter.clock(s) for s in (7.9, 754, 3723)] == ["0:07", "12:34", "1:02:03"]


# -- WAV ------------------------------------------------------------------------------------------


def test_a_wav_file_is_whole_after_every_block(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with path.open("wb", buffering=0) as file:
        writer = wav.Writer(file, 16_000, 2)
        for count in range(1, 4):
            writer.write(bytes(4) * 1000)
            with wave.open(str(path)) as read:
                assert read.getparams()[:4] == (2, 2, 16_000, count * 1000)
            assert path.stat().st_size == 44 + count * 4000
    assert writer.seconds == pytest.approx(3000 / 16_000)


def test_a_wav_pipe_names_the_largest_size() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    writer = wav.Writer(pipe, RATE)
    writer.write(made.tone(300, 0.1))
    data = pipe.getvalue()
    assert data[:44] == wav.header(RATE)
    assert struct.unpack("<I", data[40:44])[0] == 0xFFFFFFFF
    reader = wav.Reader(io.BytesIO(data))
    assert reader.size is None
    assert b"".join(reader.blocks(100)) == made.tone(300, 0.1)


class Trickle(io.RawIOBase):
    """Gives a few bytes at a time, like a pipe."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, count: int = -1) -> bytes:
        return self._data.read(min(count, 7) if count > 0 else 7)


def test_wav_is_read_from_a_pipe_past_other_chunks() -> None:
    sound = made.tone(300, 0.05)
    plain = wav.header(RATE, 1, len(sound))
    extra = b"LIST" + struct.pack("<I", 5) + b"hello\0"
    data = plain[:36] + extra + plain[36:] + sound + b"tail" + struct.pack("<I", 2) + b"xx"
    reader = wav.Reader(Trickle(data))
    assert (reader.rate, reader.channels, reader.size) == (RATE, 1, len(sound))
    assert b"".join(reader.blocks(64)) == sound


def test_a_wav_that_was_cut_gives_whole_frames() -> None:
    data = wav.header(RATE, 2, 4000) + bytes(1003)
    assert sum(map(len, wav.Reader(io.BytesIO(data)).blocks(64))) == 1000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"OggS" + bytes(60),
        wav.header(RATE)[:20] + struct.pack("<H", 3) + wav.header(RATE)[22:],
        wav.header(RATE)[:34] + struct.pack("<H", 24) + wav.header(RATE)[36:],
        wav.header(RATE)[:12] + b"data" + struct.pack("<I", 4) + bytes(4),
    ],
)
def test_what_is_no_plain_wav_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(wav.NotPlain):
        wav.Reader(io.BytesIO(data))


# -- conversion -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "to"), [(48_000, 24_000), (16_000, 24_000), (44_100, 24_000)])
def test_a_tone_keeps_its_pitch_at_another_rate(rate: int, to: int) -> None:
    sound = made.tone(440, 1.0)  # 24 kHz samples, taken as `rate`: the pitch scales with it
    converter = pcm.Converter(rate, 1, to, 1)
    out = b"".join(converter.feed(block) for block in blocks(sound, 998))
    assert len(out) / len(sound) == pytest.approx(to / rate, rel=0.01)
    wanted = 440 * rate / RATE
    assert all(abs(pitch - wanted) < 0.01 * wanted for pitch in made.pitches(out, rate=to))


def test_channels_are_mixed_and_doubled() -> None:
    stereo = struct.pack("<6h", 100, 300, -50, 50, 7, 8)
    assert pcm.Converter(RATE, 2, RATE, 1).feed(stereo) == struct.pack("<3h", 200, 0, 7)
    mono = struct.pack("<2h", 5, -6)
    assert pcm.Converter(RATE, 1, RATE, 2).feed(mono) == struct.pack("<4h", 5, 5, -6, -6)
    assert pcm.Converter(RATE, 2, RATE, 2).feed(stereo) == stereo


# -- what was heard -------------------------------------------------------------------------------


def test_what_was_heard_follows_the_device_s_clock() -> None:
    line = Timeline(1000)
    line.add(10.0, 500)
    line.add(11.0, 500)  # half a second of nothing between
    assert [line.heard(now) for now in (9.9, 10.2, 10.7, 11.25, 12)] == [0, 200, 500, 750, 1000]
    assert line.given == 1000


def test_a_timeline_of_any_length_needs_little_memory() -> None:
    line = Timeline(1000)
    for at in range(5000):
        line.add(at * 0.1, 100)
    assert line.heard(1e9) == 500_000


# -- devices --------------------------------------------------------------------------------------

DEVICES = [
    portaudio.Device(0, "Built-in Microphone", 1, 0, 44_100),
    portaudio.Device(1, "Built-in Output", 0, 2, 44_100, default_output=True),
    portaudio.Device(3, "USB Headset", 1, 2, 48_000, default_input=True),
    portaudio.Device(4, "USB Headset 2", 1, 2, 48_000),
]


@pytest.mark.parametrize(
    ("wanted", "index"), [("", 3), ("0", 0), ("usb headset", 3), ("headset 2", 4), ("mic", 0)]
)
def test_a_device_is_named_by_index_name_or_part(wanted: str, index: int) -> None:
    able = [device for device in DEVICES if device.inputs]
    assert portaudio.choose(able, "input", wanted).index == index


@pytest.mark.parametrize(("wanted", "words"), [("1", "no microphone '1'"), ("built", None)])
def test_a_name_that_means_no_microphone_is_refused(wanted: str, words: str | None) -> None:
    able = [device for device in DEVICES if device.inputs]
    if words is None:
        assert portaudio.choose(able, "input", wanted).index == 0
        return
    with pytest.raises(UsageError, match=words):
        portaudio.choose(able, "input", wanted)


def test_a_name_that_means_several_devices_is_refused() -> None:
    with pytest.raises(UsageError, match="3 USB Headset, 4 USB Headset 2"):
        portaudio.choose(DEVICES, "output", "usb")


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "coding"), [("FLAC", "PCM_16"), ("WAV", "FLOAT"), ("MP3", None)])
@pytest.mark.parametrize("piped", [False, True])
def test_recordings_of_many_kinds_are_read(
    tmp_path: Path, form: str, coding: str | None, piped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import soundfile

    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "a.sound"
    with soundfile.SoundFile(path, "w", RATE, 1, coding, format=form) as file:
        file.buffer_write(made.tone(500, 0.6), "int16")
    sound = decode.of_stream(Trickle(path.read_bytes()), "it") if piped else decode.of_file(path)
    assert (sound.rate, sound.channels) == (RATE, 1)
    data = b"".join(sound.blocks)
    sound.close()
    assert len(data) / 2 / RATE == pytest.approx(0.6, abs=0.1)
    assert all(abs(pitch - 500) < 10 for pitch in made.pitches(data)[1:4]), made.pitches(data)


def test_raw_samples_are_read_as_they_are() -> None:
    sound = made.tone(500, 0.1)
    assert b"".join(decode.of_samples(Trickle(sound + b"x"), RATE, 1).blocks) == sound


# -- cutting texts --------------------------------------------------------------------------------


def test_a_text_within_the_limit_stays_as_it_is() -> None:
    assert sentences.pieces("  Two  spaces.\n", 100) == ["  Two  spaces.\n"]
    assert sentences.pieces("", 100) == [""]


def test_texts_are_cut_behind_sentences() -> None:
    text = 'He said: "Go home." She did not. It was 3.14 miles, after all! Was it? Yes.'
    assert sentences.pieces(text, 36) == [
        'He said: "Go home." She did not.',
        "It was 3.14 miles, after all!",
        "Was it? Yes.",
    ]


def test_a_paragraph_that_fills_half_a_piece_is_the_best_place() -> None:
    text = "One two three.\n\nFour. Five six seven eight."
    assert sentences.pieces(text, 24) == ["One two three.", "Four. Five six seven", "eight."]
    assert sentences.pieces(text, 30) == ["One two three.\n\nFour.", "Five six seven eight."]


def test_a_long_sentence_is_cut_behind_a_clause_then_a_word_then_anywhere() -> None:
    assert sentences.pieces("one, two three, four five", 17) == ["one, two three,", "four five"]
    assert sentences.pieces("one two three four", 9) == ["one two", "three", "four"]
    assert sentences.pieces("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_other_scripts_have_sentences_too() -> None:
    assert sentences.pieces("今日は。元気です。またね。", 9) == ["今日は。元気です。", "またね。"]


@given(some.text(alphabet='ab .,!?\n"”。', max_size=300), some.integers(1, 60))
def test_nothing_but_white_space_is_lost(text: str, limit: int) -> None:
    made_of = sentences.pieces(text, limit)
    assert "".join("".join(made_of).split()) == "".join(text.split())
    assert all(len(piece) <= limit for piece in made_of)
    assert all(piece.strip() for piece in made_of) or len(text) <= limit or not text.strip()


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs POSIX signals")
def test_looking_for_devices_leaves_no_signal_blocked() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    oai("audio", "devices")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
