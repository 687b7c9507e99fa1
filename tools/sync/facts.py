"""All facts of the installed SDK."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import openai

from . import events, helpers, sockets
from .annotations import Annotations
from .operations import Reader
from .probe import Recorder
from .resources import Resource, resources, sends
from .shapes import Shapes


@dataclass
class Facts:
    """What the SDK says: names in its order, each with its record."""

    sdk: str
    resources: list[str]
    operations: dict[str, dict[str, Any]]
    shapes: dict[str, dict[str, Any]]
    events: dict[str, Any]
    sockets: dict[str, dict[str, Any]]
    helpers: dict[str, dict[str, Any]]


def read() -> Facts:
    """Read the SDK that is installed."""
    logging.getLogger("openai").setLevel(logging.CRITICAL)
    found = resources(Recorder())
    methods = {name: (f, r) for r in found for name, f in r.methods()}
    annotations = Annotations()
    raw = {
        name: Reader(name, function, resource.instance, annotations).operation()
        for name, (function, resource) in methods.items()
        if sends(function)
    }
    heard = {
        name: events.read(function, annotations)
        for name, (function, _) in methods.items()
        if events.is_unwrap(name)
    }
    connects = {
        name: sockets.read(function, resource.instance, annotations)
        for name, (function, resource) in methods.items()
        if sockets.is_socket(function)
    }
    shapes = Shapes(annotations.objects, {**raw, **heard})
    return Facts(
        sdk=openai.__version__,
        resources=[r.name for r in found if _holds_any(r, {**raw, **connects})],
        operations={name: shapes.rename(facts) for name, facts in raw.items()},
        shapes=shapes.files(),
        events=shapes.rename({k: v for found in heard.values() for k, v in found.items()}),
        sockets=connects,
        helpers={
            name: helpers.read(name, function, methods)
            for name, (function, _) in methods.items()
            if name not in raw
        },
    )


def _holds_any(resource: Resource, methods: dict[str, Any]) -> bool:
    return any(name.startswith(f"{resource.name}.") for name in methods)
