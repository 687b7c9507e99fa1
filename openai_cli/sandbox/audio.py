"""Speech and transcripts.

What is heard is what the sandbox itself spoke, in whatever format; an upload that is plain text is
its own transcript, so that a test can choose one. Of other sound only the length is known.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from . import recordings, sse, tokens, voice
from .call import Call, Object
from .errors import ApiError
from .files import required_upload
from .multipart import Upload
from .reply import Reply, as_bytes, as_json, as_text


def speak(call: Call) -> Reply:
    """A text in the sandbox's voice; samples are sent while they are made."""
    text = call.body["input"]
    form = call.body.get("response_format") or "mp3"
    kind = recordings.KINDS.get(form, recordings.KINDS["mp3"])
    if call.body.get("stream_format") == "sse":
        return call.events(sse.typed(_audio_events(call, recordings.spoken(form, text))))
    if form == "pcm":
        sized = [("content-type", kind), ("content-length", str(voice.size(text)))]
        return Reply(200, sized, voice.utter(text))
    return as_bytes(recordings.spoken(form, text), kind)


def _audio_events(call: Call, data: bytes) -> Iterator[Object]:
    for start in range(0, len(data), 4096):
        chunk = base64.b64encode(data[start : start + 4096]).decode()
        yield {"type": "speech.audio.delta", "audio": chunk}
    yield {"type": "speech.audio.done", "usage": _usage(call.body["input"])}


def transcribe(call: Call) -> Reply:
    """What was said, in the form asked for."""
    text, length = _heard(required_upload(call, "file"))
    if call.streams():
        return call.events(sse.typed(_text_events(call, text, length)))
    return _told(call, text, length, "transcribe")


def translate(call: Call) -> Reply:
    """What was said, in English."""
    return _told(call, *_heard(required_upload(call, "file")), "translate")


def _heard(upload: Upload) -> tuple[str, float]:
    """What was said, and in how many seconds. Raises ApiError for an empty file."""
    if not upload.size:
        raise ApiError(400, "Audio file is too short. Minimum audio length is 0.1 seconds.")
    start = upload.text(4096)
    if start.strip() and "\0" not in start and "�" not in start:
        return upload.text().strip(), _usual_length(upload)
    try:
        text, length = recordings.heard(upload.path, upload.filename)
    except recordings.Unheard:
        text, length = "", _usual_length(upload)
    return text or f"This is what the sandbox heard in {upload.filename}.", length


def _usual_length(upload: Upload) -> float:
    """Seconds of common compressed sound of that size."""
    return round(upload.size / 16000, 3)


def _usage(text: str, heard: int = 0) -> Object:
    count = tokens.count(text)
    usage = {"type": "tokens", "input_tokens": heard, "output_tokens": count}
    return {**usage, "total_tokens": heard + count}


def _told(call: Call, text: str, length: float, task: str) -> Reply:
    match call.body.get("response_format") or "json":
        case "text":
            return as_text(text + "\n")
        case "srt" | "vtt" as form:
            return as_text(_subtitles(text, length, form))
        case "verbose_json":
            return as_json(_verbose(call, text, length, task))
        case "diarized_json":
            return as_json(_diarized(call, text, length))
    told: Object = {"text": text, "usage": _usage(text, int(length * 10))}
    if "logprobs" in (call.body.get("include") or ()):
        told["logprobs"] = _logprobs(text)
    return as_json(told)


def _logprobs(text: str) -> list[Object]:
    return [
        {"token": token, "logprob": -0.01, "bytes": list(token.encode())}
        for token in tokens.split(text)
    ]


def _subtitles(text: str, length: float, form: str) -> str:
    mark = "," if form == "srt" else "."
    span = f"{_clock(0, mark)} --> {_clock(length, mark)}"
    return f"1\n{span}\n{text}\n\n" if form == "srt" else f"WEBVTT\n\n{span}\n{text}\n\n"


def _clock(seconds: float, mark: str) -> str:
    whole = int(seconds)
    parts = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{parts}{mark}{int(seconds % 1 * 1000):03}"


def _verbose(call: Call, text: str, length: float, task: str) -> Object:
    segment = {"id": 0, "seek": 0, "start": 0.0, "end": length, "text": text, "temperature": 0.0}
    segment |= {"avg_logprob": -0.1, "compression_ratio": 1.0, "no_speech_prob": 0.01}
    segment["tokens"] = list(range(tokens.count(text)))
    told: Object = {"task": task, "language": call.body.get("language") or "english"}
    told |= {"duration": length, "text": text, "segments": [segment]}
    if "word" in (call.body.get("timestamp_granularities") or ()):
        words = text.split()
        step = length / (len(words) or 1)
        told["words"] = [
            {"word": word, "start": round(n * step, 3), "end": round((n + 1) * step, 3)}
            for n, word in enumerate(words)
        ]
    return told


def _diarized(call: Call, text: str, length: float) -> Object:
    """The sandbox has one voice: whoever is known is the one who speaks."""
    speaker = (call.body.get("known_speaker_names") or ["A"])[0]
    segment: dict[str, Any] = {"type": "transcript.text.segment", "id": "seg_0", "speaker": speaker}
    segment |= {"start": 0.0, "end": length, "text": text}
    return {"task": "transcribe", "duration": length, "text": text, "segments": [segment]}


def _text_events(call: Call, text: str, length: float) -> Iterator[Object]:
    segments = []
    if call.body.get("response_format") == "diarized_json":
        segments = _diarized(call, text, length)["segments"]
    named = {"segment_id": segments[0]["id"]} if segments else {}
    for token in tokens.split(text):
        yield {"type": "transcript.text.delta", "delta": token, **named}
    yield from segments
    usage = _usage(text, int(length * 10))
    yield {"type": "transcript.text.done", "text": text, "usage": usage}
