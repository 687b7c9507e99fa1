"""What `oai doctor` finds out about the way to the API: proxy, TLS, reach, clock, and the key."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from ...core.context import App
from ...core.errors import ApiError, NetworkError, OaiError
from ...core.keys import KeySource
from ...core.settings import Settings
from . import accounts, shown
from .finding import FAILURE, OK, WARNING, Finding

PATIENCE = 15.0
SLOW = 3.0
SKEW = 60.0
PROXIES = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")


def proxy(app: App, settings: Settings) -> Finding:
    """What stands between here and the API."""
    env = app.console.env
    if settings.proxy:
        return Finding("proxy", OK, f"{shown.address(settings.proxy)} (the profile's)")
    found = {
        name: env.get(name) or env.get(name.upper()) or ""
        for name in PROXIES
        if env.get(name) or env.get(name.upper())
    }
    told = ", ".join(f"{name}={shown.address(text)}" for name, text in found.items())
    return Finding("proxy", OK, told or "none")


def tls(app: App, settings: Settings) -> Finding:
    """Which certificates are trusted, and whether their files are there."""
    env = app.console.env
    version = ssl.OPENSSL_VERSION
    places = {"ca_bundle": settings.ca_bundle, "client_cert": settings.client_cert}
    places |= {"client_key": settings.client_key}
    places |= {name: env.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    used = {name: text for name, text in places.items() if text}
    for name, text in used.items():
        if not Path(text).expanduser().exists():
            where = f"{name} names {shown.path(text)}, which is not there"
            return Finding("tls", FAILURE, f"{version}; {where}", f"correct {name}, or remove it")
    told = [f"{name} {shown.path(text)}" for name, text in used.items()]
    return Finding("tls", OK, "; ".join([version, *(told or ["the usual certificates"])]))


def reach(app: App, settings: Settings) -> Iterator[Finding]:
    """One request with the key, or without one where there is none: reach, clock and key."""
    where = "the sandbox" if settings.sandbox else _address(settings)
    answer = _Answer(app, settings)
    if answer.status is None:
        problem = answer.problem or NetworkError("no answer")
        yield Finding("api", FAILURE, f"{where}: {_plain(problem.message)}", _hint(problem))
        return
    slow = answer.seconds > SLOW
    detail = f"{where} answered {answer.status} in {answer.seconds * 1000:.0f} ms"
    hint = "the way there is slow" if slow else ""
    yield Finding("api", WARNING if slow else OK, detail, hint)
    yield clock(answer.headers)
    if answer.with_key:
        yield _key(answer)


class _Answer:
    """What came back: status, headers and time, also of an error."""

    def __init__(self, app: App, settings: Settings) -> None:
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.seconds = 0.0
        self.problem: OaiError | None = None
        self.with_key = _has_key(app, settings)
        api = app.api_with(settings)
        try:
            self._ask(api)
        except OaiError as error:
            self.problem = error
        finally:
            api.close()

    def _ask(self, api: Any) -> None:
        from ...catalog import load
        from ...core.request import build

        operation = load.operation("models.list")
        told = api.http.hooks.received

        def received(status: int, headers: Mapping[str, str], took: float) -> None:
            self.status, self.headers, self.seconds = status, headers, took
            told(status, headers, took)

        api.http.hooks.received = received
        auth = operation.auth if self.with_key else "none"
        api.send(build(operation, {}), auth=auth, whole=True, within=PATIENCE).close()


def _has_key(app: App, settings: Settings) -> bool:
    source: KeySource = settings.azure_token or settings.api_key
    if settings.sandbox:
        return True
    try:
        return bool(source.read(app.console.env))
    except OaiError:
        return False


def _key(answer: _Answer) -> Finding:
    problem = answer.problem
    if problem is None or (isinstance(problem, ApiError) and accounts.only_limited(problem)):
        return Finding("access", OK, "the key works")
    return Finding("access", FAILURE, problem.message, problem.hint)


def clock(headers: Mapping[str, str]) -> Finding:
    """How far this machine's clock is from the server's."""
    try:
        there = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (TypeError, ValueError):
        return Finding("clock", OK, "the server tells no time")
    skew = time.time() - there
    if abs(skew) <= SKEW:
        return Finding("clock", OK, "in step with the server's")
    way = "ahead of" if skew > 0 else "behind"
    return Finding(
        "clock",
        WARNING,
        f"{abs(skew):.0f} s {way} the server's",
        "set this machine's clock; tokens and certificates depend on it",
    )


def _address(settings: Settings) -> str:
    return shown.address(settings.azure_endpoint or settings.base_url)


def _plain(text: str) -> str:
    return shown.address(text)


def _hint(problem: OaiError) -> str:
    if "certificate" in problem.message.lower():
        return "name your network's certificates: ca_bundle in the profile, or SSL_CERT_FILE"
    return problem.hint or "check the network, the proxy and the base URL"
