"""The signing secret: the one configured, or one of this machine's own for trying things out."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from ...core import config, save, signature
from ...core.context import App
from ...core.errors import UsageError
from ...core.lock import locked

HINT = (
    "set OPENAI_WEBHOOK_SECRET, or a profile's webhook_secret_env, webhook_secret_command or "
    "webhook_secret_file"
)


def configured(app: App) -> str:
    """The secret of the environment or the profile; empty where there is none. Raises UsageError
    for one that is damaged."""
    found = app.settings.webhook_secret.read(app.console.env)
    if found:
        signature.key(found)
    return found


def required(app: App) -> str:
    """The configured secret. Raises UsageError where there is none."""
    found = configured(app)
    if not found:
        raise UsageError("there is no signing secret to verify with", HINT)
    return found


def at_hand(app: App) -> str:
    """The configured secret, or else this machine's own, which is made when first wanted: so that
    `listen` and `trigger` understand each other without any set-up."""
    return configured(app) or _own(app)


def _own(app: App) -> str:
    path = config.place("state", app.console.env) / "webhook-secret"
    if not path.exists():
        _make(path)
    return app.inputs.text(str(path)).strip()


def _make(path: Path) -> None:
    """Make a secret, once: `listen` and `trigger` may both be started for the first time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", HINT) from None
    with locked(path):
        if path.exists():
            return
        made = signature.PREFIX + base64.b64encode(os.urandom(32)).decode()
        with save.whole_file(path, private=True) as stream:
            stream.write(made.encode() + b"\n")
