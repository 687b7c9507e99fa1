"""Images: of the size and format asked for, and of colours that depend on prompt and input."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from zlib import crc32

from . import pictures, sse, tokens
from .call import Call, Object
from .errors import ApiError
from .files import required_upload
from .incoming import PICTURES
from .reply import Reply, as_bytes, as_json

_TOKENS = 1024
_READ = 1 << 16


def generate(call: Call) -> Reply:
    """Images for a prompt."""
    return _made(call, "image_generation")


def edit(call: Call) -> Reply:
    """Images made of others."""
    required_upload(call, "image")
    return _made(call, "image_edit")


def variation(call: Call) -> Reply:
    """Images like another one."""
    required_upload(call, "image")
    return _made(call, "image_variation")


def linked(target: str) -> Reply:
    """The picture at a link."""
    try:
        form, size, seed = target.removeprefix(PICTURES).partition("?")[0].split("/")
        data = pictures.encoded(form, pictures.scene(int(seed, 16), size))
        return as_bytes(data, pictures.MEDIA_TYPES[form])
    except (ValueError, KeyError):
        raise ApiError(404, "There is no picture here.") from None


def _made(call: Call, event: str) -> Reply:
    number = call.body.get("n") or 1
    if call.streams():
        # The uploads are read now: they are gone by the time the stream is sent.
        return call.events(sse.typed(_events(call, event, _seed(call, 0))))
    data = [_described(call, _seed(call, take)) for take in range(number)]
    value: Object = {"created": call.now, "data": data, "output_format": _form(call)}
    return as_json(call.fitted({**value, **_chosen(call), "usage": _usage(call, number)}))


def _form(call: Call) -> str:
    return str(call.body.get("output_format") or "png")


def _size(call: Call) -> str:
    return str(call.body.get("size") or "auto")


def _seed(call: Call, take: int) -> int:
    """What tells one picture from another: the prompt, the files it is made of, and its number."""
    found = crc32(f"{call.body.get('prompt', '')}/{take}".encode())
    for upload in call.uploads:
        with upload.path.open("rb") as file:
            while chunk := file.read(_READ):
                found = crc32(chunk, found)
    return found


def _described(call: Call, seed: int) -> Object:
    if call.body.get("response_format") == "url":
        host = call.headers.get("host", "localhost")
        return {"url": f"http://{host}{PICTURES}{_form(call)}/{_size(call)}/{seed:08x}"}
    return {"b64_json": _encoded(call, seed)}


def _encoded(call: Call, seed: int, bands: int = 32) -> str:
    clear = call.body.get("background") == "transparent"
    scene = pictures.scene(seed, _size(call), bands=bands, clear=clear)
    frames, pause = call.body.get("frame_count") or 9, call.body.get("frame_duration_ms") or 200
    data = pictures.encoded(_form(call), scene, frames=frames, pause_ms=pause)
    return base64.b64encode(data).decode()


def _chosen(call: Call) -> Object:
    """Settings as they turned out, where the request left them open."""
    found = {}
    for name, usual in (("background", "opaque"), ("quality", "high"), ("size", "1024x1024")):
        given = call.body.get(name) or "auto"
        found[name] = usual if given == "auto" else given
    return found


def _usage(call: Call, number: int) -> Object:
    asked = tokens.count(call.body.get("prompt", ""))
    seen = _TOKENS // 4 * len(call.uploads)
    return {
        "input_tokens": asked + seen,
        "input_tokens_details": {"text_tokens": asked, "image_tokens": seen},
        "output_tokens": _TOKENS * number,
        "total_tokens": asked + seen + _TOKENS * number,
    }


def _events(call: Call, event: str, seed: int) -> Iterator[Object]:
    """Unfinished images, each finer than the one before, then the finished one."""
    head = {"created_at": call.now, "output_format": _form(call), **_chosen(call)}
    for index in range(call.body.get("partial_images") or 0):
        rough = {"b64_json": _encoded(call, seed, bands=2 << index), **head}
        yield {"type": f"{event}.partial_image", **rough, "partial_image_index": index}
    done = {"b64_json": _encoded(call, seed), **head}
    yield {"type": f"{event}.completed", **done, "usage": _usage(call, 1)}
