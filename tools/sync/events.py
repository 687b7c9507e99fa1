"""Events that the API sends to webhooks: their types, and the shape of what each says."""

from __future__ import annotations

import typing
from typing import Any

from .annotations import Annotations
from .resources import Function


def is_unwrap(name: str) -> bool:
    """Whether a helper turns a delivery into its event."""
    return name.endswith("webhooks.unwrap")


def read(function: Function, annotations: Annotations) -> dict[str, Any]:
    """The shape of every event by its type, as the helper that unwraps deliveries returns them."""
    shape = annotations.convert(typing.get_type_hints(function)["return"])
    found: dict[str, Any] = {}
    for member in shape.get("union", [shape]):
        kind = annotations.objects[member["ref"]]["object"]["type"]["type"]
        found |= dict.fromkeys(kind["enum"], member)
    return dict(sorted(found.items()))
