"""Follows bytes on their way out: counts them, hashes them, and stops them when nobody wants them
any more."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ...core.errors import OaiError
from ...core.outgoing import READ, open_piece
from ...core.request import FileValue

if TYPE_CHECKING:
    from ...core.parallel import Stop
    from ...render.progress import Lane


class Stopped(OaiError):
    """The sending was given up because something else ended the work."""

    def __init__(self) -> None:
        super().__init__("stopped")


def check(stops: tuple[Stop, ...]) -> None:
    """Raise Stopped when somebody asked to stop."""
    if any(stop.asked for stop in stops):
        raise Stopped


class Follower:
    """A `core.outgoing.Watch`: tells a lane of the progress, and knows the content's SHA-256."""

    def __init__(self, lane: Lane | None, stops: tuple[Stop, ...], *, hashed: bool = False) -> None:
        self._lane = lane
        self._stops = stops
        self._hashed = hashed
        self._seen = 0
        self._digest = hashlib.sha256()

    def begin(self) -> None:
        """The content goes out from its start; what went before did not arrive."""
        check(self._stops)
        if self._lane and self._seen:
            self._lane.add(-self._seen)
        self._seen = 0
        self._digest = hashlib.sha256()

    def saw(self, data: bytes) -> None:
        """These bytes go next."""
        check(self._stops)
        self._seen += len(data)
        if self._hashed:
            self._digest.update(data)
        if self._lane:
            self._lane.add(len(data))

    @property
    def sha256(self) -> str:
        """The hash of what went out in the last try."""
        return self._digest.hexdigest()


def fingerprint(part: FileValue, stops: tuple[Stop, ...] = ()) -> str:
    """The SHA-256 of a part as it stands on the disk now. Raises OaiError when the file ends
    before it does."""
    follower = Follower(None, stops, hashed=True)
    stream = open_piece(FileValue(**{**vars(part), "watch": follower}))
    try:
        stream.seek(0)
        while stream.read(READ):
            pass
    finally:
        stream.close()
    return follower.sha256
