"""What a command returns. Commands do not print; `render` decides how a result is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..catalog.model import Page
    from .http import Reply
    from .pages import Chunk


@dataclass(slots=True, eq=False, repr=False)
class Document:
    """One JSON value. `family` names how its text is found (see `core.live`), if it has any;
    `human` is a text for people that says the same."""

    value: Any
    family: str = ""
    human: str = ""


@dataclass(slots=True, eq=False, repr=False)
class Listing:
    """Items that arrive page by page. `columns` are dotted fields for a table."""

    chunks: Iterator[Chunk]
    page: Page
    columns: tuple[str, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class Rows:
    """A list made on this machine: plain records, all at hand. `shown` are the same records as a
    table shows them, where that differs."""

    items: list[Any]
    columns: tuple[str, ...] = ()
    shown: list[Any] | None = None


@dataclass(slots=True, eq=False, repr=False)
class Events:
    """A stream of events; `family` as in Document."""

    events: Iterator[dict[str, Any]]
    family: str = ""


@dataclass(slots=True, eq=False, repr=False)
class Text:
    """Text that is the result itself."""

    text: str


@dataclass(slots=True, eq=False, repr=False)
class Download:
    """A binary answer, unread. `name` is what to call the file where only a folder is given."""

    reply: Reply
    name: str = ""


@dataclass(slots=True, eq=False, repr=False)
class Untouched:
    """An answer to be passed on byte for byte (`-f raw`)."""

    reply: Reply


@dataclass(slots=True, eq=False, repr=False)
class Done:
    """Success without an answer; `message` is for people."""

    message: str = ""


Result = Document | Listing | Rows | Events | Text | Download | Untouched | Done
