"""Which operations have behaviour of their own; all others are answered from their facts."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from .call import Call
from .reply import Reply

Behaviour = Callable[[Call], Reply]

# Operation: module and function below this package, loaded when first asked for.
BEHAVIOURS = {
    "chat.completions.create": "chat:create",
}


def behaviour(operation: str) -> Behaviour:
    """The function that answers an operation."""
    module, _, function = BEHAVIOURS.get(operation, "generic:handle").partition(":")
    found: Behaviour = getattr(import_module(f".{module}", __package__), function)
    return found
