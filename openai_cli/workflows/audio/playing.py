"""What `oai audio play` does: sounds one after the other, on one open device where that fits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...catalog.record import Record
from ...core.errors import NetworkError, NotFoundError, OaiError, UsageError
from ...core.wire import is_web_address
from ..sound import decode
from ..sound.capture import RATE
from ..sound.decode import Sound
from ..sound.faults import typed
from ..sound.meter import Meter, clock
from ..sound.pcm import Converter
from ..sound.playback import Speaker
from ..sound.wav import Readable

if TYPE_CHECKING:
    from ...core.context import App
    from ...core.http import Reply

STEREO = 2


class Raw(Record):
    """How raw samples are to be read; a rate of 0 says that they are not."""

    rate: int = 0
    channels: int = 1


def run(app: App, names: list[str], device: str, raw: Raw) -> None:
    """Play them all. Raises OaiError; Ctrl-C falls silent at once."""
    player = _Player(app, device)
    try:
        for name in names:
            _one(app, player, name, raw)
        player.drain()
    finally:
        player.close()


def _one(app: App, player: _Player, name: str, raw: Raw) -> None:
    reply: Reply | None = None
    if name.startswith(("http://", "https://")):
        reply = _fetched(app, name)
        sound = _read(decode.Chunks(reply.chunks()), urlsplit(name).path, name, raw)
    elif name == "-":
        if app.console.stdin_tty:
            raise typed()
        sound = _read(app.inputs.stdin_stream("the sound"), "", "stdin", raw)
    else:
        sound = _of_file(Path(name).expanduser(), raw)
    try:
        player.play(sound, name)
    finally:
        sound.close()
        if reply is not None:
            reply.close()


def _fetched(app: App, url: str) -> Reply:
    """The answer of an address that gets no key of ours. Raises UsageError, NetworkError,
    NotFoundError."""
    if not is_web_address(url):
        raise UsageError(f"{url} is no address")
    reply = app.api.http.fetch("GET", url)
    if reply.status < 400:
        return reply
    reply.close()
    host = urlsplit(url).hostname
    if reply.status == 404:
        raise NotFoundError(f"{host} has nothing there", status=404)
    raise NetworkError(f"{host} answered with status {reply.status}")


def _of_file(path: Path, raw: Raw) -> Sound:
    if not _is_raw(path.name, raw):
        return decode.of_file(path)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
    found = decode.of_samples(stream, raw.rate or RATE, raw.channels)
    found.behind = (stream,)
    return found


def _read(stream: Readable, path: str, what: str, raw: Raw) -> Sound:
    if _is_raw(path, raw):
        return decode.of_samples(stream, raw.rate or RATE, raw.channels)
    return decode.of_stream(stream, what)


def _is_raw(name: str, raw: Raw) -> bool:
    return bool(raw.rate) or name.lower().endswith(decode.RAW)


class _Player:
    """A speaker that stays open from one sound to the next of the same kind."""

    def __init__(self, app: App, device: str) -> None:
        self._app = app
        self._device = device
        self._meter = Meter(app)
        self._speaker: Speaker | None = None

    def play(self, sound: Sound, name: str) -> None:
        """Hand a whole sound to the speaker."""
        channels = min(sound.channels, STEREO)
        speaker = self._open(sound.rate, channels)
        convert = Converter(sound.rate, sound.channels, sound.rate, channels).feed
        before = speaker.played()
        total = f"of {clock(sound.frames / sound.rate)}" if sound.frames else ""
        heard = False
        for block in sound.blocks:
            heard = True
            speaker.write(convert(block))
            seconds = max(0, speaker.played() - before) / sound.rate
            self._meter.show(seconds, f"{total} {name}")
        if not heard:
            raise OaiError(f"{name}: there is no sound in it")

    def _open(self, rate: int, channels: int) -> Speaker:
        speaker = self._speaker
        if speaker is not None and (speaker.rate, speaker.channels) == (rate, channels):
            return speaker
        self.drain()
        self.close()
        self._speaker = Speaker(self._device, rate, channels)
        return self._speaker

    def drain(self) -> None:
        """Wait until everything was heard."""
        if self._speaker is not None:
            self._speaker.drain()

    def close(self) -> None:
        """Fall silent."""
        self._meter.clear()
        if self._speaker is not None:
            self._speaker.close()
            self._speaker = None
