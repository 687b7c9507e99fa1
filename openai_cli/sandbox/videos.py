"""Videos: new ones, those made of others, and what can be downloaded of each."""

from __future__ import annotations

from zlib import crc32

from . import clip, jpeg, pictures, progress, provoke
from .call import Call, Object
from .errors import ApiError
from .generic import find, made
from .places import Place, require_parents
from .reply import Reply, as_bytes, as_json

_PLACE = Place("videos", "videos", None, "")
_USUAL_SIZE, _USUAL_SECONDS, _MOST_SECONDS = "720x1280", "4", 60
_SHEET = 0.25
"""How large the pictures of a sheet are, beside the video's."""
_REFUSED = {"code": "sandbox", "message": "The sandbox was asked to fail at making this video."}


def create(call: Call) -> Reply:
    """A new video."""
    return _told(call, _started(call))


def _told(call: Call, video: Object) -> Reply:
    going = video["status"] in ("queued", "in_progress")
    return as_json(call.fitted(video), headers=[progress.SOON] if going else [])


def derive(call: Call) -> Reply:
    """An edit, an extension or a remix: a new video that has a source."""
    require_parents(call)
    given = call.body.get("video")
    named = given.get("id") if isinstance(given, dict) else None
    source = call.ids.get("video_id") or named
    known = call.find("videos", source, "video", "video") if source else {}
    same = {name: known[name] for name in ("size", "seconds") if name in known}
    return _told(call, _started(call, source, **same))


def _started(call: Call, source: str | None = None, **same: object) -> Object:
    """A video in the queue; `same` is what it has from its source unless the request says more."""
    usual = {"size": _USUAL_SIZE, "seconds": _USUAL_SECONDS, **same, **call.body}
    shown = {name: usual[name] for name in ("size", "seconds", "prompt")}
    value = made(call, _PLACE, remixed_from_video_id=source, **shown)
    if call.headers.get(provoke.HEADER) == provoke.WORK:
        call.store.put(_PLACE.collection, value["id"], {**value, "doomed": True})
    return value


def retrieve(call: Call) -> Reply:
    """A video, a step nearer to its end than at the last look."""
    with call.store.transaction():
        place, found = find(call)
        moved = progress.advance(place.template, found, call.now)
        if moved and found.get("doomed") and found["status"] != "queued":
            found |= {"status": "failed", "error": _REFUSED}
        if moved:
            call.store.put(place.collection, found["id"], found)
    return _told(call, found)


def content(call: Call) -> Reply:
    """The video itself, one picture of it, or several on a sheet."""
    require_parents(call)
    found = call.find("videos", call.ids["video_id"], "video")
    if found.get("status") == "failed":
        raise ApiError(400, "There is no content of a video that failed.", code="video_failed")
    match call.query.get("variant"):
        case "thumbnail":
            return as_bytes(pictures.webp(_scene(found, 0)), "image/webp")
        case "spritesheet":
            return as_bytes(_sheet(found), "image/jpeg")
    scenes = [_scene(found, second) for second in range(_seconds(found))]
    size = scenes[0].width, scenes[0].height
    return as_bytes(clip.mp4(*size, [pictures.png(one) for one in scenes]), "video/mp4")


def _seconds(video: Object) -> int:
    text = str(video.get("seconds"))
    return max(1, min(int(text), _MOST_SECONDS)) if text.isdigit() else int(_USUAL_SECONDS)


def _scene(video: Object, second: int) -> pictures.Scene:
    """The picture at a second: the colours change while it lasts."""
    size = str(video.get("size") or _USUAL_SIZE)
    seed = crc32(f"{video['id']}/{video.get('prompt')}".encode())
    return pictures.scene((seed + second * 0x0A141E) & 0xFFFFFFFF, size, bands=8)


def _sheet(video: Object) -> bytes:
    """A picture for every second, one below the other."""
    scenes = [_scene(video, second) for second in range(_seconds(video))]
    width, height = (max(8, int(side * _SHEET)) for side in (scenes[0].width, scenes[0].height))
    small = (pictures.Scene(width, height, one.top, one.bottom, one.bands) for one in scenes)
    bands = [band for one in small for band in one.rows()]
    return jpeg.picture(width, height * len(scenes), bands)
