"""A part of a collection in the envelope of the operation's page style."""

from __future__ import annotations

from typing import Any

from .call import Call, Object
from .errors import invalid
from .store import Span

_DEFAULT = 20
_DEFAULTS = {"files.list": 10_000}
# Lists that the API gives in the order things happened unless asked otherwise.
_OLDEST_FIRST = {"chat.completions.list", "chat.completions.messages.list"}
# Query parameters that select by a field of the same name.
_FILTERS = ("purpose", "status", "role", "run_id", "model", "user")
Where = tuple[tuple[tuple[str, ...], str], ...]


def span(call: Call, where: Where = ()) -> Span:
    """The part asked for by `limit`, `order`, `after` (or `page`) and `before`."""
    query = call.query
    limit = query.get("limit")
    if limit is not None and limit < 1:
        raise invalid("limit", "'limit' has to be at least 1.", "integer_below_min_value")
    ordered = call.operation.parameter("order") is not None
    newest = ordered and call.operation.name not in _OLDEST_FIRST
    return Span(
        limit=_DEFAULTS.get(call.operation.name, _DEFAULT) if limit is None else limit,
        descending=query.get("order", "desc" if newest else "asc") == "desc",
        after=query.get("after") or query.get("page") or None,
        before=query.get("before") or None,
        where=where,
    )


def filters(call: Call, known: Object) -> Where:
    """The query parameters that compare with a field of the items, or with their metadata."""
    found: list[tuple[tuple[str, ...], str]] = [
        ((name,), value)
        for name, value in call.query.items()
        if name in _FILTERS and isinstance(value, str) and name in known
    ]
    wanted = call.query.get("metadata")
    if isinstance(wanted, dict):
        found += [(("metadata", str(name)), str(value)) for name, value in wanted.items()]
    return tuple(found)


def page(call: Call, collection: str, part: Span) -> Object:
    """The envelope around a part of a collection."""
    from .shapes import fit

    try:
        rows, more = call.store.page(collection, part)
    except KeyError as error:
        cursor = error.args[0]
        raise invalid("after", f"There is no item '{cursor}' to go on from.") from None
    shape = call.operation.response.shape
    data = [fit(shape, body, body.get("created_at", call.now)) for _, body in rows]
    return envelope(call, data, [id for id, _ in rows], more)


def envelope(call: Call, data: list[Any], ids: list[str], more: bool) -> Object:
    """Items in the form that the operation's page style has."""
    style = call.operation.page.style if call.operation.page else "last_id"
    result: Object = {"object": "list", "data": data}
    if style == "single":
        return result
    result["has_more"] = more
    if style in ("next", "token"):
        return {**result, "next": ids[-1] if more else None}
    if style == "next_page":
        return {**result, "object": "page", "next_page": ids[-1] if more else None}
    return {**result, "first_id": ids[0] if ids else None, "last_id": ids[-1] if ids else None}
