"""The settings that each kind of session begins with. Pure: options in, an event out.

What nobody asked for is left out, so that the server's own defaults hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...catalog import load
from ...core import assign
from ...core.errors import UsageError
from ..sound.capture import RATE

if TYPE_CHECKING:
    from typer import Context

Object = dict[str, Any]

TALK, TRANSLATE = "realtime.connect", "realtime.translations.connect"
TALK_WRITER = "gpt-transcribe"
"""Writes down what a person says in a conversation, turn by turn."""
LIVE_WRITER = "gpt-live-transcribe"
"""Writes while somebody speaks; it leaves the finding of turns to us."""
SOURCE_WRITER = "gpt-realtime-whisper"
"""Writes down what is to be translated."""
DETECTIONS = ("server", "semantic", "none")
PCM: Object = {"type": "audio/pcm", "rate": RATE}


def check_named(ctx: Context, name: str, shown: str) -> None:
    """Raise UsageError for a recording whose name is there and empty, as from a variable that is
    not set: nobody means the microphone by that."""
    source = ctx.get_parameter_source(name)
    if not ctx.params[name] and source is not None and source.name == "COMMANDLINE":
        raise UsageError(f"{shown} is empty", "leave it out to use the microphone")


def usual_model(connect: str) -> str:
    """The model of a connect where none is named."""
    return str(load.socket(connect).words.defaults["model"])


def detection(kind: str) -> Object | None:
    """How the server finds turns; None says that we tell it. Raises UsageError."""
    if kind not in DETECTIONS:
        raise UsageError(f"--vad wants one of {', '.join(DETECTIONS)}, not {kind!r}")
    return None if kind == "none" else {"type": f"{kind}_vad"}


def writer(
    model: str, languages: Sequence[str], prompt: str = "", keywords: Sequence[str] = ()
) -> Object:
    """Who writes down what is said. One language is told as such, several as possible ones."""
    made: Object = {"model": model}
    if len(languages) == 1:
        made["language"] = languages[0]
    elif languages:
        made["languages"] = list(languages)
    if prompt:
        made["prompt"] = prompt
    if keywords:
        made["keywords"] = list(keywords)
    return made


def conversation(
    *,
    turns: Object | None,
    written: Object | None,
    voice: str = "",
    instructions: str = "",
    silent: bool = False,
) -> Object:
    """A conversation's session. `written` is None where nobody writes down what the person says."""
    heard: Object = {"format": PCM, "turn_detection": turns}
    if written:
        heard["transcription"] = written
    spoken: Object = {"format": PCM}
    if voice:
        spoken["voice"] = voice
    session: Object = {"type": "realtime", "output_modalities": ["text" if silent else "audio"]}
    if instructions:
        session["instructions"] = instructions
    session["audio"] = {"input": heard, "output": spoken}
    return session


def transcription(*, turns: Object | None, written: Object) -> Object:
    """A session that only writes down."""
    heard = {"format": PCM, "transcription": written, "turn_detection": turns}
    return {"type": "transcription", "audio": {"input": heard}}


def translation(language: str, source: str = "") -> Object:
    """A session that translates; `source` is the model that writes down the original as well."""
    audio: Object = {"output": {"language": language}}
    if source:
        audio["input"] = {"transcription": {"model": source}}
    return {"audio": audio}


def changed(session: Object, assignments: Sequence[str], inputs: Any) -> Object:
    """The session with `--set` laid over it. Raises UsageError."""
    for text in assignments:
        steps, value = assign.parse(
            text, inputs.text, lambda given: inputs.document(given, what="--set")
        )
        assign.assign(session, steps, value)
    return session


def detected(session: Object) -> bool:
    """Whether the server finds turns; it does where nothing is said about it."""
    return _heard(session).get("turn_detection", True) is not None


def written(session: Object) -> bool:
    """Whether what is heard is written down."""
    return bool(_heard(session).get("transcription"))


def _heard(session: Object) -> Object:
    """What a session says about its input: nothing, where `--set` made something odd of it."""
    audio = session.get("audio")
    heard = audio.get("input") if isinstance(audio, dict) else None
    return heard if isinstance(heard, dict) else {}


def update(session: Object) -> Object:
    """The first event of every session."""
    return {"type": "session.update", "session": session}
