"""Any operation, answered from the catalog's facts alone: create, list, retrieve, update, delete,
settings, actions on an object, contents, and requests that leave nothing behind."""

from __future__ import annotations

from . import progress, ranges
from .call import Call, Object
from .errors import not_found
from .ids import fresh, prefix
from .paging import filters, page, span
from .places import (
    Place,
    below,
    is_parameter,
    item_place,
    kind,
    list_place,
    operations,
    require_parents,
    segments,
)
from .reply import Reply, as_bytes, as_json, as_nothing
from .seeds import ensure

_SETTINGS = "settings"


def handle(call: Call) -> Reply:
    """Find out what kind of operation it is, and do it."""
    parts = segments(call.operation.path)
    method = call.operation.method
    if is_parameter(parts[-1]):
        return {"GET": retrieve, "POST": update, "DELETE": delete}[method](call)
    siblings = operations(call, list_place(call).template)
    if call.operation.page and method == "GET":
        return listing(call)
    if call.operation.response.kind == "binary":
        return content(call)
    if method in ("GET", "DELETE") or ("GET" in siblings and not _lists(siblings["GET"])):
        return setting(call)
    if below(call, list_place(call).template) or "GET" in siblings:
        return create(call)
    if len(parts) > 1 and is_parameter(parts[-2]):
        return action(call)
    require_parents(call)
    return _send(call, {**call.body, **call.ids, "id": fresh(prefix(list_place(call).template))})


def _lists(operation: str) -> bool:
    from ..catalog import load

    return load.operation(operation).page is not None


def _send(call: Call, value: Object) -> Reply:
    if call.operation.response.kind == "empty":
        return as_nothing()
    return as_json(call.fitted(value))


def listing(call: Call) -> Reply:
    """A page of a collection."""
    from .shapes import fields

    require_parents(call)
    place = list_place(call)
    ensure(call, place.template, place.collection)
    known = fields(call.operation.response.shape)
    return as_json(page(call, place.collection, span(call, filters(call, known))))


def find(call: Call) -> tuple[Place, Object]:
    """The object at the path's last parameter."""
    require_parents(call, own=False)
    place = item_place(call)
    ensure(call, place.template, place.collection)
    found = call.store.get(place.collection, place.id or "")
    if found is None:
        raise not_found(kind(place.template.split("/")), place.id or "")
    return place, found


def retrieve(call: Call) -> Reply:
    """One object, a step further if it is work under way."""
    with call.store.transaction():
        place, found = find(call)
        if progress.advance(place.template, found, call.now):
            call.store.put(place.collection, place.id or "", found)
    return _send(call, found)


def update(call: Call) -> Reply:
    """Change the fields sent."""
    with call.store.transaction():
        place, found = find(call)
        changed = {**found, **call.body}
        if "updated_at" in found:
            changed["updated_at"] = call.now
        call.store.put(place.collection, place.id or "", changed)
    return _send(call, changed)


def delete(call: Call) -> Reply:
    """Forget an object and what lies below it."""
    with call.store.transaction():
        place, found = find(call)
        call.store.delete(place.collection, place.id or "")
    call.blobs.delete(place.blob)
    gone = {**found, **call.ids, "id": found.get("id", place.id), "deleted": True}
    if isinstance(found.get("object"), str):
        gone["object"] = f"{found['object']}.deleted"
    return _send(call, gone)


def create(call: Call) -> Reply:
    """Make an object out of the request, and remember it."""
    require_parents(call)
    place = list_place(call)
    ensure(call, place.template, place.collection)
    return _send(call, made(call, place))


def made(call: Call, place: Place, **known: object) -> Object:
    """A new object in a collection, from the request and what the response has to hold."""
    linked = _linked(call)
    member = below(call, place.template)
    chosen = call.body.get(member)
    id = str(chosen) if chosen else fresh(prefix(place.template))
    joined = call.store.anywhere(id) if chosen else None
    base = {**(joined or {}), **call.ids, **progress.start(place.template), **linked}
    value = {**base, **_named(member, joined), **call.body, **_secrets(call), "id": id, **known}
    for stamp in ("created_at", "added_at", "updated_at"):
        value[stamp] = call.now
    # What the reply makes up is kept, so that later answers say the same.
    value = {**value, **call.fitted(value), "id": id}
    call.store.put(place.collection, id, value)
    return value


def _named(member: str, joined: Object | None) -> Object:
    """`group_name` and the like, taken from the object that is being joined."""
    base = member.removesuffix("_id")
    if not joined or base == member:
        return {}
    return {f"{base}_{name}": value for name, value in joined.items() if isinstance(value, str)}


def _linked(call: Call) -> Object:
    """Fields of the reply that hold an object whose id the request names: `role` for `role_id`."""
    from .shapes import fields

    named = {**call.ids, **call.body}
    found = {}
    for name in fields(call.operation.response.shape):
        id = named.get(f"{name}_id")
        if isinstance(id, str):
            found[name] = call.store.anywhere(id) or {"id": id}
    return found


def _secrets(call: Call) -> Object:
    from .shapes import fields

    known = fields(call.operation.response.shape)
    return {"signing_secret": fresh("whsec_")} if "signing_secret" in known else {}


def setting(call: Call) -> Reply:
    """A singleton: the settings of the organization, of a project, …"""
    from .shapes import fields

    require_parents(call)
    place = list_place(call)
    if call.operation.method == "DELETE":
        call.store.delete(_SETTINGS, place.collection)
        return _send(call, {"deleted": True})
    known = call.store.get(_SETTINGS, place.collection)
    if call.operation.method == "GET":
        return _send(call, known or {})
    value = call.fitted({**(known or {}), **call.body})
    changed = {name: v for name, v in call.body.items() if name in fields(_shape(call))}
    call.store.put(_SETTINGS, place.collection, {**value, **changed})
    return _send(call, value)


def _shape(call: Call) -> object:
    return call.operation.response.shape


def action(call: Call) -> Reply:
    """Something done to an object: cancel, pause, archive, …"""
    from .shapes import fields, options

    with call.store.transaction():
        place, found = find(call)
        known = fields(call.operation.response.shape).get("status")
        statuses = options(known["type"]) if known else []
        outcome = progress.after(place.tail, statuses, call.now)
        if outcome:
            call.store.put(place.collection, place.id or "", {**found, **outcome})
    told = {**call.body, **call.ids, "success": True, "status_code": 200}
    return _send(call, {**found, **told, **outcome, **_secrets(call)})


def content(call: Call) -> Reply:
    """The bytes that belong to an object."""
    from .media import sample

    require_parents(call)
    place = item_place(call)
    if call.blobs.size(place.blob):
        return ranges.content(call, place.blob)
    return as_bytes(*sample(place.template))
