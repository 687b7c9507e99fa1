"""Profiles and their keys: which are there, where each comes from, and whether it works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...catalog.record import Record
from ...core.config import DEFAULT_PROFILE
from ...core.context import App
from ...core.credentials import Credentials
from ...core.errors import ApiError, Exit, NoKeyError, OaiError
from ...core.keys import KeySource, KeyUnreadable, masked
from ...core.settings import Settings, resolve
from . import names, shown

PATIENCE = 20.0
PERSONAL = ("base_url", "organization", "project", "header")
"""Options that are meant for the profile in use, not for every profile there is."""

AZURE_TOKEN = "azure_token"


class Verdict(Record):
    """What a look at the API said: `works` is None where nobody could tell."""

    works: bool | None = None
    problem: OaiError | None = None
    note: str = ""
    organization: str = ""


def profile_names(app: App) -> list[str]:
    """Every profile, the one in use among them."""
    used = names.in_use(app)
    there = list(app.config.profiles)
    return there if used in there else [used, *there]


def settings_of(app: App, name: str) -> Settings:
    """What is in force with a profile; options and the environment as far as they reach it."""
    if name == names.in_use(app):
        return app.settings
    options = {key: value for key, value in app.options.items() if key not in PERSONAL}
    return resolve(app.config, app.console.env, {**options, "profile": name})


def kinds(settings: Settings) -> list[str]:
    """The kinds of key a profile has; at least the one that requests would look for."""
    if settings.azure_endpoint:
        found = [AZURE_TOKEN] if settings.azure_token else []
        return found if found and not settings.api_key else ["api_key", *found]
    api = settings.api_key or not settings.admin_key
    return [*(["api_key"] if api else []), *(["admin_key"] if settings.admin_key else [])]


def check(app: App, settings: Settings, kind: str) -> Verdict:
    """Ask the API whether a key works."""
    admin = kind == "admin_key"
    operation = "admin.organization.projects.list" if admin else "models.list"
    values = {"limit": 1} if admin else {}
    api = app.api_with(settings)
    try:
        with api.open(operation, values, whole=True, within=PATIENCE) as reply:
            return Verdict(True, organization=reply.headers.get("openai-organization", ""))
    except ApiError as error:
        if only_limited(error):
            return Verdict(True, note="works, though it may not list models")
        refused = error.exit == Exit.AUTH
        return Verdict(False if refused else None, error)
    except (NoKeyError, KeyUnreadable) as error:
        return Verdict(False, error)
    except OaiError as error:
        return Verdict(None, error)
    finally:
        api.close()


def only_limited(error: ApiError) -> bool:
    """Whether the key is right, and this one thing is not allowed to it."""
    return error.status == 403 and "scope" in error.message.lower()


class Account(Record):
    """One key of one profile, as `auth status` tells of it."""

    row: dict[str, Any]
    in_use: bool
    verdict: Verdict


def accounts(app: App, *, offline: bool) -> Iterator[Account]:
    """Every key of every profile."""
    for name in profile_names(app):
        settings = settings_of(app, name)
        for kind in kinds(settings):
            yield _account(app, name, settings, kind, offline)


def _account(app: App, name: str, settings: Settings, kind: str, offline: bool) -> Account:
    source: KeySource = getattr(settings, kind)
    key, verdict = _read(app, settings, source, kind)
    unused = kind == "api_key" and bool(settings.azure_endpoint and settings.azure_token)
    if verdict.works is not False and not offline and not unused:
        verdict = check(app, settings, kind)
    in_use = name == names.in_use(app)
    row = {
        "profile": name,
        "in_use": in_use,
        "kind": kind,
        "source": source.describe(),
        "key": masked(key) if key else None,
        "works": verdict.works,
        "problem": verdict.problem.message if verdict.problem else verdict.note or None,
        "organization": settings.organization or verdict.organization or None,
        "project": settings.project or None,
        "base_url": _address(settings),
    }
    return Account(row, in_use, verdict)


def _read(app: App, settings: Settings, source: KeySource, kind: str) -> tuple[str, Verdict]:
    """The key, and what stands in its way before anybody is asked."""
    env = app.console.env
    try:
        Credentials(settings, env).headers("admin" if kind == "admin_key" else "bearer")
        return source.read(env), Verdict()
    except OaiError as error:
        return "", Verdict(False, error)


def _address(settings: Settings) -> str:
    if settings.sandbox:
        return "the sandbox"
    return shown.address(settings.azure_endpoint or settings.base_url)


def failure(found: list[Account]) -> OaiError | None:
    """What to end with: the key in use does not work, or nobody could tell."""
    for account in found:
        problem = account.verdict.problem
        if not account.in_use or problem is None:
            continue
        if account.verdict.works is None:
            return problem
        login = f"oai auth login --profile {account.row['profile']}"
        if account.row["profile"] == DEFAULT_PROFILE:
            login = "oai auth login"
        return NoKeyError(
            f"the key in use does not work: {problem.message}",
            problem.hint or f"`{login}` keeps another",
        )
    return None
