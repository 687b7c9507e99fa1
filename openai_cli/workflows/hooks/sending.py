"""Signed deliveries, sent: samples for handlers that are being written, and the sandbox's own."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from ...core import signature
from ...core.context import App
from ...core.errors import NetworkError, UsageError
from ...core.wire import encode_json, is_loopback, is_web_address

WITHIN = 10.0
"""Seconds a handler gets."""


def check_address(flag: str, url: str) -> None:
    """Raise UsageError for an address where no handler can be."""
    if not is_web_address(url):
        raise UsageError(f"{flag} wants an http:// or https:// address, not {url!r}")


def post(app: App, url: str, headers: dict[str, str], payload: bytes) -> tuple[int, str]:
    """The status and the text that a handler answered. Raises NetworkError."""
    named = {"Content-Type": "application/json", **headers}
    with app.api.http.fetch("POST", url, headers=named, content=payload, within=WITHIN) as reply:
        return reply.status, reply.read().decode("utf-8", "replace")


def deliver(app: App, url: str, secrets: list[str], event: dict[str, Any]) -> int | None:
    """Deliver an event of the sandbox: the status, 0 where nobody answered. Only handlers on this
    machine are told (None elsewhere): the sandbox is offline."""
    if not is_loopback(urlsplit(url).hostname or ""):
        return None
    payload, now = encode_json(event), int(time.time())
    made = [signature.headers(payload, key, id=event["id"], timestamp=now) for key in secrets]
    signatures = " ".join(headers[signature.SIGNATURE] for headers in made)
    try:
        return post(app, url, {**made[0], signature.SIGNATURE: signatures}, payload)[0]
    except NetworkError:
        return 0
