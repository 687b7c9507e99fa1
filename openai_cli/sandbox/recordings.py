"""Speech as files: the voice in every format that the API offers, and back again."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import voice

KINDS = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""The formats and their media types."""
_LIBRARY = {
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "opus": ("OGG", "OPUS"),
    "flac": ("FLAC", "PCM_16"),
}
# One frame of AAC-LC without a sound: 1024 samples of one channel at 24 kHz.
_AAC_FRAME = b"\xff\xf1\x58\x40\x01\x7f\xfc" + b"\x00\xc8\x20\x07"
_AAC_SAMPLES = 1024
MOST = 600 * voice.RATE
"""Frames of a recording that are listened to."""


def spoken(form: str, text: str) -> bytes:
    """A text spoken in one of the formats; mp3 for a format that is not known."""
    pcm = b"".join(voice.utter(text))
    if form == "pcm":
        return pcm
    if form == "wav":
        return wav_head(len(pcm)) + pcm
    if form == "aac":
        return _aac(pcm, text)
    return _by_library(pcm, form if form in _LIBRARY else "mp3")


def wav_head(size: int) -> bytes:
    """What stands before `size` bytes of samples in a WAV file."""
    form = struct.pack("<HHIIHH", 1, 1, voice.RATE, voice.RATE * 2, 2, 16)
    return struct.pack("<4sI8sI16s4sI", b"RIFF", size + 36, b"WAVEfmt ", 16, form, b"data", size)


def _by_library(pcm: bytes, form: str) -> bytes:
    import soundfile

    made = io.BytesIO()
    container, coding = _LIBRARY[form]
    kind = {"samplerate": voice.RATE, "channels": 1, "format": container, "subtype": coding}
    with soundfile.SoundFile(made, "w", **kind) as file:
        # libsndfile's Opus overflows its stack when a minute comes at once.
        for at in range(0, len(pcm), 1 << 16):
            file.buffer_write(pcm[at : at + (1 << 16)], "int16")
    return made.getvalue()


def _aac(pcm: bytes, text: str) -> bytes:
    """AAC by ffmpeg where it is here, else that long a silence; a tag in front says the text."""
    program = shutil.which("ffmpeg")
    frames = b""
    if program:
        shape = ["-f", "s16le", "-ar", str(voice.RATE), "-ac", "1", "-i", "pipe:0"]
        done = subprocess.run(
            [program, "-loglevel", "error", *shape, "-f", "adts", "pipe:1"],
            input=pcm,
            capture_output=True,
            check=False,
        )
        frames = done.stdout if done.returncode == 0 else b""
    return _tag(text) + (frames or _AAC_FRAME * (len(pcm) // 2 // _AAC_SAMPLES + 1))


# -- tags: ID3v2.4, a comment -------------------------------------------------------------------


def _tag(text: str) -> bytes:
    body = b"\x03eng\x00" + text.encode()
    frame = b"COMM" + _seven(len(body)) + b"\x00\x00" + body
    return b"ID3\x04\x00\x00" + _seven(len(frame)) + frame


def _seven(number: int) -> bytes:
    """A number in four bytes of seven bits."""
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def _tagged(head: bytes) -> str | None:
    if not head.startswith(b"ID3\x04") or head[10:14] != b"COMM":
        return None
    size = sum(part << shift for part, shift in zip(head[14:18], (21, 14, 7, 0), strict=True))
    return head[25 : 20 + size].decode(errors="replace")


# -- hearing ------------------------------------------------------------------------------------


class Unheard(ValueError):
    """No recording, or one that cannot be read here."""


def heard(path: Path, name: str) -> tuple[str, float]:
    """What was said in a recording (empty where it is not the sandbox's voice), and its seconds.

    Raises Unheard.
    """
    with path.open("rb") as file:
        head = file.read(1 << 18)
    said = _tagged(head)
    if said is not None:
        return said, voice.size(said) / 2 / voice.RATE
    rate, channels, pcm = _samples(path, head, name)
    if not rate:
        raise Unheard(name)
    seconds = round(len(pcm) / 2 / channels / rate, 3)
    found = voice.exactly(pcm) if (rate, channels) == (voice.RATE, 1) else []
    return " ".join(found or _listen(pcm, rate, channels)), seconds


def _samples(path: Path, head: bytes, name: str) -> tuple[int, int, bytes]:
    """Rate, channels and samples; ours without a library, all others with it."""
    if head[:4] == b"RIFF" and head[20:24] == b"\x01\x00\x01\x00" and head[34:36] == b"\x10\x00":
        at = head.find(b"data")
        data = path.read_bytes()[at + 8 :][: MOST * 2]
        return struct.unpack("<I", head[24:28])[0], 1, data[: len(data) // 2 * 2]
    if name.lower().endswith((".pcm", ".raw")):
        return voice.RATE, 1, path.read_bytes()[: MOST * 2]
    return _library_samples(path)


def _library_samples(path: Path) -> tuple[int, int, bytes]:
    try:
        import soundfile

        class Forward(soundfile.SoundFile):  # type: ignore[misc]
            def seekable(self) -> bool:
                # Seeking between blocks makes an MP3 decoder lose what the next frames refer to.
                return False

        with Forward(str(path)) as file:
            return file.samplerate, file.channels, b"".join(_pieces(file))
    except Exception:
        return 0, 0, b""


def _pieces(file: Any) -> Iterator[bytes]:
    left, room = MOST, bytearray(file.channels << 17)
    while left > 0 and (count := file.buffer_read_into(room, dtype="int16")):
        yield bytes(room[: count * file.channels * 2])
        left -= count


def _listen(pcm: bytes, rate: int, channels: int) -> list[str]:
    import numpy

    from .listening import understood

    samples = numpy.frombuffer(pcm, "<i2").astype(float)
    samples = samples[: len(samples) // channels * channels].reshape(-1, channels).mean(axis=1)
    audible = rate > 2 * max(voice.HERTZ) and len(samples) > rate // 10
    return understood(samples, rate) if audible else []
