"""Keeps the order in which the SDK writes the members of its types.

`typing` keeps `Optional[Literal["a", "b"]]` for reuse, and `Literal["b", "a"]` counts as the same:
whichever is imported first decides the order of both, so that facts would depend on what happened
to be imported before. Without that cache every annotation stays as it is written.
"""

from __future__ import annotations

import typing
from typing import Any


def keep() -> None:
    """Take the cache out of `typing`; this must come before the SDK is imported."""
    for cls in list(vars(typing).values()):
        if isinstance(cls, type) and cls.__module__ == "typing":
            for name, value in list(vars(cls).items()):
                if (plain := _uncached(value)) is not None:
                    setattr(cls, name, plain)


def _uncached(value: Any) -> Any:
    if isinstance(value, classmethod):
        plain = _uncached(value.__func__)
        return None if plain is None else classmethod(plain)
    return getattr(value, "__wrapped__", None) if callable(value) else None
