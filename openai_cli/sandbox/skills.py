"""Skills and their numbered versions."""

from __future__ import annotations

from pathlib import Path

from .call import Call, Object
from .ids import fresh
from .multipart import Upload
from .places import Place, require_parents
from .reply import Reply, as_json

_COLLECTION = "skills"


def create(call: Call) -> Reply:
    """A skill with its first version."""
    id = fresh("skill_")
    skill = {**_described(call), "id": id, "object": "skill", "created_at": call.now}
    skill |= {"default_version": "1", "latest_version": "1"}
    with call.store.transaction():
        call.store.put(_COLLECTION, id, skill)
        _put_version(call, skill, "1")
    return as_json(call.fitted(skill))


def _described(call: Call) -> Object:
    """Name and description, from the head of SKILL.md if it is among the files."""
    found = {"name": "sandbox-skill", "description": "A skill of the sandbox."}
    main = next((u for u in call.uploads if u.filename.endswith("SKILL.md")), None)
    for line in main.text().splitlines() if main else ():
        key, _, value = line.partition(":")
        if key in found and value.strip():
            found[key] = value.strip()
    return found


def _put_version(call: Call, skill: Object, version: str) -> Object:
    value = {**_described(call), "id": fresh("skillver_"), "object": "skill.version"}
    value |= {"created_at": call.now, "skill_id": skill["id"], "version": version}
    place = f"{_COLLECTION}/{skill['id']}/versions"
    call.store.put(place, version, value)
    names = [Place("", place, version, "").blob, Place("", _COLLECTION, skill["id"], "").blob]
    for name in names if call.uploads else ():
        draft = call.blobs.draft()
        _zip(call.uploads, draft)
        call.blobs.keep(draft, name)
    return value


def _zip(uploads: list[Upload], target: Path) -> None:
    import zipfile

    with zipfile.ZipFile(target, "w") as archive:
        for upload in uploads:
            archive.write(upload.path, upload.filename or "file")


def add_version(call: Call) -> Reply:
    """The next version of a skill, and the default one if that is asked for."""
    skill = require_parents(call) or {}
    with call.store.transaction():
        version = str(int(skill["latest_version"]) + 1)
        value = _put_version(call, skill, version)
        changed = {**skill, "latest_version": version}
        if call.body.get("default"):
            changed["default_version"] = version
        call.store.put(_COLLECTION, skill["id"], changed)
    return as_json(call.fitted(value))
