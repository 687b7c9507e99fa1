"""Where `oai auth login` keeps keys: the system's keyring, or a file that only its owner can read.

The keyring's entries belong to the service `oai`; their names are those of `settings.entry`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from .config import place
from .errors import OaiError
from .save import whole_file

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "oai"


class NoKeyring(OaiError):
    """The system has no keyring, or it cannot be used now."""


def backend() -> KeyringBackend | None:
    """The system's keyring; None where there is none that protects what it holds.

    One that was chosen outright (`PYTHON_KEYRING_BACKEND`) is taken as it is, unless it can hold
    nothing at all.
    """
    import keyring
    from keyring.backends import fail, null

    found = keyring.get_keyring()
    if isinstance(found, fail.Keyring | null.Keyring):
        return None
    chosen = "PYTHON_KEYRING_BACKEND" in os.environ
    return found if chosen or found.priority >= 1 else None


def read(name: str) -> str:
    """A key; empty where the keyring has none of that name. Raises NoKeyring."""
    with _translated():
        return _keyring().get_password(SERVICE, name) or ""


def keep(name: str, key: str) -> None:
    """Put a key into the keyring. Raises NoKeyring."""
    with _translated():
        _keyring().set_password(SERVICE, name, key)


def forget(name: str) -> bool:
    """Take a key out of the keyring; whether there was one. Raises NoKeyring."""
    from keyring.errors import PasswordDeleteError

    with _translated():
        try:
            _keyring().delete_password(SERVICE, name)
        except PasswordDeleteError:
            return False
        return True


def _keyring() -> KeyringBackend:
    found = backend()
    if found is None:
        raise NoKeyring(
            "this system has no keyring that oai could use",
            "a profile can name another source: api_key_env, api_key_command or api_key_file",
        )
    return found


@contextmanager
def _translated() -> Iterator[None]:
    """The keyring's failures as ours; a backend may raise whatever its system gives it."""
    try:
        yield
    except OaiError:
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise NoKeyring(
            f"the system keyring cannot be used: {reason}", "is it locked, or its service away?"
        ) from None


# -- files ----------------------------------------------------------------------------------------


def key_file(name: str, env: Mapping[str, str]) -> Path:
    """Where a key would be kept as a file."""
    profile, _, kind = name.rpartition(":")
    return place("data", env) / "keys" / f"{quote(profile, safe='')}.{kind}"


def keep_in_file(name: str, key: str, env: Mapping[str, str]) -> Path:
    """Write a key to a file of its own; its path."""
    path = key_file(name, env)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with whole_file(path, private=True) as stream:
        stream.write(key.encode() + b"\n")
    return path


def forget_file(name: str, env: Mapping[str, str]) -> None:
    """Remove the file, if there is one."""
    with suppress(FileNotFoundError):
        key_file(name, env).unlink()
