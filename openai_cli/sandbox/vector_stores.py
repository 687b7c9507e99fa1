"""Vector stores: files that can be searched."""

from __future__ import annotations

from typing import Any

from . import indexing
from .call import Call, Object
from .errors import missing
from .files import COLLECTION as FILES
from .files import blob
from .ids import fresh
from .paging import envelope, page, span
from .progress import SOON
from .reply import Reply, as_json
from .search import passages, search

_COLLECTION = "vector_stores"
_STATES = ("in_progress", "completed", "failed", "cancelled")
_STATIC = {"type": "static", "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}}


def create(call: Call) -> Reply:
    """A new store, with files if any are named."""
    id = fresh("vs_")
    same = ("name", "description", "expires_after", "metadata")
    value = {name: call.body.get(name) for name in same if name in call.body}
    value = {"name": "", "metadata": {}, **value, "id": id, "created_at": call.now}
    with call.store.transaction():
        call.store.put(_COLLECTION, id, value)
        for file in call.body.get("file_ids") or ():
            _add(call, id, file, call.body)
    return as_json(_described(call, value))


def _described(call: Call, value: Object) -> Object:
    members = call.store.items(f"{_COLLECTION}/{value['id']}/files")
    counts = _counts(members)
    after = value.get("expires_after")
    return call.fitted(
        {
            **value,
            "name": value.get("name") or "",
            "file_counts": counts,
            "status": "in_progress" if counts["in_progress"] else "completed",
            "usage_bytes": sum(member["usage_bytes"] for member in members),
            "last_active_at": value["created_at"],
            "expires_at": value["created_at"] + after["days"] * 86400 if after else None,
        }
    )


def _soon(told: Object) -> list[tuple[str, str]]:
    return [SOON] if told["status"] == "in_progress" else []


def _counts(members: list[Object]) -> Object:
    counts = {state: sum(m["status"] == state for m in members) for state in _STATES}
    return {**counts, "total": len(members)}


def _store(call: Call) -> Object:
    return call.find(_COLLECTION, call.ids["vector_store_id"], "vector store")


def retrieve(call: Call) -> Reply:
    """A store; looking at it lets its files get ready."""
    store = _store(call)
    told = _described(call, store)
    indexing.settle(call, f"{_COLLECTION}/{store['id']}/files")
    return as_json(told, headers=_soon(told))


def update(call: Call) -> Reply:
    """Change name, metadata or expiry."""
    with call.store.transaction():
        changed = {**_store(call), **call.body}
        call.store.put(_COLLECTION, changed["id"], changed)
    return as_json(_described(call, changed))


def listing(call: Call) -> Reply:
    """All stores."""
    found = page(call, _COLLECTION, span(call))
    found["data"] = [_described(call, _known(call, one["id"])) for one in found["data"]]
    return as_json(found)


def _known(call: Call, id: str) -> Object:
    return call.find(_COLLECTION, id, "vector store")


def add_file(call: Call) -> Reply:
    """Put a file in."""
    store = _store(call)
    value = _add(call, store["id"], call.body["file_id"], call.body)
    return as_json(call.fitted(value))


def _add(call: Call, store: str, id: str, how: Object, status: str = "in_progress") -> Object:
    file = call.find(FILES, id, "file", "file_id")
    strategy = how.get("chunking_strategy")
    value = {
        "id": id,
        "object": "vector_store.file",
        "created_at": call.now,
        "status": status,
        "usage_bytes": file["bytes"],
        "vector_store_id": store,
        "attributes": how.get("attributes") or {},
        "chunking_strategy": strategy if (strategy or {}).get("type") == "static" else _STATIC,
        "last_error": None,
    }
    return call.store.put(f"{_COLLECTION}/{store}/files", id, value)


def retrieve_file(call: Call) -> Reply:
    """A file of a store; at the first look it is still being worked on."""
    store = _store(call)
    collection = f"{_COLLECTION}/{store['id']}/files"
    found = call.find(collection, call.ids["file_id"], "file")
    if found["status"] == "in_progress":
        indexing.finish(call, collection, found)
        return as_json(call.fitted(found), headers=[SOON])
    return as_json(call.fitted(found))


def list_files(call: Call) -> Reply:
    """The files of a store, or those of one batch."""
    store = _store(call)
    collection = f"{_COLLECTION}/{store['id']}/files"
    where: list[tuple[tuple[str, ...], str]] = []
    if "filter" in call.query:
        where.append((("status",), call.query["filter"]))
    if "batch_id" in call.ids:
        where.append((("batch",), _batch(call)["id"]))
    found = page(call, collection, span(call, tuple(where)))
    indexing.settle(call, collection)
    going = any(member["status"] == "in_progress" for member in found["data"])
    return as_json(found, headers=[SOON] if going else [])


def file_content(call: Call) -> Reply:
    """A file as the passages it was cut into."""
    store = _store(call)
    id = call.ids["file_id"]
    call.find(f"{_COLLECTION}/{store['id']}/files", id, "file")
    cut = passages(call.blobs.text(blob(id)))
    return as_json(envelope(call, [{"type": "text", "text": text} for text in cut], [], False))


def find_passages(call: Call) -> Reply:
    """Search."""
    store = _store(call)
    query = call.body["query"]
    queries = [query] if isinstance(query, str) else query
    found = search(call.store, call.blobs, store["id"], queries, call.body.get("filters"))
    least = (call.body.get("ranking_options") or {}).get("score_threshold") or 0
    chosen = [one for one in found if one["score"] >= least]
    chosen = chosen[: call.body.get("max_num_results") or 10]
    data = [
        {**_without(one, "text"), "content": [{"type": "text", "text": one["text"]}]}
        for one in chosen
    ]
    told = {**envelope(call, data, [], False), "search_query": queries}
    return as_json({**told, "object": "vector_store.search_results.page", "has_more": False})


def _without(value: Object, name: str) -> Object:
    return {key: v for key, v in value.items() if key != name}


def create_batch(call: Call) -> Reply:
    """Put several files in at once."""
    store = _store(call)
    given: list[Any] = call.body.get("files") or [
        {**call.body, "file_id": id} for id in call.body.get("file_ids") or ()
    ]
    if not given and "file_ids" not in call.body:
        raise missing("file_ids")
    id = fresh("vsfb_")
    with call.store.transaction():
        for one in given:
            value = _add(call, store["id"], one["file_id"], one)
            collection = f"{_COLLECTION}/{store['id']}/files"
            call.store.put(collection, value["id"], {**value, "batch": id})
        value = {"id": id, "created_at": call.now, "vector_store_id": store["id"]}
        value["status"] = "in_progress"
        call.store.put(f"{_COLLECTION}/{store['id']}/file_batches", id, value)
    return as_json(_described_batch(call, value))


def _batch(call: Call) -> Object:
    collection = f"{_COLLECTION}/{_store(call)['id']}/file_batches"
    return call.find(collection, call.ids["batch_id"], "file batch")


def _described_batch(call: Call, value: Object) -> Object:
    members = call.store.items(f"{_COLLECTION}/{value['vector_store_id']}/files")
    counts = _counts([member for member in members if member.get("batch") == value["id"]])
    status = value["status"]
    if status == "in_progress" and not counts["in_progress"]:
        status = "completed"
    return call.fitted({**value, "status": status, "file_counts": counts})


def retrieve_batch(call: Call) -> Reply:
    """A batch; looking at it lets its files get ready."""
    batch = _batch(call)
    told = _described_batch(call, batch)
    if batch["status"] == "in_progress":
        indexing.settle(call, f"{_COLLECTION}/{batch['vector_store_id']}/files")
    return as_json(told, headers=_soon(told))


def cancel_batch(call: Call) -> Reply:
    """Leave the rest of a batch out."""
    with call.store.transaction():
        batch = _batch(call)
        collection = f"{_COLLECTION}/{batch['vector_store_id']}/files"
        if _described_batch(call, batch)["status"] == "in_progress":
            for member in call.store.items(collection):
                if member.get("batch") == batch["id"] and member["status"] == "in_progress":
                    call.store.put(collection, member["id"], {**member, "status": "cancelled"})
            batch = {**batch, "status": "cancelled"}
            place = f"{_COLLECTION}/{batch['vector_store_id']}/file_batches"
            call.store.put(place, batch["id"], batch)
    return as_json(_described_batch(call, batch))
