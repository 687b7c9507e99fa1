"""The first form of the Realtime API: the same conversation under other names."""

from __future__ import annotations

from typing import Any

from .call import Object

_NAMES = (
    ("response.output_audio_transcript.", "response.audio_transcript."),
    ("response.output_audio.", "response.audio."),
    ("response.output_text.", "response.text."),
)
_PARTS = {"output_text": "text", "output_audio": "audio"}
_BACK = {"text": "output_text", "audio": "output_audio"}
_FORMS = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
_KEPT = ("instructions", "tools", "tool_choice", "model", "tracing")
_SAME = (*_KEPT, "metadata", "conversation", "input")


def outgoing(event: Object) -> Object | None:
    """An event as the first form has it; None for what it does not have."""
    kind = event["type"]
    if kind == "conversation.item.done":
        return None
    if kind == "conversation.item.added":
        kind = "conversation.item.created"
    for new, old in _NAMES:
        kind = kind.replace(new, old)
    made = {**event, "type": kind}
    if "session" in event:
        made["session"] = _session(event["session"])
        if event["session"]["type"] == "transcription" and kind == "session.updated":
            made["type"] = "transcription_session.updated"
    if "item" in event:
        made["item"] = _item(event["item"])
    if "response" in event:
        made["response"] = _response(event["response"])
    return made


def _item(item: Object) -> Object:
    content = [
        {**part, "type": _PARTS.get(part["type"], part["type"])} for part in item.get("content", ())
    ]
    return {**item, "content": content} if "content" in item else item


def _response(response: Object) -> Object:
    output = response["audio"]["output"]
    made = {key: value for key, value in response.items() if key not in ("audio", "object")}
    made["modalities"] = _modalities(made.pop("output_modalities"))
    made["output"] = [_item(item) for item in response["output"]]
    made["voice"] = output["voice"]
    made["output_audio_format"] = _FORMS[(output["format"] or {}).get("type", "audio/pcm")]
    return {**made, "object": "realtime.response"}


def _modalities(new: list[str]) -> list[str]:
    return ["text", "audio"] if "audio" in new else ["text"]


def _session(session: Object) -> Object:
    heard = session["audio"]["input"]
    form = _FORMS[(heard["format"] or {}).get("type", "audio/pcm")]
    made = {name: session[name] for name in ("id", "object", *_KEPT) if name in session}
    made |= {"input_audio_format": form, "turn_detection": heard["turn_detection"]}
    made |= {"input_audio_transcription": heard["transcription"]}
    if session["type"] == "transcription":
        return made
    spoken = session["audio"]["output"]
    made |= {"modalities": _modalities(session["output_modalities"]), "voice": spoken["voice"]}
    made["output_audio_format"] = _FORMS[(spoken["format"] or {}).get("type", "audio/pcm")]
    return {**made, "temperature": 0.8, "max_response_output_tokens": session["max_output_tokens"]}


def incoming(event: Any) -> Any:
    """A client's event of the first form as the session understands it."""
    if not isinstance(event, dict):
        return event
    made = dict(event)
    if made.get("type") == "transcription_session.update":
        made["type"] = "session.update"
        made["session"] = {"type": "transcription", **_settings(made.get("session") or {})}
    elif isinstance(made.get("session"), dict):
        made["session"] = _settings(made["session"])
    if isinstance(made.get("response"), dict):
        made["response"] = _settings(made["response"])
    if isinstance(made.get("item"), dict) and made["item"].get("role") == "assistant":
        parts = made["item"].get("content") or []
        made["item"] = {**made["item"], "content": [_renamed(part) for part in parts]}
    return made


def _renamed(part: Object) -> Object:
    return {**part, "type": _BACK.get(part.get("type", ""), part.get("type"))}


def _settings(given: Object) -> Object:
    made = {name: given[name] for name in _SAME if name in given}
    if "modalities" in given:
        made["output_modalities"] = ["audio"] if "audio" in given["modalities"] else ["text"]
    for old, new in (
        ("max_response_output_tokens", "max_output_tokens"),
        ("max_output_tokens", "max_output_tokens"),
    ):
        if old in given:
            made[new] = given[old]
    forms = {old: {"type": new, "rate": 24000} for new, old in _FORMS.items()}
    heard: Object = {}
    spoken: Object = {}
    if "input_audio_format" in given:
        heard["format"] = forms.get(given["input_audio_format"])
    if "input_audio_transcription" in given:
        heard["transcription"] = given["input_audio_transcription"]
    if "turn_detection" in given:
        heard["turn_detection"] = given["turn_detection"]
    if "voice" in given:
        spoken["voice"] = given["voice"]
    if "output_audio_format" in given:
        spoken["format"] = forms.get(given["output_audio_format"])
    audio = {name: value for name, value in (("input", heard), ("output", spoken)) if value}
    return {**made, "audio": audio} if audio else made
