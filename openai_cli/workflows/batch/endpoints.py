"""The endpoints that a batch can go to, and the operations behind them."""

from __future__ import annotations

from functools import cache

from ...catalog import load
from ...catalog.model import Operation

VERSION = "/v1"
"""What the `url` of a line starts with; Azure's lines do without."""

_BATCH = "batches.create"

SHORT = {
    "responses": "responses.create",
    "chat": "chat.completions.create",
    "embeddings": "embeddings.create",
    "moderations": "moderations.create",
    "completions": "completions.create",
}
"""Short names of the ordinary ones."""

SILENT = frozenset(("embeddings.create", "moderations.create"))
"""Operations whose answers cost no output tokens."""


@cache
def known() -> tuple[str, ...]:
    """The endpoints that the Batch API is known to take, as they stand in `url`."""
    parameter = load.operation(_BATCH).parameter("endpoint")
    return parameter.enum if parameter else ()


def is_known(url: str) -> bool:
    """Whether the Batch API is known to take this `url`."""
    return url in known() or VERSION + url in known()


@cache
def operation(url: str) -> Operation | None:
    """The operation behind a `url` with `/v1` or without, or None for one the catalog lacks."""
    path = url.removeprefix(VERSION)
    for method, template, name in load.routes():
        if method == "POST" and template == path:
            return load.operation(name)
    return None


def url_of(name: str) -> str:
    """The `url` of an operation."""
    return VERSION + load.operation(name).path.partition("?")[0]


def nearest(path: str) -> str | None:
    """The `url` of the operation whose path ends an address's path (`/openai/v1/responses`,
    Azure's deployment paths), the longest that fits; None where none does."""
    found = [
        template
        for method, template, _ in load.routes()
        if method == "POST" and "{" not in template and path.endswith(template)
    ]
    return VERSION + max(found, key=len) if found else None
