"""Where requests go and what they say, from a template or from options for the ordinary cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...catalog import load
from ...catalog.record import Record
from ...core import assign
from ...core.errors import UsageError
from . import endpoints
from .prepare_rows import LINE

if TYPE_CHECKING:
    from ...core.context import App

STREAMING = ("stream", "stream_options")


class Asked(Record):
    """What the command line says about the requests."""

    template: str = ""
    endpoint: str = ""
    prompt: str | None = None
    system: str | None = None
    model: str = ""
    assignments: tuple[str, ...] = ()


class Target(Record):
    """The `url` of every request, and their body, its texts still with places. `dropped` are the
    fields that were taken out because a batch has no use for them."""

    url: str
    body: dict[str, Any]
    dropped: tuple[str, ...] = ()


def target(app: App, asked: Asked, format: str) -> Target:
    """The requests that were asked for. Raises UsageError."""
    if asked.template:
        url, body = _from_template(app, asked)
    else:
        url, body = _from_options(app, asked, format)
    for text in asked.assignments:
        steps, value = assign.parse(
            text, app.inputs.text, lambda given: app.inputs.document(given, what="--set")
        )
        assign.assign(body, steps, value)
    dropped = tuple(name for name in STREAMING if name in body)
    kept = {name: value for name, value in body.items() if name not in STREAMING}
    return Target(url, kept, dropped)


def url_of(endpoint: str) -> str:
    """The `url` of `--endpoint`: a short name or a path. Raises UsageError."""
    if endpoint in endpoints.SHORT:
        return endpoints.url_of(endpoints.SHORT[endpoint])
    if not endpoint.startswith("/"):
        names = ", ".join(endpoints.SHORT)
        raise UsageError(f"--endpoint wants {names} or a path, not {endpoint!r}")
    return endpoint


# -- from a template ------------------------------------------------------------------------------


def _from_template(app: App, asked: Asked) -> tuple[str, dict[str, Any]]:
    if asked.prompt is not None or asked.system is not None:
        raise UsageError("--template has the whole body: --prompt and --system stand beside none")
    try:
        document = app.inputs.document(asked.template, what="--template")
    except ValueError as error:
        hint = "the body as JSON, or a file that holds it: @body.json, @body.yaml"
        raise UsageError(f"--template {error}", hint) from None
    if not isinstance(document, dict):
        raise UsageError("--template wants a JSON object")
    saved = "url" in document and "method" in document
    url, body = _from_request(document) if saved else ("", document)
    if asked.endpoint:
        url = url_of(asked.endpoint)
    if not url:
        raise UsageError(
            "where do these requests go?",
            "--endpoint chat (or responses, embeddings …) says it; so does a template saved from "
            "--dry-run",
        )
    if asked.model:
        body = {**body, "model": asked.model}
    return url, dict(body)


def _from_request(saved: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The endpoint and body of a request that `--dry-run` has shown, or of a batch's line."""
    method, url, body = saved["method"], saved["url"], saved.get("body")
    if "parts" in saved:
        raise UsageError("--template sends a form, and a batch takes JSON only")
    if method != "POST" or not isinstance(url, str) or not isinstance(body, dict):
        raise UsageError("--template is a request, but none with POST, a url and a JSON body")
    path = urlsplit(url).path
    return endpoints.nearest(path) or path, body


# -- from options ---------------------------------------------------------------------------------


def _from_options(app: App, asked: Asked, format: str) -> tuple[str, dict[str, Any]]:
    prompt = asked.prompt
    if prompt is None and format == "lines":
        prompt = "{" + LINE + "}"
    if prompt is None:
        raise UsageError(
            "what shall each request say?",
            "--prompt 'Summarize {column}' says it, or --template with a whole body",
        )
    url = url_of(asked.endpoint or "responses")
    operation = endpoints.operation(url)
    name = operation.name if operation else ""
    if name not in _BODIES:
        raise UsageError(f"--prompt has no place in requests to {url}", "use --template")
    body: dict[str, Any] = {}
    if model := asked.model or _usual_model(app, name):
        body["model"] = model
    elif name != endpoints.SHORT["moderations"] and not _sets(asked, "model"):
        raise UsageError("missing option: --model")
    body.update(_BODIES[name](prompt, asked.system))
    return url, body


def _usual_model(app: App, name: str) -> str:
    """The model that the operation's own command takes where none is named."""
    usual = load.operation(name).words.defaults.get("model", "")
    return app.settings.model if usual == "@model" else str(usual)


def _sets(asked: Asked, name: str) -> bool:
    return any(text.startswith((f"{name}=", f"{name}:=")) for text in asked.assignments)


def _messages(prompt: str, system: str | None) -> dict[str, Any]:
    messages = [] if system is None else [{"role": "system", "content": system}]
    return {"messages": [*messages, {"role": "user", "content": prompt}]}


def _input(prompt: str, system: str | None) -> dict[str, Any]:
    return {"input": prompt} if system is None else {"instructions": system, "input": prompt}


def _bare(field: str) -> Any:
    def make(prompt: str, system: str | None) -> dict[str, Any]:
        if system is not None:
            raise UsageError("--system goes to a model that answers, and this endpoint has none")
        return {field: prompt}

    return make


_BODIES = {
    endpoints.SHORT["chat"]: _messages,
    endpoints.SHORT["responses"]: _input,
    endpoints.SHORT["embeddings"]: _bare("input"),
    endpoints.SHORT["moderations"]: _bare("input"),
    endpoints.SHORT["completions"]: _bare("prompt"),
}
"""How a prompt becomes the body of an operation."""
