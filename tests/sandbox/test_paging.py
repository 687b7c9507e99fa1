"""Lists go on in every style the API has, through the official SDK's own pages."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import pytest
from openai import OpenAI

from openai_cli.catalog import load
from openai_cli.sandbox.app import Sandbox

from .conftest import Direct, Served

_NUMBER = 7


@pytest.fixture(scope="module")
def many(served: Served) -> dict[str, dict[str, str]]:
    """Seven members in one collection of each style; gives the path values of their lists."""
    api = Direct(served.sandbox)
    ids = {}
    for style, create in _CREATIONS.items():
        ids[style] = served.sandbox.seed(create)
        operation = load.operation(create)
        for number in range(_NUMBER):
            path = operation.path.format(**ids[style])
            api.json("POST", f"/v1{path}", _BODIES[style](number))
    return ids


def _conversation_items(number: int) -> dict[str, Any]:
    return {"items": [{"type": "message", "role": "user", "content": f"Hello {number}"}]}


_CREATIONS = {
    "cursor": "evals.runs.create",
    "last_id": "conversations.items.create",
    "next": "admin.organization.projects.roles.create",
    "token": "beta.agents.environments.files.create",
}
_LISTS = {
    "cursor": "evals.runs.list",
    "last_id": "conversations.items.list",
    "next": "admin.organization.projects.roles.list",
    "token": "beta.agents.environments.files.list",
}
_BODIES: dict[str, Any] = {
    "cursor": lambda n: {"name": f"run {n}", "data_source": {"type": "jsonl", "source": _SOURCE}},
    "last_id": _conversation_items,
    "next": lambda n: {"role_name": f"role {n}", "permissions": []},
    "token": lambda n: {"type": "inline", "path": f"/{n}.txt", "data": "aGk="},
}
_SOURCE = {"type": "file_id", "id": "file-1"}


def _seen(item: Any) -> str:
    for name in ("id", "path"):
        if getattr(item, name, None):
            return str(getattr(item, name))
    raise AssertionError(item)


@pytest.mark.parametrize("style", _LISTS)
@pytest.mark.parametrize("limit", [1, 3, 7, 20])
def test_every_item_comes_once(
    sdk: OpenAI, many: dict[str, dict[str, str]], style: str, limit: int
) -> None:
    assert load.operation(_LISTS[style]).page.style == style
    listing = attrgetter(_LISTS[style])(sdk)
    items = [_seen(item) for item in listing(**many[style], limit=limit)]
    assert len(items) == len(set(items)) == _NUMBER


def test_usage_goes_on_by_page_tokens(sdk: OpenAI) -> None:
    day = 86400
    start = 1767225600
    wanted = {"start_time": start, "end_time": start + 10 * day, "limit": 4}
    starts, token = [], None
    while True:
        more = {"page": token} if token else {}
        page = sdk.admin.organization.usage.completions(**wanted, **more)
        starts += [bucket.start_time for bucket in page.data]
        token = page.next_page
        if not page.has_more:
            break
    assert token is None
    assert starts == [start + n * day for n in range(10)]


def test_usage_is_grouped_and_repeatable(sdk: OpenAI) -> None:
    wanted: dict[str, Any] = {"start_time": 1767225600, "end_time": 1767312000}
    grouped = sdk.admin.organization.usage.completions(**wanted, group_by=["model"])
    assert [result.model for result in grouped.data[0].results] == ["gpt-5.5", "gpt-5.5-mini"]
    costs = sdk.admin.organization.usage.costs(**wanted)
    assert costs.data[0].results[0].amount.currency == "usd"
    assert sdk.admin.organization.usage.costs(**wanted).data == costs.data


@pytest.fixture
def stores(api: Direct) -> list[str]:
    """Five vector stores, oldest first."""
    made = (api.json("POST", "/v1/vector_stores", {"name": str(n)}) for n in range(5))
    return [one["id"] for one in made]


def _ids(api: Direct, query: str) -> list[str]:
    return [one["id"] for one in api.json("GET", f"/v1/vector_stores?{query}")["data"]]


def test_order_and_cursors(api: Direct, stores: list[str]) -> None:
    assert _ids(api, "") == stores[::-1]
    assert _ids(api, "order=asc") == stores
    assert _ids(api, f"order=asc&after={stores[1]}") == stores[2:]
    assert _ids(api, f"order=desc&after={stores[1]}") == stores[:1]
    assert _ids(api, f"order=asc&before={stores[3]}") == stores[:3]
    assert _ids(api, f"order=asc&before={stores[3]}&limit=2") == stores[1:3]
    assert _ids(api, f"order=desc&before={stores[1]}&limit=2") == [stores[3], stores[2]]


def test_envelope_says_where_the_page_ends(api: Direct, stores: list[str]) -> None:
    page = api.json("GET", "/v1/vector_stores?order=asc&limit=2")
    assert (page["first_id"], page["last_id"], page["has_more"]) == (stores[0], stores[1], True)
    page = api.json("GET", f"/v1/vector_stores?order=asc&limit=2&after={stores[2]}")
    assert (page["first_id"], page["last_id"], page["has_more"]) == (stores[3], stores[4], False)


@pytest.mark.parametrize("query", ["limit=0", "limit=-3", "limit=many", "after=nobody"])
def test_senseless_pages_are_refused(api: Direct, stores: list[str], query: str) -> None:
    status, error = api.error("GET", f"/v1/vector_stores?{query}")
    assert status == 400
    assert error["param"] == query.partition("=")[0]


def test_empty_lists(api: Direct) -> None:
    page = api.json("GET", "/v1/vector_stores")
    assert page == {
        "object": "list",
        "data": [],
        "has_more": False,
        "first_id": None,
        "last_id": None,
    }


def test_filters(api: Direct) -> None:
    for topic in ("sea", "sky", "sea"):
        body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hi"}], "store": True}
        api.json("POST", "/v1/chat/completions", {**body, "metadata": {"topic": topic}})
    assert len(api.json("GET", "/v1/chat/completions?metadata[topic]=sea")["data"]) == 2
    assert len(api.json("GET", "/v1/chat/completions?model=gpt-4o")["data"]) == 0


def test_state_outlives_the_process(state: Any) -> None:
    with Sandbox(state) as sandbox:
        made = Direct(sandbox).json("POST", "/v1/vector_stores", {"name": "kept"})
    with Sandbox(state) as sandbox:
        api = Direct(sandbox)
        assert _ids(api, "") == [made["id"]]
        sandbox.reset()
        assert _ids(api, "") == []
