"""An error answer becomes a typed error, with a hint that says what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .errors import ApiError, NotFoundError, PermissionError_, RateLimitError, ServerError

HINTS_BY_CODE = {
    "insufficient_quota": "add credit or raise the limit in the billing settings; waiting won't do",
    "billing_hard_limit_reached": "raise the limit in the billing settings",
    "model_not_found": "`oai models list` shows the models this key may use",
    "context_length_exceeded": "shorten the input, or pick a model with a larger context",
    "invalid_organization": "check --organization, OPENAI_ORG_ID or the profile",
    "mismatched_organization": "the key belongs to another organization: check OPENAI_ORG_ID",
    "mismatched_project": "the key belongs to another project: check OPENAI_PROJECT_ID",
}
HINTS_BY_STATUS = {
    401: "check the key: {key}",
    403: "this key may not do that: {key}",
    404: "check the id and the project the key belongs to",
    408: "the server gave up waiting; try again",
    409: "something else is changing the same object; try again",
    413: "what was sent is too large for this endpoint",
    429: "slow down, or allow more tries with --max-retries",
}
CLASSES: dict[int, type[ApiError]] = {
    401: PermissionError_,
    403: PermissionError_,
    404: NotFoundError,
    429: RateLimitError,
}


def from_answer(
    status: int, content: bytes, headers: Mapping[str, str], *, key: str = ""
) -> ApiError:
    """The error of an answer with a status of 400 or more; `key` says where the key came from."""
    text = content.decode("utf-8", "replace")
    try:
        body: Any = json.loads(text)
    except ValueError:
        body = text
    kind = CLASSES.get(status, ServerError if status >= 500 else ApiError)
    return _make(kind, body, status, headers.get("x-request-id", ""), key)


def from_event(body: Any, request_id: str = "") -> ApiError:
    """The error that came as an event inside a stream; its class follows its code."""
    inner = _inner(body)
    code = str(inner.get("code") or inner.get("type") or "")
    kind: type[ApiError] = ApiError
    if "rate_limit" in code or "quota" in code:
        kind = RateLimitError
    elif "server_error" in code:
        kind = ServerError
    return _make(kind, body, 0, request_id, "")


def _make(kind: type[ApiError], body: Any, status: int, request_id: str, key: str) -> ApiError:
    inner = _inner(body)
    code = str(inner.get("code") or "")
    hint = HINTS_BY_CODE.get(code) or HINTS_BY_STATUS.get(status, "")
    if status >= 500:
        hint = "the API failed; try again in a moment"
    return kind(
        _message(inner, body, status),
        status=status,
        code=code,
        param=str(inner.get("param") or ""),
        type_=str(inner.get("type") or ""),
        request_id=request_id,
        body=body,
        hint=hint.format(key=key or "no key was sent"),
    )


def _inner(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    if isinstance(inner, dict):
        return inner
    return {**body, "message": inner} if isinstance(inner, str) else body


def _message(inner: dict[str, Any], body: Any, status: int) -> str:
    message = inner.get("message") or inner.get("detail")
    if isinstance(message, str) and message.strip():
        return message.strip()
    if isinstance(body, str) and body.strip():
        return f"HTTP {status}: {_readable(body)}"
    return (
        f"HTTP {status}: {json.dumps(body)[:500]}" if body else f"HTTP {status}, and no more said"
    )


def _readable(text: str) -> str:
    """The words of an answer that is not JSON; of HTML its title, or its text without tags."""
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.I | re.S)
    if title:
        text = title.group(1)
    elif "<html" in text[:500].lower():
        text = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", text)
    words = " ".join(text.split())
    return words if len(words) <= 500 else words[:499] + "…"
