"""Where a key comes from, and reading it at the moment it is needed, never earlier."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..catalog.record import Record
from .errors import UsageError


class KeyUnreadable(UsageError):
    """The key's source is configured but gives nothing; the message never holds a key."""


HOW = ("env", "command", "file", "keyring")
"""The kinds of source; a profile that has several of them for one key uses the first."""


class KeySource(Record):
    """`how` is one of `HOW`, and empty where there is no source."""

    how: str = ""
    value: str | list[str] = ""

    def __bool__(self) -> bool:
        return bool(self.how)

    def describe(self) -> str:
        """The source in words, for status lines; never the key."""
        if not self.how:
            return "none"
        if self.how == "env":
            return f"environment variable {self.value}"
        if self.how == "keyring":
            return "the system keyring"
        return f"{self.how} {self._words()[0] if self.how == 'command' else self.value}"

    def _words(self) -> list[str]:
        if isinstance(self.value, list):
            return self.value
        import shlex

        try:
            return shlex.split(self.value)
        except ValueError as error:
            raise KeyUnreadable(f"key command {self.value!r}: {error}") from None

    def read(self, env: Mapping[str, str]) -> str:
        """The key, without surrounding white space; empty where there is no source.

        Raises KeyUnreadable when the command fails, the file cannot be read, or the keyring holds
        nothing.
        """
        if self.how == "env":
            return _clean(env.get(str(self.value), ""), f"variable {self.value}")
        if self.how == "file":
            return _clean(_read_file(str(self.value)), f"file {self.value}")
        if self.how == "command":
            words = self._words()
            return _clean(_printed(words, env), f"command {words[0]}")
        if self.how == "keyring":
            return _clean(_from_keyring(str(self.value)), "the keyring")
        return ""


class GivenKey(KeySource):
    """A key that was just typed or piped in; nothing shows it."""

    def __init__(self, key: str) -> None:
        super().__init__("given")
        self._key = _clean(key, "the input")

    def describe(self) -> str:
        """Where it came from."""
        return "what was typed"

    def read(self, env: Mapping[str, str]) -> str:
        """The key."""
        return self._key


def masked(key: str) -> str:
    """A key as it may be shown: its last four characters, if that leaves enough unsaid."""
    return f"…{key[-4:]}" if len(key) >= 12 else "…"


def _clean(text: str, source: str) -> str:
    key = text.strip()
    if any(not 32 < ord(char) < 127 for char in key):
        raise KeyUnreadable(
            f"the key from {source} holds characters that cannot be sent",
            "a key is one line of plain ASCII",
        )
    return key


def _read_file(name: str) -> str:
    try:
        return Path(name).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise KeyUnreadable(f"cannot read the key file {name}: {reason}") from None


def _from_keyring(name: str) -> str:
    from . import secret_store

    key = secret_store.read(name)
    if not key:
        profile = name.rpartition(":")[0]
        raise KeyUnreadable(
            f"the system keyring holds no key for the profile {profile}",
            f"`oai auth login --profile {profile}` puts one there",
        )
    return key


_printed_before: dict[tuple[Any, ...], str] = {}


def _printed(words: list[str], env: Mapping[str, str]) -> str:
    """What a command prints; each is run once a process (in one environment)."""
    run = (tuple(words), frozenset(env.items()))
    if run not in _printed_before:
        _printed_before[run] = _run(words, env)
    return _printed_before[run]


def _run(words: list[str], env: Mapping[str, str]) -> str:
    import subprocess

    try:
        done = subprocess.run(
            words, capture_output=True, text=True, env=dict(env), check=False, timeout=120
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or "took longer than two minutes"
        raise KeyUnreadable(f"the key command {words[0]} could not be run: {reason}") from None
    if done.returncode:
        raise KeyUnreadable(
            f"the key command {words[0]} failed with exit {done.returncode}: {done.stderr.strip()}"
        )
    if not done.stdout.strip():
        raise KeyUnreadable(f"the key command {words[0]} printed nothing")
    return done.stdout
