"""Sample events: of every type the catalog knows, and a plain one for types it does not."""

from __future__ import annotations

import os
from typing import Any

from ...catalog import load
from ...catalog.describe import sample_of

IDS = {
    "agent.environment": "aenv_",
    "agent.session": "asess_",
    "batch": "batch_",
    "eval.run": "evalrun_",
    "fine_tuning.job": "ftjob-",
    "live": "live_",
    "realtime": "rtc_",
    "response": "resp_",
    "safety": "alert_",
    "video": "video_",
}
"""What the ids of things begin with, by the beginning of the event's type."""
CALLER = [
    {"name": "From", "value": "sip:+14155550100@example.com"},
    {"name": "To", "value": "sip:proj_sample@sip.api.openai.com"},
]


def event(kind: str, now: int, data: dict[str, Any]) -> dict[str, Any]:
    """An event of that type; `data` is laid over what the sample says of the thing."""
    shape = load.events().get(kind)
    made: dict[str, Any] = sample_of(shape) if shape else {"data": {"id": ""}}
    said = {name: _said(kind, name, value) for name, value in made.get("data", {}).items()}
    head = {"id": f"evt_{_hex()}", "object": "event", "created_at": now, "type": kind}
    return {**made, **head, "data": {**said, **data}}


def _said(kind: str, name: str, value: Any) -> Any:
    if name == "sip_headers":
        return CALLER
    if name == "id" or name.endswith("_id"):
        start = next((id for words, id in IDS.items() if kind.startswith(words)), "")
        return (start or kind.partition(".")[0] + "_") + _hex()
    return value


def _hex() -> str:
    return os.urandom(12).hex()
