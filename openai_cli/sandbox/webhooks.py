"""Webhooks: the kinds of events, sample deliveries, and secrets that are replaced."""

from __future__ import annotations

from ..catalog import load
from . import deliveries
from .call import Call, Object
from .errors import ApiError, invalid
from .ids import fresh
from .reply import Reply, as_json
from .shapes import make, of, options, resolve

_COLLECTION = deliveries.ENDPOINTS


def _types() -> list[str]:
    parameter = load.operation("webhooks.create").parameter("event_types")
    shape = resolve(of(parameter)) if parameter else {}
    return options(shape.get("array", shape))


def event_types(call: Call) -> Reply:
    """All the types that an endpoint may subscribe to."""
    return as_json({"object": "list", "data": _types()})


def _endpoint(call: Call) -> Object:
    return call.find(_COLLECTION, call.ids["webhook_endpoint_id"], "webhook_endpoint")


def test(call: Call) -> Reply:
    """Send a sample of an event to the endpoint, and tell what it answered."""
    endpoint = _endpoint(call)
    kind = call.body["event_type"]
    if kind not in _types():
        raise invalid("event_type", f"There is no event type '{kind}'.")
    event = {**_sample(kind, call.now), **deliveries.head(kind, call.now)}
    status = call.world.deliver(endpoint, event)
    if status is not None and not 200 <= status < 300:
        said = f"answered {status}" if status else "did not answer"
        raise ApiError(400, f"The endpoint {said}.", code="webhook_delivery_failed")
    told = {"event_type": kind, "status_code": status or 200}
    told |= {"success": True, "webhook_endpoint_id": endpoint["id"]}
    return as_json(call.fitted(told))


def _sample(kind: str, now: int) -> Object:
    shape = load.events().get(kind)
    made: Object = make(shape, now=now) if shape else {}
    return made


def rotate(call: Call) -> Reply:
    """Give the endpoint a new secret; the old one may go on beside it."""
    with call.store.transaction():
        endpoint = _endpoint(call)
        kept = call.body.get("keep_old_secret_active_for_24_hours")
        old = [endpoint["signing_secret"]] if kept else []
        made = {**endpoint, "signing_secret": fresh("whsec_"), "old_secrets": old}
        call.store.put(_COLLECTION, endpoint["id"], {**made, "updated_at": call.now})
    return as_json(call.fitted(made))
