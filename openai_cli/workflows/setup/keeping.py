"""Keeping a key and forgetting it: the secret in its place, a line about it in the profile."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ...core import config_edit, secret_store
from ...core.config_edit import GONE, Change
from ...core.context import App
from ...core.errors import OaiError, UsageError
from ...core.keys import HOW
from ...core.settings import entry
from . import shown

OWN = ("keyring", "file")


def keep(app: App, profile: str, kind: str, key: str, *, insecure: bool) -> tuple[str, list[str]]:
    """Put a key where it is kept, and say so in the profile; where that is, and what it replaces.

    Raises UsageError where there is no keyring and a file was not agreed to.
    """
    name, env = entry(profile, kind), app.console.env
    before = app.config.profiles.get(profile, {})
    replaced = [how for how in HOW if before.get(f"{kind}_{how}")]
    if not insecure and secret_store.backend() is not None:
        how, where = "keyring", "the system keyring"
        secret_store.keep(name, key)
        setting: object = True
    else:
        path = _agreed(app, secret_store.key_file(name, env), insecure)
        how, where = "file", f"{shown.path(path)}, unencrypted"
        secret_store.keep_in_file(name, key, env)
        setting = str(path)
    changes: list[Change] = [
        (("profiles", profile, f"{kind}_{other}"), GONE) for other in HOW if other != how
    ]
    changes.append((("profiles", profile, f"{kind}_{how}"), setting))
    try:
        config_edit.change(env, [*changes, *_options(app, profile)])
    except OaiError:
        if how not in replaced:
            _forget(app, profile, kind, how)
        raise
    for other in OWN:
        if other != how and other in replaced:
            with suppress(secret_store.NoKeyring):
                _forget(app, profile, kind, other)
    return where, [other for other in replaced if other != how]


def _options(app: App, profile: str) -> list[Change]:
    """The options that say whose key it is become part of the profile."""
    return [
        (("profiles", profile, name), app.option(name))
        for name in ("base_url", "organization", "project")
        if app.option(name)
    ]


def _agreed(app: App, path: Path, insecure: bool) -> Path:
    """The file, once somebody has agreed to it. Raises UsageError."""
    console = app.console
    about = f"the key is kept unencrypted in {shown.path(path)}, which only you can read"
    if insecure:
        console.note(about)
        return path
    missing = "this system has no keyring that oai could use"
    asked = console.interactive and not app.option("no_input")
    if asked:
        from ...render.ask import confirm

        console.note(missing)
        if app.option("yes") or confirm(console, f"Keep it unencrypted in {shown.path(path)}?"):
            console.note(about)
            return path
    raise UsageError(
        f"{missing}, so nothing was kept",
        "--insecure-storage keeps it in a file that only you can read; or name another source in "
        "the profile: api_key_command, api_key_env",
    )


def forget(app: App, profile: str, kinds: list[str]) -> list[str]:
    """Forget the keys that oai keeps for a profile; a sentence about each."""
    given = app.config.profile(profile)
    told, changes = [], []
    for kind in kinds:
        how = next((how for how in HOW if given.get(f"{kind}_{how}")), "")
        if not how:
            continue
        what = "admin key" if kind == "admin_key" else "API key"
        setting = given[f"{kind}_{how}"]
        if how not in OWN or (how == "file" and not _ours(app, profile, kind, setting)):
            told.append(f"the {what} is not kept by oai: it comes from {_place(how, setting)}")
            continue
        _forget(app, profile, kind, how)
        changes.append((("profiles", profile, f"{kind}_{how}"), GONE))
        told.append(f"forgot the {what} of the profile {profile}")
    if changes:
        config_edit.change(app.console.env, changes)
    return told


def _place(how: str, setting: object) -> str:
    from ...core.keys import KeySource

    return KeySource(how, setting).describe()  # type: ignore[arg-type]


def _ours(app: App, profile: str, kind: str, setting: object) -> bool:
    own = secret_store.key_file(entry(profile, kind), app.console.env)
    return Path(str(setting)).expanduser() == own


def _forget(app: App, profile: str, kind: str, how: str) -> None:
    name = entry(profile, kind)
    if how == "keyring":
        secret_store.forget(name)
    else:
        secret_store.forget_file(name, app.console.env)
