"""Images: small, valid, and of a colour that depends on the prompt."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from zlib import crc32

from . import sse, tokens
from .call import Call, Object
from .files import required_upload
from .media import image
from .reply import Reply, as_json

_SIDE = 1024


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


def _made(call: Call, event: str) -> Reply:
    body = call.body
    form = body.get("output_format") or "png"
    number = body.get("n") or 1
    images = [_encoded(body.get("prompt", ""), take, form) for take in range(number)]
    if call.streams():
        return call.events(sse.typed(_events(call, event, images[0], form)))
    value: Object = {"created": call.now, "data": [_described(call, one, form) for one in images]}
    value |= {"output_format": form, **_chosen(call)}
    return as_json(call.fitted({**value, "usage": _usage(call, number)}))


def _encoded(prompt: str, take: int, form: str) -> str:
    hashed = crc32(f"{prompt}/{take}".encode())
    data = image(form, (hashed & 255, hashed >> 8 & 255, hashed >> 16 & 255))
    return base64.b64encode(data).decode()


def _described(call: Call, encoded: str, form: str) -> Object:
    if call.body.get("response_format") == "url":
        return {"url": f"data:image/{form};base64,{encoded}"}
    return {"b64_json": encoded}


def _chosen(call: Call) -> Object:
    """Settings as they turned out, where the request left them open."""
    found = {}
    for name, usual in (("background", "opaque"), ("quality", "high"), ("size", "1024x1024")):
        given = call.body.get(name) or "auto"
        found[name] = usual if given == "auto" else given
    return found


def _usage(call: Call, number: int) -> Object:
    asked = tokens.count(call.body.get("prompt", ""))
    seen = _SIDE // 4 * len(call.uploads)
    return {
        "input_tokens": asked + seen,
        "input_tokens_details": {"text_tokens": asked, "image_tokens": seen},
        "output_tokens": _SIDE * number,
        "total_tokens": asked + seen + _SIDE * number,
    }


def _events(call: Call, event: str, encoded: str, form: str) -> Iterator[Object]:
    head = {"b64_json": encoded, "created_at": call.now, "output_format": form, **_chosen(call)}
    for index in range(call.body.get("partial_images") or 0):
        yield {"type": f"{event}.partial_image", **head, "partial_image_index": index}
    yield {"type": f"{event}.completed", **head, "usage": _usage(call, 1)}
