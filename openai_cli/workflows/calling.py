"""`oai api call`: a request made by hand; what the catalog knows of its endpoint is used."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from ..catalog import load
from ..catalog.model import Operation
from ..core import api as core_api
from ..core import assign, results
from ..core.context import App
from ..core.errors import UsageError
from ..core.request import FileValue, JsonBody, MultipartBody, Part, Request, pairs, primitive
from ..engine import run as engine_run
from ..engine.reading import Reading, local_file
from ..render import preview


def call(
    app: App, method: str, path: str, body: str, assignments: list[str], files: list[str]
) -> results.Result:
    """Send the request (or show it) and return what came, by its media type."""
    request = _request(app, method.upper(), path, body, assignments, files)
    known = _known(request)
    if known:
        request.headers.update(known.headers)
    auth = known.auth if known else "bearer"
    if app.option("dry_run") or app.option("curl"):
        return engine_run.show_request(app, request, auth, preview)
    engine_run.check_output(app)
    reply = app.api.send(request, auth=auth)
    if app.settings.format == "raw":
        return results.Untouched(reply)
    kind = reply.content_type
    if kind == "text/event-stream":
        return results.Events(core_api.events(reply), known.words.live if known else "")
    if "json" not in kind and not kind.startswith("text/"):
        return results.Download(reply) if reply.length != 0 else results.Done()
    content = reply.read()
    if "json" in kind:
        return results.Document(core_api.parse_json(content, reply)) if content else results.Done()
    return results.Text(content.decode("utf-8", "replace"))


def _request(
    app: App, method: str, path: str, body: str, assignments: list[str], files: list[str]
) -> Request:
    if not re.fullmatch(r"[A-Z]+", method):
        raise UsageError(f"{method!r} is no HTTP method", "write GET, POST, PUT, PATCH or DELETE")
    address, query = _split(path)
    fields: dict[str, Any] = Reading(app.inputs).body(body) if body else {}
    for text in assignments:
        steps, value = assign.parse(
            text, app.inputs.text, lambda given: app.inputs.document(given, what="--set")
        )
        assign.assign(fields, steps, value)
    if method == "GET":
        query += [pair for name, value in fields.items() for pair in pairs(name, value)]
        return Request(method, address, query)
    if files:
        return Request(method, address, query, body=_form(fields, files))
    wants_body = bool(fields or body) or method in ("POST", "PUT", "PATCH")
    return Request(method, address, query, body=JsonBody(fields) if wants_body else None)


def _split(path: str) -> tuple[str, list[tuple[str, str]]]:
    """A path as typed: with or without a leading slash or `/v1`, and with its query."""
    parts = urlsplit(path)
    if parts.scheme or parts.netloc:
        raise UsageError(
            f"{path} is an address; a path is wanted", "--base-url sets where requests go"
        )
    address = "/" + parts.path.lstrip("/")
    if address.startswith("/v1/"):
        address = address[3:]
    if any(segment in (".", "..") for segment in address.split("/")):
        raise UsageError(f"{path!r} is no path of the API")
    return quote(address, safe="/!$&'()*+,;=:@%"), parse_qsl(parts.query, keep_blank_values=True)


def _form(fields: dict[str, Any], files: list[str]) -> MultipartBody:
    parts = [
        Part(key, primitive(item))
        for name, value in fields.items()
        for key, item in pairs(name, value)
    ]
    for text in files:
        name, equals, path = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--file wants FIELD=PATH, not {text!r}")
        value = FileValue("-", "stdin") if path == "-" else local_file(path.removeprefix("@"))
        parts.append(Part(name, value))
    return MultipartBody(tuple(parts))


def _known(request: Request) -> Operation | None:
    """The operation that this request means, if the catalog has one."""
    for method, path, name in load.routes():
        template = path.partition("?")[0]
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if method == request.method and re.fullmatch(pattern, request.path):
            return load.operation(name)
    return None
