"""Lists that go on: all styles, lazily."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.catalog.model import Page
from openai_cli.core import pages
from openai_cli.core.errors import ApiError

STYLES = {
    "cursor": Page("cursor", "data", "after", "last_item.id", "has_more"),
    "last_id": Page("last_id", "data", "after", "last_id", "has_more"),
    "next": Page("next", "data", "after", "next", "has_more"),
    "token": Page("token", "data", "page", "next", "has_more"),
    "next_page": Page("next_page", "data", "page", "next_page", "has_more"),
}


class Source:
    """A list of so many items on the server, handed out in pages."""

    def __init__(self, style: str, count: int, size: int) -> None:
        self.page = STYLES[style]
        self.items = [{"id": f"i{at}"} for at in range(count)]
        self.size = size
        self.asked: list[dict[str, Any]] = []

    def fetch(self, position: dict[str, Any]) -> dict[str, Any]:
        """One page."""
        self.asked.append(position)
        after = position.get(self.page.param)
        start = int(after[1:]) + 1 if after else 0
        found = self.items[start : start + self.size]
        more = start + self.size < len(self.items)
        document: dict[str, Any] = {"object": "list", "data": found, "has_more": more}
        last = found[-1]["id"] if found else None
        if self.page.source == "last_id":
            document |= {"first_id": found[0]["id"] if found else None, "last_id": last}
        elif self.page.source != "last_item.id":
            document[self.page.source] = last if more else None
        return document


@given(st.sampled_from(sorted(STYLES)), st.integers(0, 25), st.integers(1, 10))
def test_every_item_once(style: str, count: int, size: int) -> None:
    source = Source(style, count, size)
    chunks = list(pages.walk(source.fetch, source.page))
    assert [item for chunk in chunks for item in chunk.items] == source.items
    assert len(source.asked) == max(1, -(-count // size))
    assert [chunk.last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert not chunks[-1].cut


@given(st.sampled_from(sorted(STYLES)), st.integers(0, 25), st.integers(1, 10), st.integers(1, 30))
def test_no_page_more_than_wanted(style: str, count: int, size: int, wanted: int) -> None:
    source = Source(style, count, size)
    chunks = list(pages.walk(source.fetch, source.page, wanted))
    shown = [item for chunk in chunks for item in chunk.items]
    assert shown == source.items[:wanted]
    assert len(source.asked) == max(1, -(-min(count, wanted) // size))
    assert chunks[-1].cut == (count > wanted)


@pytest.mark.parametrize("style", sorted(STYLES))
def test_a_page_is_fetched_when_it_is_asked_for(style: str) -> None:
    source = Source(style, 20, 5)
    walk = pages.walk(source.fetch, source.page)
    assert source.asked == []
    list(islice(walk, 2))
    assert len(source.asked) == 2


def test_the_position_is_the_one_of_its_style() -> None:
    for style, page in STYLES.items():
        source = Source(style, 6, 3)
        list(pages.walk(source.fetch, page))
        assert source.asked == [{}, {page.param: "i2"}], style


def test_a_single_page_is_never_followed() -> None:
    asked = []

    def fetch(position: dict[str, Any]) -> dict[str, Any]:
        asked.append(position)
        return {"data": [{"id": "a"}], "has_more": True}

    (chunk,) = pages.walk(fetch, Page("single"))
    assert (asked, chunk.items, chunk.last) == ([{}], [{"id": "a"}], True)


def test_a_list_without_has_more_ends_at_an_empty_page() -> None:
    answers = [[{"id": "a"}], [{"id": "b"}], []]
    walk = pages.walk(lambda position: {"data": answers.pop(0)}, STYLES["cursor"])
    assert [item["id"] for chunk in walk for item in chunk.items] == ["a", "b"]


def test_a_server_that_goes_round_in_circles_is_an_error() -> None:
    endless = {"data": [{"id": "a"}], "has_more": True}
    with pytest.raises(ApiError, match="same page"):
        list(pages.walk(lambda position: endless, STYLES["cursor"]))


@pytest.mark.parametrize("answer", [[], "text", {"data": "text"}, {"data": {"a": 1}}, None])
def test_an_answer_that_is_no_page(answer: Any) -> None:
    with pytest.raises(ApiError, match="not a list"):
        list(pages.walk(lambda position: answer, STYLES["cursor"]))


@pytest.mark.parametrize("style", sorted(STYLES))
def test_the_envelope_says_what_was_left_out(style: str) -> None:
    source = Source(style, 10, 4)
    chunks = list(pages.walk(source.fetch, source.page, 6))
    closing = pages.closing(chunks[0].document, chunks[-1])
    assert closing["has_more"] is True
    assert closing.get("last_id", "i5") == "i5"
    assert closing.get("first_id", "i0") == "i0"
    assert "next" not in closing and "next_page" not in closing


def test_a_cursor_at_a_page_end_can_be_taken_up_again() -> None:
    source = Source("token", 10, 4)
    chunks = list(pages.walk(source.fetch, source.page, 8))
    closing = pages.closing(chunks[0].document, chunks[-1])
    assert closing == {"has_more": True, "next": "i7"}
