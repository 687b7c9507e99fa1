"""What `oai audio speech create` does: ask for the pieces of a text, and pass their sound on as it
comes, to the loudspeaker, a file, a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ...catalog.record import Record
from ...core import results
from ...core.save import partial_name, whole_file
from ...engine import run as plain
from ...render.media import target
from ...render.progress import Progress
from ..sound import encode, sentences
from ..sound.faults import DeviceError
from ..sound.meter import Meter
from ..sound.outlet import Outlet
from ..sound.pcm import WIDTH
from ..sound.playback import Speaker
from .asking import Asked

if TYPE_CHECKING:
    from ...core.context import App
    from ...engine.gather import Call

RATE = 24_000
"""What the API's `pcm` is: 16-bit, mono, so many frames a second."""
MOST = 4096
"""Characters that the API takes at a time."""
FEWER = 1900
"""The same where a character may be a whole token, of which 2,000 are taken."""
LATIN = 0.8
OLD = "tts-1"
STEP = RATE * WIDTH // 10
"""A tenth of a second, after which the meter is drawn anew."""
USUAL = "mp3"


class Hearing(Record):
    """Whether to play, and on which device."""

    play: bool = False
    device: str = ""


def run(app: App, call: Call, hearing: Hearing) -> results.Result:
    """Speak. Raises OaiError; what came before a failure or Ctrl-C is kept."""
    texts = sentences.pieces(call.get("input"), limit(call.get("input"), str(call.get("model"))))
    form = str(call.get("response_format") or USUAL)
    wanted = _asked_format(form, len(texts), hearing.play)
    if len(texts) > 1 or wanted != form:
        call.values["response_format"] = wanted
    if app.option("dry_run") or app.option("curl"):
        return _shown_only(app, call, texts)
    plain.check_output(app, binary=not hearing.play)
    with ExitStack() as stack:
        speaker = None
        if hearing.play:
            # Before anything is paid for: there may be nothing to play it on.
            speaker = stack.enter_context(Speaker(hearing.device, RATE))
        made = "pcm" if wanted == form else form
        sink = stack.enter_context(_sink(app, form, made, bool(speaker)))
        # A single answer that is only saved stays as it is, byte for byte.
        aligned = wanted == "pcm" and (hearing.play or len(texts) > 1)
        asked = stack.enter_context(Asked(app.api, call, texts, aligned=aligned))
        if speaker is None:
            _save(app, asked, sink)
        else:
            _play(app, asked, sink, speaker)
    return results.Shown()


def limit(text: str, model: str) -> int:
    """How many characters of such a text a model takes at once."""
    plain_share = sum(char.isascii() for char in text) / (len(text) or 1)
    return MOST if plain_share >= LATIN or model.startswith(OLD) else FEWER


def _asked_format(form: str, count: int, plays: bool) -> str:
    """What to ask the API for: samples can be played and joined; so can AAC's frames be joined."""
    joined = count > 1 and form != "aac"
    known = form in encode.EXTENSIONS.values()
    return "pcm" if plays or (joined and known) else form


def _shown_only(app: App, call: Call, texts: list[str]) -> results.Result:
    call.values["input"] = texts[0]
    if len(texts) > 1:
        app.console.note(f"the first of {len(texts)} requests, one after the other")
    return plain.run(app, call)


def _save(app: App, asked: Asked, sink: encode.Encoder) -> None:
    """Write the sound as it comes."""
    for chunk in Progress(app, "spoken", None).over(asked.chunks()):
        sink.write(chunk)


def _play(app: App, asked: Asked, sink: encode.Encoder, speaker: Speaker) -> None:
    """Play the sound as it comes, and write it too."""
    meter, chunks = Meter(app), asked.chunks()
    try:
        for chunk in chunks:
            sink.write(chunk)
            for at in range(0, len(chunk), STEP):
                speaker.write(chunk[at : at + STEP])
                meter.show(speaker.played() / RATE, "speaking; Ctrl-C ends it")
        speaker.drain()
    except DeviceError as error:
        if not app.option("output"):
            raise
        # It is paid for: what cannot be heard can still be kept.
        app.console.warn(f"{error.message}; the rest is only saved")
        for chunk in chunks:
            sink.write(chunk)
    except KeyboardInterrupt:
        speaker.close()
        for chunk in asked.arrived():
            sink.write(chunk)
        raise
    finally:
        meter.clear()


# -- where to -----------------------------------------------------------------------------------


class _Nowhere:
    """Heard, and not kept."""

    def write(self, pcm: bytes) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


@contextmanager
def _sink(app: App, form: str, made: str, plays: bool) -> Iterator[encode.Encoder]:
    """What takes the sound: an encoder of `made` in front of `-o FILE`, or of stdout."""
    name = app.option("output")
    if not name and plays:
        yield _Nowhere()
        return
    if not name or name == "-":
        with _closed(encode.encoder(made, Outlet(app.console), RATE)) as sink:
            yield sink
        return
    path = target(name, f"speech.{form}")
    try:
        with (
            whole_file(path, keep_partial=True) as stream,
            _closed(encode.encoder(made, stream, RATE)) as sink,
        ):
            yield sink
    except BaseException:
        kept = partial_name(path.resolve())
        if kept.is_file():
            app.console.note(f"what came is kept in {kept}")
        raise
    if not app.console.quiet:
        app.console.note(f"saved {path}")


@contextmanager
def _closed(sink: encode.Encoder) -> Iterator[encode.Encoder]:
    """The encoder, whose file is finished however the block ends."""
    try:
        yield sink
    finally:
        sink.close()
