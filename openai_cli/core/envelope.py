"""Where a request goes and which headers it carries; shared by sending and by showing."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from . import azure
from .request import JsonBody, RawBody, Request
from .settings import Settings

SANDBOX_URL = "http://localhost/v1"


def base(settings: Settings) -> str:
    """What the addresses of all requests begin with, except on Azure."""
    return SANDBOX_URL if settings.sandbox else settings.base_url


def url(settings: Settings, request: Request) -> str:
    """The full address, query included. Raises UsageError for an incomplete Azure profile."""
    query = list(request.query)
    if settings.azure_endpoint and not settings.sandbox:
        value = request.body.value if isinstance(request.body, JsonBody) else None
        model = value.get("model") if isinstance(value, dict) else None
        address, version = azure.address(settings, request.path, model)
        query = [*azure.query(settings, request.path, query), *version]
    else:
        address = base(settings) + request.path
    return f"{address}?{urlencode(query)}" if query else address


def headers(
    settings: Settings, request: Request, keys: Mapping[str, str], version: str, accept: str
) -> dict[str, str]:
    """Every header in force; those of the operation stand above the common ones, those of the user
    above all."""
    found = {"Accept": accept, "User-Agent": f"oai/{version}"}
    if isinstance(request.body, JsonBody):
        found["Content-Type"] = "application/json"
    elif isinstance(request.body, RawBody):
        found["Content-Type"] = request.body.content_type
    if settings.organization:
        found["OpenAI-Organization"] = settings.organization
    if settings.project:
        found["OpenAI-Project"] = settings.project
    found = override(found, {**keys, **request.headers})
    return override(found, settings.headers)


def override(headers: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """`headers` with `wanted` on top; names are the same whatever their case."""
    names = {name.lower() for name in wanted}
    kept = {name: text for name, text in headers.items() if name.lower() not in names}
    return {**kept, **wanted}
