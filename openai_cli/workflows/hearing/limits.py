"""What the API takes: kinds of files, their size, their length. Pure."""

from __future__ import annotations

import math
from pathlib import PurePath

from ...catalog.record import Record
from ..sound.pcm import WIDTH

LARGEST = 25_000_000
"""Bytes of a file that is sent in one piece."""
PIECE = 24_000_000
"""Bytes of a piece at most, whatever its coding does."""
RATE = 16_000
"""Samples a second of a piece that ffmpeg makes: more than that, speech does not have."""
PIECE_SECONDS = PIECE / (RATE * WIDTH)
LONGEST = 1400.0
"""Seconds that every model takes but whisper, whose only limit is the size."""
MARGIN = 10.0
"""Seconds that pieces stay below that."""
SHORT = 1_000_000
"""Bytes that hold less than the longest sound in any coding: such a file need not be measured."""

TAKEN = frozenset(["flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "oga", "ogg", "wav", "webm"])
"""What the API takes."""
_SOUND = "aac ac3 aif aifc aiff amr ape au caf dts m4b mka mp2 opus ra spx wma wv"
_VIDEO = "3gp asf avi flv m2ts m4v mkv mov mpg mts ogv rm ts vob wmv"
OTHERS = frozenset(f"{_SOUND} {_VIDEO}".split())
"""Sound and video that the API refuses by its name; what is not known here is its to judge."""
_STARTS = (
    (b"RIFF", "wav"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"\x1aE\xdf\xa3", "webm"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf3", "mp3"),
    (b"\xff\xf2", "mp3"),
    (b"\xff\xf1", "aac"),
    (b"\xff\xf9", "aac"),
)


class Split(Record):
    """What `--split` says: pieces of so many seconds at most, 0 where the API's limits decide;
    `never` sends every file as it is."""

    seconds: float = 0.0
    never: bool = False


def kind(name: str) -> str:
    """The last part of a file's name, small and without its dot."""
    return PurePath(name).suffix.lower().removeprefix(".")


def sniffed(start: bytes) -> str:
    """What kind of file begins like this; empty for an unknown one."""
    if start[4:8] == b"ftyp":
        return "mov" if start[8:10] == b"qt" else "m4a"
    return next((kind for mark, kind in _STARTS if start.startswith(mark)), "")


def longest(model: str) -> float:
    """Seconds that a model takes at once; unlimited for those nobody knows a limit of."""
    return LONGEST if "transcribe" in model else math.inf


def takes_prompt(model: str) -> bool:
    """Whether a model can be told what was said before."""
    return "diarize" not in model
