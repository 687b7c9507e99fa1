"""Webhook deliveries: what changes in the store is told to the endpoints that asked for it.

The sandbox itself never opens a connection: whoever makes it may give it a `deliver`, which signs
an event with the secrets, posts it to the URL and returns the status that was answered (0 for
none), or None where it does not go there at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ..catalog import load
from .ids import fresh

if TYPE_CHECKING:
    from .store import Store

Object = dict[str, Any]
Deliver = Callable[[str, list[str], Object], int | None]

ENDPOINTS = "webhook_endpoints"
_WORKERS = 4
_KINDS = {
    "batches": "batch",
    "fine_tuning/jobs": "fine_tuning.job",
    "responses": "response",
    "videos": "video",
}
"""Collections whose members are told about, and what their events begin with."""


def head(kind: str, now: int) -> Object:
    """What every event has."""
    return {"id": fresh("evt_"), "object": "event", "created_at": now, "type": kind}


class Deliveries:
    """Tells endpoints, in threads of its own, so that no request waits for a handler."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="sandbox-webhooks")

    def send(self, endpoint: Object, event: Object) -> int | None:
        """Deliver one event now."""
        secrets = [endpoint["signing_secret"], *endpoint.get("old_secrets", ())]
        return self._deliver(endpoint["url"], secrets, event)

    def changed(self, store: Store, collection: str, before: Object | None, after: Object) -> None:
        """Tell everybody who asked, if an object has come to a state with an event of its own."""
        status = after.get("status")
        kind = f"{_kind(collection)}.{status}"
        if (before or {}).get("status") == status or kind not in _known():
            return
        event = {**head(kind, int(time.time())), "data": {"id": after["id"]}}
        for endpoint in store.items(ENDPOINTS):
            if kind in endpoint["event_types"]:
                self._pool.submit(self.send, endpoint, event)

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown(wait=True)


def _kind(collection: str) -> str:
    *above, last = collection.split("/")
    if above[:1] == ["evals"] and last == "runs":
        return "eval.run"
    return _KINDS.get(collection, "")


def _known() -> set[str]:
    parameter = load.operation("webhooks.create").parameter("event_types")
    return {*load.events(), *(parameter.enum if parameter else ())}
