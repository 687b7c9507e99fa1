"""The configuration as it may be shown: headers and addresses that hold secrets redacted."""

from __future__ import annotations

import os
import re
from typing import Any

from ...core.credentials import REDACTED
from ...render.preview import redact

USERINFO = re.compile(r"(?<=://)[^/@\s]+@")


def value(name: str, given: Any) -> Any:
    """A value of a profile; None for an empty one."""
    if name == "headers":
        return {key: redact(key, text) for key, text in given.items()} or None
    if isinstance(given, str):
        return address(given) or None
    return given


def profile(given: dict[str, Any]) -> dict[str, Any]:
    """A whole profile."""
    return {key: value(key, setting) for key, setting in given.items()}


def address(text: str) -> str:
    """An address without the name and password that may stand in it."""
    return USERINFO.sub(f"{REDACTED}@", text)


def path(text: object) -> str:
    """A path with `~` for the home folder, so that a report does not tell who wrote it."""
    home = os.path.expanduser("~")  # noqa: PTH111
    shown = str(text)
    inside = home not in ("", "/", "~") and (shown == home or shown.startswith(home + os.sep))
    return "~" + shown[len(home) :] if inside else shown
