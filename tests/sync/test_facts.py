"""How many operations of which kind the pinned SDK holds, and how their lists go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from .support import operation, parameters, sdk


@pytest.mark.slow
def test_every_method_with_an_endpoint_is_an_operation() -> None:
    assert len(sdk().operations) == 390
    assert Counter(o["method"] for o in sdk().operations.values()) == {
        "GET": 172,
        "POST": 162,
        "DELETE": 56,
    }
    methods = [*sdk().operations, *sdk().helpers]
    assert len({name.rpartition(".")[0] for name in methods}) == 121
    assert len({(o["method"], o["path"]) for o in sdk().operations.values()}) == 388
    assert not any(name.startswith("beta.chat.") for name in sdk().operations)


def test_every_parameter_has_its_place() -> None:
    assert Counter(p["in"] for p in parameters()) == {
        "body": 723,
        "query": 399,
        "path": 364,
        "header": 9,
    }
    assert len({p["name"] for p in parameters()}) == 331
    assert sum(p.get("required", False) for p in parameters()) == 536
    assert sum(p.get("nullable", False) for p in parameters()) == 347


def test_path_parameters_stand_in_the_path_and_come_first() -> None:
    for name, record in sdk().operations.items():
        places = [p["in"] for p in record["parameters"]]
        in_path = [p["name"] for p in record["parameters"] if p["in"] == "path"]
        positions = [record["path"].index(f"{{{p}}}") for p in in_path]
        assert positions == sorted(positions), name
        assert places == sorted(places, key=lambda place: place != "path"), name
        assert record["path"].count("{") == len(in_path), name


@pytest.mark.parametrize(
    ("test", "count"),
    [
        (lambda o: o.get("auth") == "admin", 143),
        (lambda o: o.get("deprecated"), 37),
        (lambda o: "multipart" in o, 17),
        (lambda o: "stream" in o, 14),
        (lambda o: len(o.get("required", ())) > 1, 4),
        (lambda o: o["response"]["kind"] == "binary", 9),
        (lambda o: o["response"]["kind"] == "text", 1),
        (lambda o: o["response"]["kind"] == "json_or_text", 2),
        (lambda o: o["response"]["kind"] == "empty", 13),
        (lambda o: o.get("headers", {}).get("OpenAI-Beta") == "agents=v1", 57),
        (lambda o: o.get("headers", {}).get("OpenAI-Beta") == "assistants=v2", 41),
        (lambda o: o.get("headers", {}).get("OpenAI-Beta") == "chatkit_beta=v1", 6),
        (lambda o: o["path"].endswith("?beta=true"), 7),
    ],
)
def test_kinds_of_operations(test: Callable[[dict[str, Any]], bool], count: int) -> None:
    assert sum(1 for o in sdk().operations.values() if test(o)) == count


def test_page_styles() -> None:
    styles = Counter(o["page"]["style"] for o in sdk().operations.values() if "page" in o)
    assert styles == {
        "cursor": 46,
        "last_id": 19,
        "next": 9,
        "single": 8,
        "token": 1,
        "next_page": 12,
    }


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("files.list", {"style": "cursor", "param": "after", "source": "last_item.id"}),
        ("videos.list", {"style": "last_id", "param": "after", "source": "last_id"}),
        (
            "admin.organization.roles.list",
            {"style": "next", "param": "after", "source": "next"},
        ),
        (
            "beta.agents.environments.files.list",
            {"style": "token", "param": "page", "source": "next"},
        ),
        (
            "admin.organization.usage.costs",
            {"style": "next_page", "param": "page", "source": "next_page"},
        ),
        (
            "fine_tuning.checkpoints.permissions.retrieve",
            {"style": "last_id", "param": "after", "source": "last_id"},
        ),
    ],
)
def test_pages_go_on(name: str, page: dict[str, str]) -> None:
    assert operation(name)["page"] == {**page, "items": "data", "more": "has_more"}


def test_single_pages_and_what_only_looks_like_a_list() -> None:
    assert operation("vector_stores.search")["page"] == {"style": "single", "items": "data"}
    assert operation("vector_stores.search")["method"] == "POST"
    assert "page" not in operation("conversations.items.create")
    assert "page" not in operation("embeddings.create")


def test_lists_answer_the_shape_of_one_item() -> None:
    assert operation("files.list")["response"]["model"] == "FileObject"
    assert operation("files.list")["response"]["fields"]["bytes"] == "integer"
    usage = operation("admin.organization.usage.costs")["response"]
    assert set(usage["fields"]) >= {"start_time", "end_time", "results"}
