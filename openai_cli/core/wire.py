"""Small facts about what goes over the wire."""

from __future__ import annotations

import json
from typing import Any

from .errors import UsageError


def encode_json(value: Any) -> bytes:
    """A value as compact JSON in UTF-8. Raises UsageError for what JSON cannot say."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")
    except ValueError as error:
        raise UsageError(f"the request cannot be written as JSON: {error}") from None


def is_web_address(text: str) -> bool:
    """Whether requests can go there: http or https, with a host, and a port that there is."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine: `localhost`, 127.0.0.0/8, `::1`."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
