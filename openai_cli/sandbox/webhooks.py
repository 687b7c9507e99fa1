"""What webhooks can be told about."""

from __future__ import annotations

from ..catalog import load
from .call import Call
from .reply import Reply, as_json
from .shapes import of, options, resolve


def event_types(call: Call) -> Reply:
    """All the types that an endpoint may subscribe to."""
    parameter = load.operation("webhooks.create").parameter("event_types")
    shape = resolve(of(parameter)) if parameter else {}
    return as_json({"object": "list", "data": options(shape.get("array", shape))})
