"""The values a place can take: known ones, files, names of profiles and so on, ids seen before."""

from __future__ import annotations

import os

from . import facts, ids, places, seen, tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .slots import Slot
    from .walk import Walk

Pairs = list[tuple[str, str]]
MOST_SESSIONS = 200


class Answer:
    """What a shell is told. `candidates` are whole words with a description; `files` asks the
    shell to complete a path (`file`, `dir`) behind `prefix`; `open_ended`: no space afterwards."""

    __slots__ = ("candidates", "files", "open_ended", "prefix")

    def __init__(self, candidates: Pairs | None = None, files: str = "", prefix: str = "") -> None:
        self.candidates = candidates or []
        self.files = files
        self.prefix = prefix
        self.open_ended = False


def values(walk: Walk, slot: Slot, env: Mapping[str, str], text: str, prefix: str = "") -> Answer:
    """The values of a slot. `text` is what there is of the value, `prefix` what stands before."""
    if answer := _files(slot.kind, text, prefix):
        return answer
    find = KINDS.get(slot.kind)
    pairs = find(walk, slot, env) if find else []
    known = {value for value, _ in pairs}
    pairs += [(str(value), "") for value in slot.enum if str(value) not in known]
    return Answer([(prefix + value, note) for value, note in pairs])


def _files(kind: str, text: str, prefix: str) -> Answer | None:
    """A path, where one is meant: everywhere, behind an `@`, or behind an equals sign."""
    if kind in ("file", "dir"):
        return Answer(files=kind, prefix=prefix + ("@" if text.startswith("@") else ""))
    if kind in ("upload", "json") and text.startswith("@"):
        return Answer(files="file", prefix=prefix + "@")
    mark = {"pair": "=", "set": "=@"}.get(kind, "")
    if mark and mark in text:
        return Answer(files="file", prefix=prefix + text[: text.index(mark) + len(mark)])
    return None


# -- names ------------------------------------------------------------------------------------


def _profiles(walk: Walk, slot: Slot, env: Mapping[str, str]) -> Pairs:
    found = places.table(places.config(env, "profiles"), "profiles")
    tables = {name: places.table(found, name) for name in found}
    return [(name, str(one.get("base_url", ""))) for name, one in tables.items()]


def _templates(walk: Walk, slot: Slot, env: Mapping[str, str]) -> Pairs:
    try:
        names = os.listdir(os.path.join(places.place("config", env), "templates"))
    except OSError:
        return []
    return [(name[:-5], "") for name in sorted(names) if name.endswith(".toml")]


def _sessions(walk: Walk, slot: Slot, env: Mapping[str, str]) -> Pairs:
    path = os.path.join(places.place("data", env), "sessions.db")
    if not os.path.exists(path):
        return []
    import sqlite3
    from urllib.parse import quote

    try:
        database = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=0.1)
        try:
            rows = database.execute(
                "SELECT COALESCE(name, id), title FROM sessions ORDER BY used DESC LIMIT ?",
                (MOST_SESSIONS,),
            )
            return [(str(name), str(title)) for name, title in rows]
        finally:
            database.close()
    except sqlite3.Error:
        return []


def _aliases(walk: Walk, slot: Slot, env: Mapping[str, str]) -> Pairs:
    return list(places.aliases(env).items())


def _operations(walk: Walk, slot: Slot, env: Mapping[str, str]) -> Pairs:
    return [] if walk.values else _every(facts.index())


def _every(node: dict[str, Any]) -> Pairs:
    found = [(entry[0], entry[1]) for entry in node["commands"].values()]
    for child in node["groups"].values():
        found += _every(child)
    return found


def _commands(walk: Walk, slot: Slot, env: Mapping[str, str]) -> Pairs:
    """The words of a command, and the topics of `oai help` beside the first."""
    level = tree.root()
    for word in walk.values:
        below = level.enter(word)
        if not isinstance(below, tree.Level):
            return []
        level = below
    topics: dict[str, str] = {} if walk.values else facts.declared()["topics"]
    return list((level.names() | topics).items())


# -- ids --------------------------------------------------------------------------------------


def _ids(walk: Walk, slot: Slot, env: Mapping[str, str]) -> Pairs:
    """Ids seen of the collection that is meant, else of the nearest with members of that name."""
    account = places.account(env, walk.said.get("profile", ""), "sandbox" in walk.said)
    path = walk.command.path if walk.command else ""
    if slot.name in ids.placeholders(path) and not slot.flags:
        collection = ids.before(path, slot.name)
        scope = ids.scope(collection, walk.paths())
        entries = seen.read(env, account, ids.template(collection))
        if found := _fresh(walk, [one for one in entries if one[2] in ("", scope)]):
            return found
    for collection in ids.named(slot.name, path):
        if found := _fresh(walk, seen.read(env, account, collection)):
            return found
    return []


def _fresh(walk: Walk, entries: list[seen.Entry]) -> Pairs:
    """Every id once, without those that stand on the command line already."""
    found = {id: name for id, name, _ in reversed(entries)}
    return [(id, found[id]) for id in reversed(found) if id not in walk.values]


def _uploads(walk: Walk, slot: Slot, env: Mapping[str, str]) -> Pairs:
    from .slots import Slot

    return _ids(walk, Slot(ids.UPLOADED, slot.flags), env)


KINDS: dict[str, Callable[[Walk, Slot, Mapping[str, str]], Pairs]] = {
    "profile": _profiles,
    "template": _templates,
    "session": _sessions,
    "alias": _aliases,
    "operation": _operations,
    "command": _commands,
    "id": _ids,
    "upload": _uploads,
}
