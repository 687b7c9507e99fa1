"""The settings of a realtime session: what they are at the start, and how updates change them."""

from __future__ import annotations

from .call import Object
from .errors import ApiError, invalid

PCM = {"type": "audio/pcm", "rate": 24000}
DETECTION: Object = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
    "create_response": True,
    "interrupt_response": True,
}
_SEMANTIC: Object = {
    "type": "semantic_vad",
    "eagerness": "auto",
    "create_response": True,
    "interrupt_response": True,
}


def conversation(model: str) -> Object:
    """The settings of a conversation with a model."""
    return {
        "type": "realtime",
        "model": model,
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "truncation": "auto",
        "audio": {
            "input": {
                "format": PCM,
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": DETECTION,
            },
            "output": {"format": PCM, "voice": "marin", "speed": 1.0},
        },
    }


def transcription() -> Object:
    """The settings of a session that only writes down what it hears."""
    return {
        "type": "transcription",
        "audio": {
            "input": {
                "format": PCM,
                "transcription": {"model": "gpt-4o-transcribe"},
                "noise_reduction": None,
                "turn_detection": DETECTION,
            }
        },
    }


def updated(settings: Object, change: Object) -> Object:
    """The settings with a change laid over them, or an error."""
    kind = change.get("type", settings["type"])
    if kind not in ("realtime", "transcription"):
        message = f"A session's type is 'realtime' or 'transcription', not '{kind}'."
        raise invalid("session.type", message)
    if kind != settings["type"]:
        settings = transcription() if kind == "transcription" else conversation("gpt-realtime")
    result = _laid_over(settings, change)
    _check_objects(result)
    detection = result["audio"]["input"].get("turn_detection")
    if isinstance(detection, dict):
        result["audio"]["input"]["turn_detection"] = _detection(detection, change)
    modalities = result.get("output_modalities", ["audio"])
    if modalities not in (["audio"], ["text"]):
        message = "'output_modalities' is ['audio'] or ['text']."
        raise invalid("session.output_modalities", message)
    return result


def _check_objects(settings: Object) -> None:
    """Raise for settings of the sound that are not objects."""
    audio = settings["audio"]
    parts = {"session.audio": audio}
    if isinstance(audio, dict):
        parts |= {f"session.audio.{side}": inner for side, inner in audio.items()}
    for name, value in parts.items():
        if not isinstance(value, dict):
            raise invalid(name, f"'{name}' has to be an object.", "invalid_type")


def _detection(detection: Object, change: Object) -> Object:
    given = ((change.get("audio") or {}).get("input") or {}).get("turn_detection")
    if not isinstance(given, dict):
        return detection
    kind = given.get("type", "server_vad")
    if kind not in ("server_vad", "semantic_vad"):
        message = f"Turns are detected by 'server_vad' or 'semantic_vad', not '{kind}'."
        raise invalid("session.audio.input.turn_detection.type", message)
    return {**(_SEMANTIC if kind == "semantic_vad" else DETECTION), **given}


def _laid_over(below: Object, above: Object) -> Object:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        nested = isinstance(value, dict) and isinstance(old, dict)
        result[key] = _laid_over(old, value) if nested else value  # type: ignore[arg-type]
    return result


def part(settings: Object, *path: str) -> Object:
    """A part of the settings; empty where it is not set."""
    found = settings
    for name in path:
        found = found.get(name) or {}
    return found


def required(event: Object, name: str) -> Object:
    """An object that the event has to hold, or an error."""
    value = event.get(name)
    if not isinstance(value, dict):
        message = f"The event needs '{name}', an object."
        raise ApiError(400, message, param=name, code="missing_required_parameter")
    return value
