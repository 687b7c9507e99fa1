"""Lists that go on: the next page's request from the last page's answer, lazily."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..catalog.record import Record
from .errors import ApiError

if TYPE_CHECKING:
    from ..catalog.model import Page

Fetch = Callable[[dict[str, Any]], Any]
"""Asks for a page with these parameters on top of the command's own."""

POSITION = ("first_id", "last_id", "has_more", "next", "next_page")
"""Envelope fields that depend on which items are shown."""


class Chunk(Record):
    """One page: the whole answer, the items to show, and whether more were left out or remain."""

    document: dict[str, Any]
    items: list[Any]
    cut: bool
    last: bool


def walk(fetch: Fetch, page: Page, max_items: int | None = None) -> Iterator[Chunk]:
    """The pages from the first one on, until the list or `max_items` ends; none is fetched early.

    Raises ApiError when an answer is no page, or the server gives the same page for ever.
    """
    left = max_items
    position: dict[str, Any] = {}
    while True:
        document = fetch(position)
        found = _items(document, page)
        shown = found if left is None else found[:left]
        following = next_position(document, found, page)
        if left is not None:
            left -= len(shown)
        last = following is None or left == 0
        cut = len(shown) < len(found)
        yield Chunk(document, shown, cut or (last and following is not None), last)
        if last or following is None:
            return
        if following == position:
            raise ApiError("the server keeps answering with the same page")
        position = following


def _items(document: Any, page: Page) -> list[Any]:
    found = document.get(page.items) if isinstance(document, dict) else None
    if found is None and isinstance(document, dict):
        return []
    if not isinstance(found, list):
        raise ApiError("the server's answer is not a list", body=document)
    return found


def next_position(document: dict[str, Any], found: list[Any], page: Page) -> dict[str, Any] | None:
    """The parameters of the next page's request, None after the last one (rules of the SDK)."""
    if not page.param or (page.more and document.get(page.more) is False):
        return None
    if page.source == "last_item.id":
        item = found[-1] if found else None
        value = item.get("id") if isinstance(item, dict) else None
    else:
        value = document.get(page.source)
    return {page.param: value} if value else None


def closing(first: dict[str, Any], last: Chunk) -> dict[str, Any]:
    """The envelope's position fields for everything that was shown.

    `first` is the first page. A list cut short by `max_items` says `has_more`, and its `last_id` is
    the last item shown; a `next` cursor would skip what was cut off, so it is left out then.
    """
    fields = {}
    for name in POSITION:
        if name not in first and name not in last.document:
            continue
        fields[name] = first.get(name) if name == "first_id" else last.document.get(name)
    if last.cut:
        if "has_more" in fields:
            fields["has_more"] = True
        if "last_id" in fields and last.items and isinstance(last.items[-1], dict):
            fields["last_id"] = last.items[-1].get("id")
        if len(last.items) < len(last.document.get("data") or ()):
            fields.pop("next", None)
            fields.pop("next_page", None)
    return fields
