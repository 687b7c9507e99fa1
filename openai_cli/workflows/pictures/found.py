"""Pictures as answers and events hold them: in base64, or behind an address."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from ...catalog.record import Record
from ...core import retry
from ...core.errors import NetworkError, OaiError
from ...core.live.base import records
from ...core.wire import is_web_address

if TYPE_CHECKING:
    from ...core.context import App
    from ...core.http import Reply

PIECE = 1 << 20
"""Letters of base64 that are decoded at once; a multiple of four."""
DATA = "data:"


class Unreachable(OaiError):
    """A picture's address did not give it."""


class Picture(Record):
    """One picture: `encoded` in base64, or at `url`. `stem` is what to call a file of it when no
    name was given, `asked` the format that was asked for, `partial` says that it is unfinished."""

    stem: str
    encoded: str = ""
    url: str = ""
    asked: str = ""
    revised: str = ""
    partial: bool = False


def in_document(document: Any) -> list[Picture]:
    """The pictures of a whole answer."""
    if not isinstance(document, dict):
        return []
    stem, form = _stem(document, document.get("created")), _text(document, "output_format")
    found = (_picture(item, stem, form) for item in records(document.get("data")))
    return [picture for picture in found if picture]


def in_event(event: dict[str, Any]) -> Picture | None:
    """The picture that an event of a stream brings, if it does."""
    picture = _picture(event, _stem(event, event.get("created_at")), _text(event, "output_format"))
    if picture:
        picture.partial = "partial_image_index" in event
    return picture


def _picture(item: dict[str, Any], stem: str, form: str) -> Picture | None:
    encoded, url = _text(item, "b64_json"), _text(item, "url")
    if not encoded and not url:
        return None
    return Picture(stem, encoded, url, form, _text(item, "revised_prompt"))


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _stem(answer: dict[str, Any], created: Any) -> str:
    """The answer's id, or the second it was made in, as part of a file's name."""
    id = "".join(letter for letter in _text(answer, "id") if letter.isalnum() or letter in "-_")
    if id:
        return id[:100]
    return f"image-{created}" if isinstance(created, int) else "image"


def pieces(app: App, picture: Picture) -> Iterator[bytes]:
    """The picture's bytes, some at a time; may be asked for again. Raises Unreachable."""
    if picture.encoded:
        yield from _decoded(picture.encoded)
    elif picture.url.startswith(DATA):
        yield from _inline(picture.url)
    else:
        yield from _downloaded(app, picture.url)


def _decoded(text: str) -> Iterator[bytes]:
    """Base64 as bytes; what is none comes as it is, since it was paid for."""
    text = "".join(text.split())
    for at in range(0, len(text), PIECE):
        piece = text[at : at + PIECE]
        try:
            yield binascii.a2b_base64(piece)
        except ValueError:
            yield piece.encode()


def _inline(url: str) -> Iterator[bytes]:
    """A `data:` address (RFC 2397)."""
    head, _, body = url.partition(",")
    content = unquote_to_bytes(body)
    if head.endswith(";base64"):
        yield from _decoded(content.decode("ascii", "replace"))
    else:
        yield content


def _downloaded(app: App, url: str) -> Iterator[bytes]:
    """What is at an address, without any key of ours."""
    from ...render.progress import Progress

    with _opened(app, url) as reply:
        try:
            yield from Progress(app, "downloaded", reply.length).over(reply.chunks())
        except NetworkError as error:
            raise _unreachable(url, error.message) from None


def _opened(app: App, url: str) -> Reply:
    if not is_web_address(url):
        raise _unreachable(url, "it is no web address")
    tries = app.settings.max_retries + 1
    for attempt in range(1, tries + 1):
        try:
            reply = app.api.http.fetch("GET", url)
            if reply.status < 400:
                return reply
            reply.close()
            why = f"HTTP {reply.status}"
            again = retry.worth_retrying(reply.status, reply.headers, "")
        except OaiError as error:
            why, again = error.message, isinstance(error, NetworkError)
        if attempt == tries or not again:
            raise _unreachable(url, why)
        app.console.sleep(retry.delay(attempt))
    raise AssertionError("unreachable")


def _unreachable(url: str, why: str) -> Unreachable:
    hint = f"such links are good for about an hour: {url}"
    return Unreachable(f"the picture was made, but not downloaded: {why}", hint)
