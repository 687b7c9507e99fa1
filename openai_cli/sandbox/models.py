"""Models: a fixed list, and those that fine-tuning made."""

from __future__ import annotations

from . import generic
from .call import Call
from .errors import ApiError, no_model
from .paging import envelope
from .reply import Reply, as_json
from .seeds import ensure

_COLLECTION = "models"


def listing(call: Call) -> Reply:
    """All of them: this list has no pages."""
    ensure(call, _COLLECTION, _COLLECTION)
    return as_json(envelope(call, call.store.items(_COLLECTION), [], False))


def retrieve(call: Call) -> Reply:
    """One of them."""
    ensure(call, _COLLECTION, _COLLECTION)
    found = call.store.get(_COLLECTION, call.ids["model"])
    if found is None:
        raise no_model(call.ids["model"])
    return as_json(found)


def delete(call: Call) -> Reply:
    """Drop a fine-tuned model; the others are not yours."""
    _, found = generic.find(call)
    if not found["id"].startswith("ft:"):
        message = f"The model '{found['id']}' is not fine-tuned and cannot be deleted."
        raise ApiError(403, message, param="model")
    return generic.delete(call)
