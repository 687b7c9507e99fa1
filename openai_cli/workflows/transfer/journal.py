"""What is known about an upload under way, on disk before and after each step.

One private file an upload, named by a hash of the file's place, the server and the account. The
first line says what is sent and how; each further line is a part that arrived, or the mark that the
parts are being joined. A line is added at a time, so that a crash leaves a torn last line at worst,
which does not count.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...catalog.record import Record
from ...core.config import place
from ...core.errors import OaiError
from ...core.save import whole_file

if TYPE_CHECKING:
    from ...core.context import App

VERSION = 1
SUFFIX = ".jsonl"
KINDS: dict[str, Any] = {"int": int, "str": str, "float": int | float, "dict[str, Any]": dict}


class Damaged(ValueError):
    """The file is there and cannot be understood."""


class Sent(NamedTuple):
    """A part that arrived: the API's id of it, and the SHA-256 of what was sent."""

    id: str
    sha256: str


class Head(Record):
    """The first line. Times are Unix times in seconds: `begun` by our clock, `lifetime` how long
    the API keeps the upload from then on."""

    version: int
    path: str
    server: str
    account: str
    size: int
    mtime_ns: int
    part_size: int
    fields: dict[str, Any]
    filename: str
    mime_type: str
    upload: str
    created_at: int
    begun: float
    lifetime: float


class Journal:
    """An upload under way. `parts` are those that arrived, by their number from 0; `joining` says
    that the API was asked to join them, so that they may be a file already."""

    def __init__(self, path: Path, head: Head) -> None:
        self.path = path
        self.head = head
        self.parts: dict[int, Sent] = {}
        self.joining = False
        self.trouble = ""
        self.torn_at = 0
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Write the first line, in place of whatever was there. What goes wrong here and later is
        kept in `trouble`: the upload can do without."""
        try:
            with whole_file(self.path, private=True) as stream:
                stream.write(_line(vars(self.head)))
        except (OaiError, OSError) as error:
            self.trouble = str(error)

    def add(self, index: int, sent: Sent) -> None:
        """Part `index` arrived."""
        with self._lock:
            self.parts[index] = sent
            self._append({"part": index, "id": sent.id, "sha256": sent.sha256})

    def join(self) -> None:
        """The API is about to be asked to join the parts."""
        self.joining = True
        self._append({"joining": True})

    def _append(self, line: dict[str, Any]) -> None:
        if self.trouble:
            return
        try:
            if self.torn_at:
                os.truncate(self.path, self.torn_at)
                self.torn_at = 0
            with self.path.open("r+b", buffering=0) as stream:
                stream.seek(0, os.SEEK_END)
                data = _line(line)
                if stream.write(data) != len(data):
                    self.trouble = "the disk is full"
                os.fsync(stream.fileno())
        except OSError as error:
            self.trouble = error.strerror or str(error)

    def drop(self) -> None:
        """The upload is over. A file that cannot be taken away is found out of date later."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


# -- finding them -----------------------------------------------------------------------------


def folder(app: App) -> Path:
    """Where the journals are."""
    return place("state", app.console.env) / "uploads"


def whose(app: App) -> tuple[str, str]:
    """The server and the account that uploads belong to now; no secret is part of either."""
    settings = app.settings
    if settings.sandbox:
        return "sandbox", ""
    account = (
        settings.profile,
        settings.organization,
        settings.project,
        settings.api_key.describe(),
    )
    return settings.azure_endpoint or settings.base_url, "|".join(account)


def path_of(app: App, file: Path) -> Path:
    """The journal of a file, whether it is there or not."""
    name = "\0".join([str(file.resolve()), *whose(app)])
    return folder(app) / (hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:32] + SUFFIX)


def load(path: Path) -> Journal | None:
    """The journal that a file holds; None where there is none. Raises Damaged."""
    try:
        content = path.read_bytes()
        *lines, torn = content.split(b"\n")
        journal = _read(path, [json.loads(line) for line in lines])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise Damaged(str(error)) from None
    if torn:
        journal.torn_at = len(content) - len(torn)
    return journal


def _read(path: Path, lines: list[dict[str, Any]]) -> Journal:
    head = Head(**lines[0])
    types = (KINDS[Head.__annotations__[name]] for name in vars(head))
    if not all(map(isinstance, vars(head).values(), types)):
        raise Damaged("the first line is none of ours")
    if head.version != VERSION or head.part_size < 1 or head.size < 0 or not head.upload:
        raise Damaged("the first line makes no sense")
    made = Journal(path, head)
    last = -(-head.size // head.part_size)
    for line in lines[1:]:
        if line.get("joining") is True:
            made.joining = True
            continue
        index, sent = line["part"], Sent(str(line["id"]), str(line["sha256"]))
        if not isinstance(index, int) or not 0 <= index < last or len(sent.sha256) != 64:
            raise Damaged("a part is none of this file's")
        made.parts[index] = sent
    return made


def unfinished(app: App) -> Iterator[Journal]:
    """The uploads of this server and account that are under way, the oldest first."""
    found = []
    for path in folder(app).glob("*" + SUFFIX):
        try:
            journal = load(path)
        except Damaged:
            continue
        if journal and (journal.head.server, journal.head.account) == whose(app):
            found.append(journal)
    return iter(sorted(found, key=lambda journal: journal.head.begun))
