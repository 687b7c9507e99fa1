"""The ids that were seen: a small file for each account and collection, newest first.

A line is `id <tab> what it is called <tab> whose it is`. Files are bounded, private, and replaced
as a whole, so that two commands at once leave either's list, never half of one.
"""

from __future__ import annotations

import os

from .places import place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST = 200
LONGEST = 200
LONGEST_NAME = 60

Entry = tuple[str, str, str]


def folder(env: Mapping[str, str], account: str) -> str:
    """Where an account's ids are."""
    safe = "".join(c if c.isalnum() or c in "-_" else f"%{ord(c):x}" for c in account)
    return os.path.join(place("state", env), "seen", safe)


def _file(env: Mapping[str, str], account: str, collection: str) -> str:
    name = collection.strip("/").replace("{}", "_").replace("/", ".")
    return os.path.join(folder(env, account), f"{name}.tsv")


def read(env: Mapping[str, str], account: str, collection: str) -> list[Entry]:
    """What was seen of a collection, newest first."""
    try:
        with open(_file(env, account, collection), encoding="utf-8") as stream:
            lines = stream.read().split("\n")
    except (OSError, UnicodeDecodeError):
        return []
    parts = [line.split("\t") for line in lines]
    return [(one[0], one[1], one[2]) for one in parts if len(one) == 3 and one[0]]


def write(
    env: Mapping[str, str],
    account: str,
    collection: str,
    entries: Iterable[Entry],
    gone: Iterable[str] = (),
) -> None:
    """Put entries in front and take out what is gone. Raises OSError."""
    cleaned = [good for entry in entries if (good := _clean(entry))]
    once = {(id, scope): name for id, name, scope in cleaned}
    old = read(env, account, collection)
    named = {(id, scope): name for id, name, scope in old}
    new = [(id, name or named.get((id, scope), ""), scope) for (id, scope), name in once.items()]
    deleted = set(gone)
    kept = [one for one in old if (one[0], one[2]) not in once and one[0] not in deleted]
    made = [*new, *kept][:MOST]
    if made != old:
        _replace(_file(env, account, collection), "".join("\t".join(one) + "\n" for one in made))


def _clean(entry: Entry) -> Entry | None:
    """The entry as a line can hold it; None for an id that no shell should be offered."""
    id, name, scope = entry
    good = id.isprintable() and " " not in id and 0 < len(id) <= LONGEST and scope.isprintable()
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return (id, name[:LONGEST_NAME], scope) if good else None


def _replace(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    beside = f"{path}.{os.getpid()}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(beside, path)
    except OSError:
        os.unlink(beside)
        raise
