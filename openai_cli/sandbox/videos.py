"""Videos made of other videos."""

from __future__ import annotations

from .call import Call
from .generic import made
from .places import Place, require_parents
from .reply import Reply, as_json

_PLACE = Place("videos", "videos", None, "")


def derive(call: Call) -> Reply:
    """An edit, an extension or a remix: a new video that has a source."""
    require_parents(call)
    given = call.body.get("video")
    named = given.get("id") if isinstance(given, dict) else None
    source = call.ids.get("video_id") or named
    if named:
        call.find("videos", named, "video", "video")
    value = made(call, _PLACE, remixed_from_video_id=source, prompt=call.body["prompt"])
    return as_json(call.fitted(value))
