"""Pictures and sounds of an answer become files: named anew, never over another file."""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...catalog.record import Record
from ...core.live.base import records
from ...core.save import check_target, take_name, whole_file
from .kinds import HEAD, recognise

SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
    "audio/flac": ".flac",
    "audio/ogg": ".opus",
    "audio/aac": ".aac",
}
PCM = "pcm16"
PCM_RATE = 24_000
MOST_NAMES = 10_000


class Made(Record):
    """A picture or a sound: a name without number and suffix, and its bytes."""

    stem: str
    content: bytes


class Outputs:
    """Saves what answers hold in `folder`; `sound` is the format that was asked for."""

    def __init__(self, folder: Path, sound: str = "") -> None:
        self._folder = folder
        self._sound = sound

    def check(self) -> None:
        """Raise UsageError where nothing could be saved, before anything is paid for."""
        check_target(self._folder / "image")

    def save(self, document: Any) -> Iterator[dict[str, Any]]:
        """Write the files of an answer; an event for each. Raises OaiError."""
        for made in (*_pictures(document), *_sounds(document)):
            content, suffix = self._as_file(made)
            path = _reserved(self._folder, made.stem, suffix)
            try:
                with whole_file(path) as stream:
                    stream.write(content)
            except BaseException:
                with suppress(OSError):
                    path.unlink()
                raise
            yield {"type": "oai.saved", "path": str(path)}

    def _as_file(self, made: Made) -> tuple[bytes, str]:
        """The content and its suffix; sound without a header gets one, so that it can be played."""
        if self._sound == PCM and made.stem == "audio" and not made.content.startswith(b"RIFF"):
            return _wav(made.content), ".wav"
        content = made.content
        kind = recognise(made.stem, content[:HEAD], lambda: io.BytesIO(content))
        fallback = f".{self._sound}" if made.stem == "audio" and self._sound else ".bin"
        return content, SUFFIXES.get(kind.media_type if kind else "", fallback)


def _pictures(document: Any) -> Iterator[Made]:
    output = document.get("output") if isinstance(document, dict) else None
    for item in records(output):
        if item.get("type") == "image_generation_call" and isinstance(item.get("result"), str):
            yield Made("image", _decoded(item["result"]))


def _sounds(document: Any) -> Iterator[Made]:
    choices = document.get("choices") if isinstance(document, dict) else None
    for choice in records(choices):
        message = choice.get("message")
        audio = message.get("audio") if isinstance(message, dict) else None
        if isinstance(audio, dict) and isinstance(audio.get("data"), str) and audio["data"]:
            yield Made("audio", _decoded(audio["data"]))


def _decoded(text: str) -> bytes:
    """Base64; a stream's pieces were joined as they came, each with padding of its own."""
    try:
        return b"".join(base64.b64decode(piece) for piece in re.findall(r"[^=]+={0,2}", text))
    except binascii.Error:
        return text.encode()


def _reserved(folder: Path, stem: str, suffix: str) -> Path:
    """A name that nobody has, taken at once."""
    numbers = range(1, MOST_NAMES)
    return take_name(folder / f"{stem}{f'-{n}' if n > 1 else ''}{suffix}" for n in numbers)


def _wav(samples: bytes) -> bytes:
    import wave

    made = io.BytesIO()
    with wave.open(made, "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(PCM_RATE)
        stream.writeframes(samples)
    return made.getvalue()
