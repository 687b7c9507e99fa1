"""Conversations and their items."""

from __future__ import annotations

from .call import Call, Object
from .errors import not_found
from .ids import fresh
from .items import from_input
from .paging import envelope
from .reply import Reply, as_json

_COLLECTION = "conversations"


def create(call: Call) -> Reply:
    """A conversation, begun with items if any are given."""
    id = fresh("conv_")
    value = {"id": id, "object": "conversation", "created_at": call.now}
    value["metadata"] = call.body.get("metadata") or {}
    with call.store.transaction():
        call.store.put(_COLLECTION, id, value)
        _put(call, id)
    return as_json(value)


def _put(call: Call, conversation: str) -> list[Object]:
    items = from_input(call.body.get("items"), call.store)
    return [call.store.put(_items(conversation), item["id"], item) for item in items]


def _items(conversation: str) -> str:
    return f"{_COLLECTION}/{conversation}/items"


def _conversation(call: Call) -> Object:
    return call.find(_COLLECTION, call.ids["conversation_id"], "conversation")


def add_items(call: Call) -> Reply:
    """Add items at the end."""
    with call.store.transaction():
        items = _put(call, _conversation(call)["id"])
    return as_json(call.fitted(envelope(call, items, [item["id"] for item in items], False)))


def delete_item(call: Call) -> Reply:
    """Drop an item; the answer is the conversation."""
    conversation = _conversation(call)
    if not call.store.delete(_items(conversation["id"]), call.ids["item_id"]):
        raise not_found("item", call.ids["item_id"])
    return as_json(conversation)
