"""Waiting until the store has read its new files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...catalog import load
from ...core import pages
from ...core.api import decode
from ...core.errors import NotFoundError, OaiError
from ...core.patience import Patience, poll_hint
from .plan import FILES, PAGE

if TYPE_CHECKING:
    from ...core.context import App
    from ...render.waiting import StatusLine

FILE = "vector_stores.files.retrieve"
FEW = 4
"""Up to this many files are asked for one by one, more are looked up in the store's list."""
GONE = {"status": "failed", "last_error": {"message": "it is not in the store any more"}}

Object = dict[str, Any]
Settle = Callable[[str, Object], None]
"""Told of each file that is no longer being worked on: its id, and what the store says of it."""


class Index:
    """The files of a store that are still being worked on; `going` are their ids."""

    def __init__(self, app: App, store: str, going: set[str], line: StatusLine) -> None:
        self.going = going
        self._app = app
        self._store = store
        self._line = line
        self._total = len(going)
        self._headers: Mapping[str, str] = {}
        self._patience = Patience(
            every=app.option("poll_interval"),
            timeout=app.option("wait_timeout"),
            clock=app.console.clock,
            sleep=line.sleep,
            trouble=lambda error: line.say(f"{error.message}; looking again"),
        )

    def wait(self, settle: Settle) -> None:
        """Look until nothing is going on. Raises WaitTimeout, and what ends looking."""
        while self.going:
            self._headers = {}
            try:
                self._look(settle)
            except OaiError as error:
                self._patience.bear(error)
            else:
                self._patience.failing = False
                self._line.say(f"{self._total - len(self.going)} of {self._total} indexed")
            if self.going:
                self._patience.pause(self._headers, self._still)

    def _still(self) -> str:
        return f"{len(self.going)} of {self._total} files are still being indexed"

    def _look(self, settle: Settle) -> None:
        unseen = set(self.going)
        if len(unseen) > FEW:
            self._look_through(unseen, settle)
        for id in sorted(unseen):
            self._judge(id, self._one(id), settle)

    def _look_through(self, unseen: set[str], settle: Settle) -> None:
        """Page by page, newest first, as far as there are files to be found."""
        operation = load.operation(FILES)
        assert operation.page is not None
        asked = {"vector_store_id": self._store, "limit": PAGE, "order": "desc"}
        for chunk in pages.walk(lambda at: self._ask(FILES, {**asked, **at}), operation.page):
            for item in chunk.items:
                if item.get("id") in unseen:
                    unseen.discard(item["id"])
                    self._judge(item["id"], item, settle)
            if not unseen:
                return

    def _one(self, id: str) -> Object:
        try:
            found: Object = self._ask(FILE, {"vector_store_id": self._store, "file_id": id})
        except NotFoundError:
            return GONE
        return found

    def _judge(self, id: str, found: Object, settle: Settle) -> None:
        if found.get("status") in ("completed", "failed", "cancelled"):
            self.going.discard(id)
            self._line.clear()
            settle(id, found)

    def _ask(self, name: str, values: Object) -> Any:
        operation = load.operation(name)
        within = self._patience.within
        with self._app.api.open(operation, values, whole=True, within=within) as reply:
            if not self._headers or poll_hint(reply.headers) is not None:
                self._headers = reply.headers
            return decode(operation, reply)
