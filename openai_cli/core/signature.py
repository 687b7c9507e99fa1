"""Signatures of webhook deliveries: Standard Webhooks 1.0, as the API signs and the SDK verifies.

What is signed is `ID.TIMESTAMP.PAYLOAD`, by HMAC-SHA256 with the endpoint's secret. A secret that
begins with `whsec_` goes on in base64; any other is taken as it stands. The header may hold several
signatures, one for each secret in force while a secret is being replaced.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping

from .errors import OutcomeError, UsageError

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = 300.0
PREFIX = "whsec_"


def headers(payload: bytes, secret: str, *, id: str, timestamp: int) -> dict[str, str]:
    """The headers that make a delivery. Raises UsageError for a secret that is none."""
    digest = base64.b64encode(_digest(payload, secret, id, str(timestamp))).decode()
    return {ID: id, TIMESTAMP: str(timestamp), SIGNATURE: f"v1,{digest}"}


def verify(
    payload: bytes,
    given: Mapping[str, str],
    secret: str,
    *,
    now: float,
    tolerance: float = TOLERANCE,
) -> str:
    """The id of a genuine delivery; the names of the headers are the same whatever their case.

    `tolerance` is how many seconds its timestamp may be off `now` (a Unix time). Raises
    OutcomeError that says what is wrong, UsageError for a secret that is none.
    """
    found = {name.lower(): text for name, text in given.items()}
    if missing := [name for name in (ID, TIMESTAMP, SIGNATURE) if not found.get(name)]:
        raise OutcomeError(f"the delivery has no header {missing[0]}")
    stamp = found[TIMESTAMP]
    _check_time(stamp, now, tolerance)
    wanted = base64.b64encode(_digest(payload, secret, found[ID], stamp))
    signatures = [part.removeprefix("v1,") for part in found[SIGNATURE].split()]
    if not any(hmac.compare_digest(wanted, text.encode()) for text in signatures):
        raise OutcomeError("the signature is not that of this payload and secret")
    return found[ID]


def _check_time(stamp: str, now: float, tolerance: float) -> None:
    if not re.fullmatch(r"[0-9]{1,15}", stamp):
        raise OutcomeError(f"the header {TIMESTAMP} is no Unix time")
    age = now - int(stamp)
    if abs(age) > tolerance:
        state = "old" if age > 0 else "far in the future"
        raise OutcomeError(
            f"the delivery is too {state}: {abs(age):.0f} s, and {tolerance:g} s are tolerated"
        )


def _digest(payload: bytes, secret: str, id: str, stamp: str) -> bytes:
    signed = f"{id}.{stamp}.".encode() + payload
    return hmac.new(key(secret), signed, hashlib.sha256).digest()


def key(secret: str) -> bytes:
    """The bytes that a secret stands for. Raises UsageError for one that is none."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    text = secret.removeprefix(PREFIX)
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found:
        raise UsageError(f"the signing secret is damaged: what follows {PREFIX} is not base64")
    return found
