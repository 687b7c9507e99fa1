"""One request on its way through the sandbox, read and checked, as behaviours see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..catalog.record import Record
from . import reply
from .errors import not_found
from .reply import Reply

if TYPE_CHECKING:
    from ..catalog.model import Operation
    from .blobs import Blobs
    from .multipart import Form, Upload
    from .router import Router
    from .store import Store
    from .world import World

Object = dict[str, Any]


class Call(Record):
    """The operation, its values by place, and the world to act on.

    `ask` sends the sandbox another request.
    """

    operation: Operation
    ids: dict[str, str]
    query: Object
    body: Object
    headers: Mapping[str, str]
    world: World
    router: Router
    ask: Callable[..., Reply]
    delay: float = 0.0
    form: Form | None = None
    now: int = 0

    @property
    def store(self) -> Store:
        """The objects."""
        return self.world.store

    @property
    def blobs(self) -> Blobs:
        """The contents of files."""
        return self.world.blobs

    @property
    def uploads(self) -> list[Upload]:
        """The files of the form, in its order."""
        return self.form.uploads if self.form else []

    def upload(self, name: str) -> Upload | None:
        """The file sent under that name."""
        return next((u for u in self.uploads if u.field in (name, f"{name}[]")), None)

    def find(self, collection: str, id: str, kind: str, param: str | None = None) -> Object:
        """An object that has to be there, or an error 404."""
        found = self.store.get(collection, id)
        if found is None:
            raise not_found(kind, id, param)
        return found

    def streams(self) -> bool:
        """Whether the client asked for server-sent events."""
        return self.body.get("stream") is True or self.query.get("stream") is True

    def events(self, chunks: Iterable[bytes]) -> Reply:
        """A stream in the sandbox's pace."""
        from .sse import paced

        return reply.as_events(paced(chunks, self.delay))

    def fitted(self, value: Object) -> Object:
        """A value as the operation's response, with what it requires made up where unknown."""
        from .shapes import fit

        result: Object = fit(self.operation.response.shape, value, self.now)
        return result

    def close(self) -> None:
        """Drop what the form left behind."""
        if self.form:
            self.form.discard()
