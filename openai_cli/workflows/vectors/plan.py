"""What has to be done so that a vector store holds the files as they are here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from ...catalog.record import Record
from ...core.errors import OaiError
from .attributes import HASH, PATH, Attributes, without_ours
from .local import LocalFile

if TYPE_CHECKING:
    from ...core.api import Api

FILES = "vector_stores.files.list"
PAGE = 100
BAD_CONTENT = ("invalid_file", "unsupported_file")
"""Reasons of failure that lie in the content: as long as it is the same, so is the outcome."""

Action = Literal["upload", "replace", "update", "wait", "skip", "delete"]


class Member(Record):
    """A file of the store that was uploaded by us."""

    id: str
    key: str
    sha256: str
    status: str
    error: str
    code: str
    attributes: Attributes
    chunking: Any

    @property
    def hopeless(self) -> bool:
        """Whether the same content would fail again."""
        return self.status == "failed" and self.code in BAD_CONTENT


class Step(Record):
    """What is to be done about one path.

    `file` is the one here (None where only the store has it), `member` the one in the store that
    stays, `stale` those to be taken out once the file is ready. `attributes` are the file's beside
    ours; `sha256` is empty where nobody has looked yet. `problem` is why nothing can be done.
    """

    action: Action
    key: str
    reason: str
    file: LocalFile | None = None
    member: Member | None = None
    stale: list[Member] = []
    attributes: Attributes = {}
    sha256: str = ""
    problem: str = ""


class Wishes(Record):
    """What was asked for beside the files: attributes, a chunking strategy if one was named, and
    whether to take out what is not here any more."""

    attributes: Attributes = {}
    chunking: Any = None
    mirror: bool = False


def members(api: Api, store: str) -> Iterator[Member]:
    """The store's files that were uploaded by us, page by page, newest first."""
    asked = {"vector_store_id": store, "limit": PAGE, "order": "desc"}
    for chunk in api.pages(FILES, asked):
        for item in chunk.items:
            if isinstance(item, dict) and (made := member(item)):
                yield made


def member(item: Mapping[str, Any]) -> Member | None:
    """A file of the store; None for one that is not ours."""
    attributes = item.get("attributes") or {}
    key, sha256 = attributes.get(PATH), attributes.get(HASH)
    if not isinstance(key, str) or not isinstance(sha256, str):
        return None
    error = item.get("last_error") or {}
    return Member(
        id=str(item.get("id")),
        key=key,
        sha256=sha256,
        status=str(item.get("status")),
        error=str(error.get("message") or ""),
        code=str(error.get("code") or ""),
        attributes=without_ours(attributes),
        chunking=item.get("chunking_strategy"),
    )


def make(files: Mapping[str, LocalFile], there: Iterator[Member], wishes: Wishes) -> list[Step]:
    """The steps, by path; of what the store holds, only what matters for them is kept."""
    known: dict[str, list[Member]] = {}
    missing: list[Step] = []
    for found in there:
        if found.key in files:
            known.setdefault(found.key, []).append(found)
        elif wishes.mirror:
            missing.append(Step("delete", found.key, "it is not here", stale=[found]))
    steps = [_step(file, known.pop(key, []), wishes) for key, file in files.items()]
    return steps + sorted(missing, key=lambda step: step.key)


def _step(file: LocalFile, known: list[Member], wishes: Wishes) -> Step:
    step = Step("upload", file.key, "it is new", file, attributes=dict(wishes.attributes))
    if not known:
        return step
    step.attributes = {**known[0].attributes, **wishes.attributes}
    try:
        step.sha256 = digest(file)
    except OaiError as error:
        step.action, step.reason, step.problem = "skip", "it cannot be read", error.message
        return step
    kept = _kept(known, step.sha256, wishes)
    step.stale = [one for one in known if one is not kept]
    if kept is None:
        step.action, step.reason = "replace", _why(known[0], step.sha256, wishes)
    else:
        _keep(step, kept)
    return step


def _keep(step: Step, kept: Member) -> None:
    """The file is there already; perhaps not with these attributes, or not ready yet."""
    step.member = kept
    if {**kept.attributes, **step.attributes} != kept.attributes:
        step.action, step.reason = "update", "its attributes change"
    elif kept.status == "in_progress":
        step.action, step.reason = "wait", "it is still being indexed"
    elif kept.status == "failed":
        step.action, step.reason = "skip", "it failed, and is unchanged"
    else:
        step.action, step.reason = "skip", "it is unchanged"
    if step.stale:
        step.reason += ", and an older one is taken out"


def _kept(known: list[Member], sha256: str, wishes: Wishes) -> Member | None:
    """The one that holds the same content, the most advanced first."""
    same = [one for one in known if one.sha256 == sha256 and _cut_alike(one, wishes)]
    for status in ("completed", "in_progress"):
        for one in same:
            if one.status == status:
                return one
    return next((one for one in same if one.hopeless), None)


def _cut_alike(one: Member, wishes: Wishes) -> bool:
    """Whether a file is cut into chunks as asked; `auto` leaves it to the server, whatever it says
    it has made of it."""
    wanted = wishes.chunking
    if not isinstance(wanted, dict) or wanted.get("type") != "static":
        return True
    there = one.chunking.get("static") if isinstance(one.chunking, dict) else None
    static = wanted.get("static")
    if not isinstance(there, dict) or not isinstance(static, dict):
        return False
    return all(there.get(name) == value for name, value in static.items())


def _why(newest: Member, sha256: str, wishes: Wishes) -> str:
    if newest.sha256 != sha256:
        return "its content changed"
    if not _cut_alike(newest, wishes):
        return "it is to be cut otherwise"
    return f"it ended as {newest.status} before"


def digest(file: LocalFile) -> str:
    """The SHA-256 of a file's content. Raises OaiError when it cannot be read."""
    try:
        with file.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise OaiError(f"cannot read {file.path}: {error.strerror or error}") from None
