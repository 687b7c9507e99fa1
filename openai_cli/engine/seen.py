"""Remembers the ids of what a command showed, so that a shell can offer them.

The paths say which ids belong where (`completion.ids`). Nothing here may disturb a command: what is
watched passes through unchanged, and a list that cannot be kept is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..catalog.model import Operation, Parameter
from ..completion import ids, places, seen
from ..core import results

if TYPE_CHECKING:
    from ..core.context import App
    from ..core.pages import Chunk
    from ..core.results import Result

NAMES = ("name", "filename", "title", "display_name", "email", "path", "description")
"""Fields that say what an object is called, the best first."""
STORE = "store"
"""The parameter that decides whether an answer can be asked for again."""


class Watch:
    """The ids that one command shows. `params` are its parameters, `given` their texts."""

    def __init__(
        self, app: App, operation: Operation, params: list[Any], given: Mapping[str, Any]
    ) -> None:
        self._app = app
        self._operation = operation
        self._given = {
            param.bound.name: given.get(param.name)
            for param in params
            if isinstance(param.bound, Parameter) and given.get(param.name) is not None
        }
        self._found: dict[str, list[seen.Entry]] = {}
        self._gone: dict[str, list[str]] = {}

    def over(self, result: Result) -> Result:
        """The result, watched while it is shown."""
        if self._app.option("dry_run") or self._app.option("curl"):
            return result
        if isinstance(result, results.Listing):
            return results.Listing(self._chunks(result.chunks), result.page, result.columns)
        if isinstance(result, results.Events):
            events = self._events(result.events)
            return results.Events(events, result.family, result.reader, result.markdown)
        if isinstance(result, results.Document):
            with suppress(Exception):
                self._answer(result.value)
        return result

    def keep(self) -> None:
        """Write down what was found. Never fails."""
        if not self._found and not self._gone:
            return
        with suppress(Exception):
            env, settings = self._app.console.env, self._app.settings
            if not settings.remember_ids:
                return
            account = places.SANDBOX if settings.sandbox else settings.profile or places.USUAL
            for collection in {**self._found, **self._gone}:
                entries = self._found.get(collection, [])
                seen.write(env, account, collection, entries, self._gone.get(collection, ()))

    # -- looking ------------------------------------------------------------------------------

    def _chunks(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        room = seen.MOST
        for chunk in chunks:
            with suppress(Exception):
                for item in chunk.items[:room]:
                    self._member(item)
            room -= min(room, len(chunk.items))
            yield chunk

    def _events(self, events: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The first event that shows an object is enough."""
        looking = True
        for event in events:
            if looking and isinstance(event, dict):
                inside = [one for one in event.values() if isinstance(one, dict)]
                for value in (event, *inside):
                    if looking and isinstance(value.get("id"), str):
                        looking = False
                        with suppress(Exception):
                            self._answer(value)
            yield event

    def _answer(self, value: Any) -> None:
        """An object that was made, shown, changed or deleted."""
        if not isinstance(value, dict) or not self._kept_there(value):
            return
        names = ids.placeholders(self._operation.path)
        path = self._operation.path.partition("?")[0]
        if ids.member(ids.template(path)):
            self._add(path, value)
        elif names:
            collection = ids.before(path, names[-1])
            if value.get("deleted") is True:
                gone = self._gone.setdefault(ids.template(collection), [])
                gone.append(str(self._given.get(names[-1])))
                return
            if _own_id(value, names[-1]) == self._given.get(names[-1]):
                self._add(collection, value)
        self._links(value)

    def _kept_there(self, value: dict[str, Any]) -> bool:
        """Whether the server keeps the answer, where that is a matter of choice."""
        if self._operation.parameter(STORE) is None:
            return True
        return bool(value.get(STORE, self._given.get(STORE)))

    def _member(self, item: Any) -> None:
        path = self._operation.path.partition("?")[0]
        if isinstance(item, dict):
            if ids.member(ids.template(path)):
                self._add(path, item)
            self._links(item)

    def _links(self, value: dict[str, Any]) -> None:
        """Other objects that are named in passing: `output_file_id`, or a whole `file`."""
        for key, text in value.items():
            name, id = key, text
            if isinstance(text, dict):
                name, id = f"{key}_id", text.get("id")
            if not isinstance(id, str) or not (wanted := ids.match(name)):
                continue
            called = _called(text, ()) if isinstance(text, dict) else ""
            places_of = ids.named(wanted, self._operation.path)
            if places_of and "{}" not in places_of[0]:
                self._found.setdefault(places_of[0], []).append((id, called, ""))

    def _add(self, path: str, value: dict[str, Any]) -> None:
        collection = ids.template(path)
        id = _own_id(value, ids.member(collection))
        if isinstance(id, str):
            given = {name: str(text) for name, text in self._given.items()}
            called = _called(value, self._operation.words.columns)
            entry = (id, called, ids.scope(path, given))
            self._found.setdefault(collection, []).append(entry)


def _own_id(value: dict[str, Any], name: str) -> Any:
    """What an object is named by: the field its path calls it by, else its id."""
    return value[name] if isinstance(value.get(name), str) else value.get("id")


def _called(value: dict[str, Any], columns: tuple[str, ...]) -> str:
    """What people call an object: its name, or what a table says first of it."""
    for key in (*NAMES, *columns[1:], "model", "status"):
        text = value.get(key)
        if isinstance(text, str) and text:
            return text
    return ""
