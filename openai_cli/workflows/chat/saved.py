"""The record of a conversation: nothing is kept before the first answer, or ever if not wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ...core.errors import UsageError
from .apis import Usage, said
from .store_records import Entry, Session, check_name

if TYPE_CHECKING:
    from .store import Store


class Settings(Protocol):
    """What a session remembers beside its messages: API, model, system text, and the response
    that the server goes on from."""

    @property
    def api_name(self) -> str: ...

    model: str
    system: str
    state: str


class Saved:
    """Keeps a conversation in the store; with `wanted` false it keeps nothing."""

    def __init__(
        self, env: Mapping[str, str], *, wanted: bool = True, session: Session | None = None
    ) -> None:
        self._env = env
        self.wanted = wanted
        self.session = session
        self.name = ""

    def _store(self) -> Store:
        from .store import open_store

        return open_store(self._env)

    def add(
        self,
        settings: Settings,
        made: Sequence[dict[str, Any]],
        document: Any,
        usage: Usage,
    ) -> None:
        """Keep a question with its answer, all of it or nothing. Raises OaiError."""
        if not self.wanted:
            return
        response = settings.state or _id_of(document, settings.api_name)
        entries = [Entry(item, said(item)) for item in made]
        entries[-1].usage = vars(usage)
        entries[-1].response_id = response
        with self._store() as store:
            session = self.session or self._create(store, settings)
            store.extend(session, entries)
            self.session = store.update(
                session,
                model=settings.model,
                system=settings.system,
                previous_response_id=settings.state,
            )

    def _create(self, store: Store, settings: Settings) -> Session:
        fields = {
            "api": settings.api_name,
            "model": settings.model,
            "system": settings.system,
        }
        try:
            return store.create(self.name, **fields)
        except UsageError:
            # Another terminal was quicker with the name; what was said is not lost for that.
            return store.find(self.name) or store.create(**fields)

    def undo(self, settings: Settings) -> None:
        """Take the last turn out of the record."""
        if self.session is not None:
            with self._store() as store:
                store.undo(self.session)
                self.session = store.update(self.session, previous_response_id=settings.state)

    def replace(self, settings: Settings, items: Sequence[dict[str, Any]]) -> str:
        """Go on in a new session that begins with these items, under the same name; the old one
        stays as it is, and this is what it is called now."""
        if self.session is None:
            return ""
        with self._store() as store:
            old = self.session
            self.name = old.name
            if old.name:
                old = store.rename(old, _free(store, old.name))
            self.session = self._create(store, settings)
            store.extend(self.session, [Entry(item, said(item)) for item in items])
            self.session = store.need(self.session.id)
        return old.label

    def restart(self) -> None:
        """The next answer begins a new session."""
        self.session, self.name = None, ""

    def rename(self, name: str) -> None:
        """Name the session, or the one to come."""
        if self.session is None:
            self.name = self._untaken(name)
            return
        with self._store() as store:
            self.session = store.rename(self.session, name)

    def _untaken(self, name: str) -> str:
        """The name, if a session to come can have it. Raises UsageError."""
        from .store import existing_store

        with existing_store(self._env) as store:
            if store.find(check_name(name)):
                raise UsageError(f"there is a session named {name} already", "choose another name")
        return name

    def fork(self, name: str = "") -> Session | None:
        """Go on in a copy; the original stays as it is. None where nothing is kept yet."""
        if self.session is None:
            return None
        with self._store() as store:
            self.session = store.fork(self.session, name=name)
        return self.session


def _id_of(document: Any, api: str) -> str:
    """The id of an answer, for the record; one that a server could go on from is its state."""
    kept = api == "chat" and isinstance(document, dict)
    return str(document.get("id") or "") if kept else ""


def _free(store: Store, name: str) -> str:
    """A name that nobody has, for a conversation that others follow under its old one."""
    number = 1
    while store.find(f"{name}.{number}"):
        number += 1
    return f"{name}.{number}"
