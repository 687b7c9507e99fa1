"""A request shown instead of sent: as JSON, or as a curl command. No key appears in either."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from ..core import envelope
from ..core.credentials import REDACTED, Credentials
from ..core.request import FileValue, JsonBody, MultipartBody, Part, RawBody, Request
from ..core.wire import encode_json

if TYPE_CHECKING:
    from ..core.context import App

SECRET_WORDS = {"authorization", "key", "apikey", "token", "secret", "cookie", "password"}


def as_json(app: App, request: Request, auth: str) -> dict[str, Any]:
    """`method`, `url`, `headers` with secrets redacted, and `body` or `parts`."""
    document: dict[str, Any] = {
        "method": request.method,
        "url": envelope.url(app.settings, request),
        "headers": {
            name: redact(name, text) for name, text in _headers(app, request, auth).items()
        },
    }
    body = request.body
    if isinstance(body, JsonBody):
        document["body"] = body.value
    elif isinstance(body, RawBody):
        document["body"] = body.content.decode("utf-8", "replace")
    elif isinstance(body, MultipartBody):
        document["parts"] = [_part(part) for part in body.parts]
    return document


def redact(name: str, text: str) -> str:
    """A header's value, unless the header's name sounds like a secret."""
    words = set(name.lower().replace("_", "-").split("-"))
    if "idempotency" in words or not words & SECRET_WORDS:
        return text
    return f"Bearer {REDACTED}" if text.startswith("Bearer ") else REDACTED


def _headers(app: App, request: Request, auth: str) -> dict[str, str]:
    keys = Credentials(app.settings, app.console.env).redacted(auth)
    accept = request.headers.get("Accept", "application/json")
    return envelope.headers(app.settings, request, keys, app.version, accept)


def _part(part: Part) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": part.name}
    if isinstance(part.value, FileValue):
        shown |= {"file": part.value.source, "filename": part.value.filename}
        if part.value.length is not None:
            shown |= {"offset": part.value.offset, "length": part.value.length}
    else:
        shown["value"] = part.value
    if part.content_type:
        shown["content_type"] = part.content_type
    return shown


def curl(app: App, request: Request, auth: str) -> str:
    """A command to paste into a shell; it reads the key from the environment."""
    words = ["curl", "-sS"]
    if _streams(request):
        words.append("-N")
    body = request.body
    if request.method != ("GET" if body is None else "POST"):
        words += ["-X", request.method]
    lines = [" ".join([*words, shlex.quote(envelope.url(app.settings, request))])]
    for name, text in _headers(app, request, auth).items():
        if name not in ("User-Agent", "Accept") or name in request.headers:
            lines.append("-H " + _header(app, name, text, auth))
    lines += _data(body)
    return " \\\n  ".join(lines)


def _streams(request: Request) -> bool:
    value = request.body.value if isinstance(request.body, JsonBody) else None
    in_body = isinstance(value, dict) and value.get("stream") is True
    return in_body or ("stream", "true") in request.query


def _header(app: App, name: str, text: str, auth: str) -> str:
    if REDACTED in text:
        return f'"{name}: {text.replace(REDACTED, "$" + _variable(app, auth))}"'
    if redact(name, text) != text:
        return f'"{name}: ${name.upper().replace("-", "_")}"'
    return shlex.quote(f"{name}: {text}")


def _variable(app: App, auth: str) -> str:
    settings = app.settings
    source = settings.admin_key if auth == "admin" else settings.api_key
    if settings.azure_endpoint and settings.azure_token:
        source = settings.azure_token
    if source.how == "env":
        return str(source.value)
    return "OPENAI_ADMIN_KEY" if auth == "admin" else "OPENAI_API_KEY"


def _data(body: Any) -> list[str]:
    if isinstance(body, JsonBody):
        return ["--data-raw " + shlex.quote(encode_json(body.value).decode())]
    if isinstance(body, RawBody):
        return ["--data-binary " + shlex.quote(body.content.decode("utf-8", "replace"))]
    if isinstance(body, MultipartBody):
        return [_form(part) for part in body.parts]
    return []


def _form(part: Part) -> str:
    if isinstance(part.value, FileValue):
        source = str(part.value.source)
        return "-F " + shlex.quote(
            f'{part.name}=@"{_escape(source)}";filename="{_escape(part.value.filename)}"'
        )
    if part.content_type:
        return "-F " + shlex.quote(f'{part.name}="{_escape(part.value)}";type={part.content_type}')
    return "--form-string " + shlex.quote(f"{part.name}={part.value}")


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
