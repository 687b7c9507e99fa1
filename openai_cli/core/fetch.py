"""A download that goes on where it broke, where the server can send a part (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from ..catalog.record import Record
from .errors import ApiError, NetworkError

if TYPE_CHECKING:
    from .http import Reply

Ask = Callable[[Mapping[str, str]], "Reply"]
"""Sends the request, with further headers, and gives the answer, its body unread."""

NO_SUCH_RANGE = 416
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Mark(Record):
    """What tells one content from another: a strong ETag, the time of its last change, its length
    in bytes; empty or None where the server does not say."""

    etag: str = ""
    modified: str = ""
    total: int | None = None

    def fits(self, other: Mark) -> bool:
        """Whether both may be the same content: nothing that both say differs."""
        return all(one == two for one, two in self._shared(other))

    def proves(self, other: Mark) -> bool:
        """Whether both are the same content by what both say, which is not nothing."""
        return bool(self._shared(other)) and self.fits(other)

    def _shared(self, other: Mark) -> list[tuple[object, object]]:
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return [(one, two) for one, two in pairs if one and two]

    @property
    def condition(self) -> dict[str, str]:
        """The header by which a server sends a part of this content, or else all of another."""
        validator = self.etag or self.modified
        return {"If-Range": validator} if validator else {}


def mark_of(reply: Reply) -> Mark | None:
    """The mark of an answer; None where it could not be gone on with."""
    headers = reply.headers
    if headers.get("content-encoding") or headers.get("accept-ranges") == "none":
        return None
    etag = headers.get("etag", "")
    total = _range_of(reply)[1] if reply.status == 206 else reply.length
    mark = Mark("" if etag.startswith("W/") else etag, headers.get("last-modified", ""), total)
    return mark if any(vars(mark).values()) else None


def _range_of(reply: Reply) -> tuple[int, int | None]:
    """Where a partial answer begins (-1 where it does not say), and the length of the whole."""
    found = _CONTENT_RANGE.fullmatch(reply.headers.get("content-range", ""))
    if not found:
        return -1, None
    return int(found[1]), int(found[2]) if found[2].isdigit() else None


class Fetch:
    """One download of `tries` tries at most; `pause(why, attempt, tries)` is between them.

    `at` bytes with the mark `mark` are there already. `restart` drops what is there, where that is
    possible; without it the bytes are out, and only their continuation is of use.
    """

    def __init__(
        self,
        ask: Ask,
        tries: int,
        pause: Callable[[str, int, int], None],
        *,
        restart: Callable[[], None] | None = None,
        at: int = 0,
        mark: Mark | None = None,
    ) -> None:
        self._ask = ask
        self._tries = tries
        self._pause = pause
        self._restart = restart
        self._reply: Reply | None = None
        self._skip = 0
        self._ranged = False
        self.at = at
        self.mark = mark
        self.total: int | None = None

    def open(self) -> None:
        """Ask for the content, or for the rest of it. Raises ApiError, NetworkError."""
        self._reply = None
        self._skip = 0
        self._ranged = False
        reply = self._ask_for_rest() if self.at else self._ask({})
        if reply is None:
            self.total = self.at
            return
        # A part that we did not ask for is what the user asked for by a header: all there is.
        mark = mark_of(reply) if self._ranged or reply.status != 206 else None
        if self.at and not self._ranged:
            self._from_start(reply, mark)
        self.mark = mark
        self.total = _range_of(reply)[1] if self._ranged else reply.length
        self._reply = reply

    def chunks(self) -> Iterator[bytes]:
        """The bytes that are not there yet, after `open`. A connection that drops is taken up
        again. Raises ApiError, NetworkError also when less or more came than was announced."""
        for attempt in range(1, self._tries + 1):
            try:
                if attempt > 1:
                    self.open()
                yield from self._read()
            except NetworkError as error:
                self.close()
                hopeless = self.at and not self.mark and not self._restart
                if attempt == self._tries or hopeless:
                    raise
                self._pause(error.message, attempt, self._tries)
            else:
                return

    def close(self) -> None:
        """Let the connection go."""
        if self._reply:
            self._reply.close()

    def _read(self) -> Iterator[bytes]:
        if self._reply:
            skip = self._skip
            with self._reply as reply:
                for data in reply.chunks():
                    fresh = data[skip:]
                    skip -= len(data) - len(fresh)
                    self.at += len(fresh)
                    if fresh:
                        yield fresh
        if self.total is not None and self.at != self.total:
            raise NetworkError(f"{self.at} bytes came of {self.total} that were announced")

    def _headers(self) -> dict[str, str]:
        if not self.at or not self.mark:
            return {}
        # A compressed answer would be a range of something else.
        wanted = {"Range": f"bytes={self.at}-", "Accept-Encoding": "identity"}
        return {**wanted, **self.mark.condition}

    def _ask_for_rest(self) -> Reply | None:
        """The answer to a range request; None where nothing is missing."""
        headers = self._headers()
        try:
            reply = self._ask(headers)
        except ApiError as error:
            if error.status != NO_SUCH_RANGE or not headers:
                raise
            if self.mark and self.mark.total == self.at:
                return None
            return self._ask({})
        if not headers or reply.status != 206:
            return reply
        if not self._continues(reply):
            reply.close()
            return self._ask({})
        self._ranged = True
        return reply

    def _continues(self, reply: Reply) -> bool:
        mark = mark_of(reply)
        fits = mark is None or self.mark is None or mark.fits(self.mark)
        return fits and _range_of(reply)[0] == self.at

    def _from_start(self, reply: Reply, mark: Mark | None) -> None:
        """The server sends everything again."""
        if self._restart:
            self._restart()
            self.at = 0
        elif mark and self.mark and mark.proves(self.mark):
            self._skip = self.at
        else:
            reply.close()
            raise NetworkError("the download broke, and what is there now may be another content")
