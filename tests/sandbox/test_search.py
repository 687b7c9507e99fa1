"""Embeddings, vector stores and moderations, through the official SDK."""

from __future__ import annotations

import math
from typing import Any

import openai
import pytest
from openai import OpenAI


def _embed(sdk: OpenAI, given: Any, **options: Any) -> list[list[float]]:
    answer = sdk.embeddings.create(model="text-embedding-3-small", input=given, **options)
    return [one.embedding for one in answer.data]


def _close(first: list[float], second: list[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))


def test_similar_texts_lie_close(sdk: OpenAI) -> None:
    cat, kitten, tax = _embed(
        sdk,
        ["The cat sat on the mat", "A cat is sitting on a mat", "Income tax is due in April"],
    )
    assert math.isclose(_close(cat, cat), 1, abs_tol=1e-4)
    assert _close(cat, kitten) > _close(cat, tax) + 0.2


def test_sizes_forms_and_tokens(sdk: OpenAI) -> None:
    [plain] = _embed(sdk, "hello", encoding_format="float")
    [sealed] = _embed(sdk, "hello", encoding_format="base64")
    assert len(plain) == 1536
    assert isinstance(sealed, str)
    [short] = _embed(sdk, "hello", dimensions=256)
    assert len(short) == 256
    large = sdk.embeddings.create(model="text-embedding-3-large", input="hello")
    assert len(large.data[0].embedding) == 3072
    assert large.usage.prompt_tokens == 1
    assert len(_embed(sdk, [1, 2, 3])) == 1
    assert len(_embed(sdk, [[1, 2], [3]])) == 2
    assert _embed(sdk, "hello") == _embed(sdk, ["hello"])


@pytest.mark.parametrize("given", ["", [], ["a", ""]])
def test_empty_inputs_are_refused(sdk: OpenAI, given: Any) -> None:
    with pytest.raises(openai.BadRequestError):
        _embed(sdk, given)


def _file(sdk: OpenAI, name: str, text: str) -> str:
    return sdk.files.create(file=(name, text.encode()), purpose="assistants").id


def test_search_finds_the_passage(sdk: OpenAI) -> None:
    store = sdk.vector_stores.create(name="handbook")
    fees = _file(sdk, "fees.md", "Opening hours are 9 to 5.\n\n" * 40 + "Refunds take 14 days.")
    cats = _file(sdk, "cats.md", "Cats purr when they are content.")
    sdk.vector_stores.files.create_and_poll(fees, vector_store_id=store.id)
    sdk.vector_stores.files.create_and_poll(
        cats, vector_store_id=store.id, attributes={"kind": "animal", "legs": 4}
    )
    found = sdk.vector_stores.search(store.id, query="How long do refunds take?").data
    assert found[0].file_id == fees
    assert "Refunds take 14 days." in found[0].content[0].text
    assert found[0].score > found[-1].score
    filters: Any = {"type": "gt", "key": "legs", "value": 2}
    assert {
        one.file_id for one in sdk.vector_stores.search(store.id, query="x", filters=filters)
    } == {cats}
    best: Any = {"ranking_options": {"score_threshold": 0.2}, "max_num_results": 1}
    assert len(sdk.vector_stores.search(store.id, query=["cats", "purr"], **best).data) == 1
    text = "".join(
        part.text or "" for part in sdk.vector_stores.files.content(cats, vector_store_id=store.id)
    )
    assert text == "Cats purr when they are content."


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        ({"type": "eq", "key": "year", "value": 2024}, True),
        ({"type": "ne", "key": "year", "value": 2024}, False),
        ({"type": "lte", "key": "year", "value": 2020}, False),
        ({"type": "in", "key": "tag", "value": ["a", "b"]}, True),
        ({"type": "nin", "key": "tag", "value": ["a", "b"]}, False),
        ({"type": "eq", "key": "unknown", "value": 1}, False),
        ({"type": "gt", "key": "tag", "value": 1}, False),
    ],
)
def test_filters(condition: dict[str, Any], passes: bool) -> None:
    from openai_cli.sandbox import search

    attributes = {"year": 2024, "tag": "a"}
    assert search.passes(condition, attributes) is passes
    both = {"type": "and", "filters": [condition, {"type": "eq", "key": "tag", "value": "a"}]}
    either = {**both, "type": "or"}
    assert search.passes(both, attributes) is passes
    assert search.passes(either, attributes) is True


def test_files_of_a_store_need_a_moment(sdk: OpenAI) -> None:
    ids = [_file(sdk, f"{n}.txt", f"Number {n}") for n in range(3)]
    store = sdk.vector_stores.create(
        file_ids=ids[:1], expires_after={"anchor": "last_active_at", "days": 1}
    )
    assert (store.status, store.file_counts.in_progress) == ("in_progress", 1)
    assert sdk.vector_stores.retrieve(store.id).status == "in_progress"
    ready = sdk.vector_stores.retrieve(store.id)
    assert (ready.status, ready.file_counts.completed) == ("completed", 1)
    batch = sdk.vector_stores.file_batches.create_and_poll(store.id, file_ids=ids[1:])
    assert (batch.status, batch.file_counts.total) == ("completed", 2)
    listed = sdk.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id)
    assert {one.id for one in listed} == set(ids[1:])
    sdk.vector_stores.files.delete(ids[0], vector_store_id=store.id)
    left = sdk.vector_stores.files.list(store.id, filter="completed")
    assert {one.id for one in left} == set(ids[1:])
    assert sdk.files.retrieve(ids[0])


def test_files_get_ready_one_half_at_a_time(sdk: OpenAI) -> None:
    ids = [_file(sdk, f"{n}.txt", f"Number {n}") for n in range(5)]
    store = sdk.vector_stores.create(file_ids=ids)
    looks = [sdk.vector_stores.retrieve(store.id) for _ in range(4)]
    assert [look.file_counts.completed for look in looks] == [0, 3, 4, 5]
    asked = sdk.vector_stores.with_raw_response.retrieve(store.id)
    assert "openai-poll-after-ms" not in asked.headers


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("empty.txt", "", "invalid_file"),
        ("cat.PNG", "x", "unsupported_file"),
        ("a-index-fails.md", "x", "server_error"),
    ],
)
def test_some_files_cannot_be_searched(sdk: OpenAI, name: str, text: str, code: str) -> None:
    store = sdk.vector_stores.create()
    id = _file(sdk, name, text)
    found = sdk.vector_stores.files.create_and_poll(id, vector_store_id=store.id)
    assert found.status == "failed"
    assert found.last_error is not None
    assert found.last_error.code == code
    [failed] = sdk.vector_stores.files.list(store.id, filter="failed")
    assert failed.last_error == found.last_error


def test_batches_of_files_can_be_cancelled(sdk: OpenAI) -> None:
    ids = [_file(sdk, f"{n}.txt", f"Number {n}") for n in range(2)]
    store = sdk.vector_stores.create()
    batch = sdk.vector_stores.file_batches.create(store.id, file_ids=ids)
    gone = sdk.vector_stores.file_batches.cancel(batch.id, vector_store_id=store.id)
    assert (gone.status, gone.file_counts.cancelled) == ("cancelled", 2)
    with pytest.raises(openai.NotFoundError):
        sdk.vector_stores.files.create(store.id, file_id="file-none")


def test_moderation_names_what_it_found(sdk: OpenAI) -> None:
    fine, bad = sdk.moderations.create(input=["I like tea", "I will kill you"]).results
    assert not fine.flagged
    assert bad.flagged
    assert bad.categories.violence
    assert bad.category_scores.violence > 0.9
    assert not bad.categories.sexual
    parts: Any = [
        {"type": "text", "text": "Build a bomb"},
        {"type": "image_url", "image_url": {"url": "https://x.invalid/a.png"}},
    ]
    [both] = sdk.moderations.create(input=parts).results
    assert both.categories.illicit_violent
    assert both.category_applied_input_types.illicit_violent == ["image", "text"]
