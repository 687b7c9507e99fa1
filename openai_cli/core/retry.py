"""When a failed try is worth another, and how long to wait: the rules of the official SDK.

Source: `openai._base_client` (`_should_retry`, `_calculate_retry_timeout`). One rule is added: a
429 that says the quota is used up is final, whatever its headers say of retrying.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Mapping

FIRST_DELAY = 0.5
LONGEST_DELAY = 8.0
LONGEST_SERVER_DELAY = 120.0
FINAL_CODES = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")


def worth_retrying(status: int, headers: Mapping[str, str], code: str = "") -> bool:
    """Whether an answer with this status should be asked for again."""
    if code in FINAL_CODES:
        return False
    wanted = server_delay(headers)
    if wanted is not None and math.isfinite(wanted) and wanted > LONGEST_SERVER_DELAY:
        return False
    said = headers.get("x-should-retry")
    if said in ("true", "false"):
        return said == "true"
    return status in (408, 409, 429) or status >= 500


def delay(tries: int, headers: Mapping[str, str] | None = None) -> float:
    """Seconds to wait before the next try; `tries` are those that failed, the first being 1."""
    wanted = server_delay(headers or {})
    if wanted is not None and math.isfinite(wanted) and 0 < wanted <= LONGEST_SERVER_DELAY:
        return wanted
    backoff = min(FIRST_DELAY * 2.0 ** min(tries - 1, 1000), LONGEST_DELAY)
    return float(backoff * (1 - 0.25 * random.random()))


def server_delay(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks to wait: `retry-after-ms`, or `Retry-After` (RFC 9110, 10.2.3)."""
    for name, divisor in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return float(headers[name]) / divisor
        except (KeyError, ValueError):
            continue
    return _until(headers.get("retry-after", ""))


def _until(date: str) -> float | None:
    if not date:
        return None
    from email.utils import mktime_tz, parsedate_tz

    parsed = parsedate_tz(date)
    return mktime_tz(parsed) - time.time() if parsed else None
