"""Speakers keep their names from one piece of a recording to the next: samples of the voices heard
so far go along with each piece, and whoever is none of them gets a name that is still free."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from ...core.live.base import records
from ..sound import decode, wav
from ..sound.pcm import WIDTH

MOST = 4
"""Voices that the API takes samples of."""
SHORTEST, ENOUGH = 2.0, 8.0
"""Seconds of a sample: what the API wants at least, and what is given where there is so much; it
takes 10."""
PREFIX = "speaker-"
"""Stands before the names we send: a new speaker of a piece is called `A` whatever we call ours."""

Span = tuple[float, float]


class Speakers:
    """The speakers of one recording, whose pieces are heard in turn. Not `active`, it changes
    nothing."""

    def __init__(self, active: bool) -> None:
        self._active = active
        self._names: set[str] = set()
        self._samples: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._spans: dict[str, list[Span]] = {}

    @property
    def unsure(self) -> bool:
        """Whether somebody has spoken who may get another name in the next piece."""
        return bool(self._names - self._samples.keys())

    def fields(self) -> dict[str, list[str]]:
        """What is to be said about them with the next piece."""
        if not self._samples:
            return {}
        return {
            "known_speaker_names": [PREFIX + name for name in self._samples],
            "known_speaker_references": list(self._samples.values()),
        }

    def named(self, segment: dict[str, Any]) -> dict[str, Any]:
        """A segment of the piece, times counted from the piece's beginning, with the name that its
        speaker has in the whole."""
        label = segment.get("speaker")
        if not self._active or not isinstance(label, str):
            return segment
        name = self._labels.setdefault(label, self._name(label))
        self._names.add(name)
        start, end = segment.get("start"), segment.get("end")
        if isinstance(start, int | float) and isinstance(end, int | float):
            self._spans.setdefault(name, []).append((start, end))
        return {**segment, "speaker": name}

    def placed(self, document: dict[str, Any]) -> dict[str, Any]:
        """The answer about a piece, whose segments are `named`."""
        if not self._active or not isinstance(document.get("segments"), list):
            return document
        return {**document, "segments": [self.named(s) for s in records(document["segments"])]}

    def _name(self, label: str) -> str:
        known = label.removeprefix(PREFIX)
        if not self._samples or (known in self._samples and known != label):
            return known
        free = (name for name in (label, *_letters(len(self._names) + 1)))
        return next(name for name in free if name not in self._names)

    def learn(self, piece: Path) -> None:
        """The piece is done: keep samples of voices that were new in it. Raises OaiError."""
        wanted = {
            name: _longest(spans)
            for name, spans in self._spans.items()
            if name not in self._samples and sum(end - start for start, end in spans) >= SHORTEST
        }
        self._labels.clear()
        self._spans.clear()
        for name in list(wanted)[MOST - len(self._samples) :]:
            del wanted[name]
        if wanted:
            self._samples |= _samples(piece, wanted)


def _letters(number: int) -> Iterator[str]:
    """So many names: A to Z, then A2 …"""
    for at in range(number):
        more, letter = divmod(at, len(ascii_uppercase))
        yield ascii_uppercase[letter] + (str(more + 1) if more else "")


def _longest(spans: list[Span]) -> list[Span]:
    """The longest stretches that make a sample together, in their order."""
    taken: list[Span] = []
    left = ENOUGH
    for start, end in sorted(spans, key=lambda span: span[0] - span[1]):
        if left <= 0:
            break
        taken.append((start, min(end, start + left)))
        left -= end - start
    return sorted(taken)


def _samples(piece: Path, wanted: dict[str, list[Span]]) -> dict[str, str]:
    """What is heard in those seconds of a mono file, as data URLs; without those that turn out to
    be too short."""
    sound = decode.of_file(piece)
    heard = {name: bytearray() for name in wanted}
    at = 0
    try:
        for block in sound.blocks:
            size = len(block) // WIDTH
            for name, spans in wanted.items():
                for start, end in spans:
                    first = max(round(start * sound.rate) - at, 0)
                    last = min(round(end * sound.rate) - at, size)
                    heard[name] += block[first * WIDTH : max(last, first) * WIDTH]
            at += size
    finally:
        sound.close()
    least = int(SHORTEST * sound.rate) * WIDTH
    return {name: _url(pcm, sound.rate) for name, pcm in heard.items() if len(pcm) >= least}


def _url(pcm: bytearray, rate: int) -> str:
    data = wav.header(rate, size=len(pcm)) + pcm
    return f"data:audio/wav;base64,{base64.b64encode(data).decode()}"
