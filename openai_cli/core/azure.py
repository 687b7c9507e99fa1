"""Azure OpenAI: where its paths differ from the API's.

Model calls go to `/openai/deployments/NAME/…`, the name being the profile's deployment or else the
request's model; every call carries `api-version`. Source: `openai.lib.azure`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from .errors import UsageError
from .settings import Settings

DEPLOYMENT_PATHS = frozenset(
    (
        "/completions",
        "/chat/completions",
        "/embeddings",
        "/audio/transcriptions",
        "/audio/translations",
        "/audio/speech",
        "/images/generations",
        "/images/edits",
    )
)

DEPLOYMENT_QUERIES = frozenset(("/realtime",))
"""Sessions whose model is named as `deployment` in the query, not as `model`."""


def address(settings: Settings, path: str, model: Any) -> tuple[str, list[tuple[str, str]]]:
    """The full URL of `path`, and the query that goes with it. Raises UsageError."""
    if not settings.azure_api_version:
        raise UsageError(
            "Azure needs an API version",
            "set OPENAI_API_VERSION, or azure_api_version in the profile",
        )
    base = settings.azure_endpoint.rstrip("/") + "/openai"
    deployment = settings.azure_deployment or model
    if path in DEPLOYMENT_PATHS and isinstance(deployment, str) and deployment:
        base += "/deployments/" + quote(deployment, safe="")
    return base + path, [("api-version", settings.azure_api_version)]


def query(settings: Settings, path: str, given: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The query of a request as Azure spells it. Raises UsageError for a session without model."""
    if path not in DEPLOYMENT_QUERIES:
        return list(given)
    model = settings.azure_deployment or dict(given).get("model", "")
    if not model:
        raise UsageError("Azure needs a deployment for this session", "name it with --model")
    return [*((name, text) for name, text in given if name != "model"), ("deployment", model)]
