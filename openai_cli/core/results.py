"""What a command returns. Commands do not print; `render` decides how a result is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..catalog.record import Record

if TYPE_CHECKING:
    from ..catalog.model import Page
    from .errors import OaiError
    from .http import Reply
    from .live import Reader
    from .pages import Chunk


class Document(Record):
    """One JSON value. `family` names how its text is found (see `core.live`), if it has any;
    `human` is a text for people that says the same; `problem` is raised once it is shown."""

    value: Any
    family: str = ""
    human: str = ""
    problem: OaiError | None = None


class Listing(Record):
    """Items that arrive page by page. `columns` are dotted fields for a table."""

    chunks: Iterator[Chunk]
    page: Page
    columns: tuple[str, ...] = ()


class Rows(Record):
    """A list made on this machine: plain records, all at hand. `shown` are the same records as a
    table shows them, where that differs; `problem` as in Document."""

    items: list[Any]
    columns: tuple[str, ...] = ()
    shown: list[Any] | None = None
    problem: OaiError | None = None


class Events(Record):
    """A stream of events; `family` as in Document, or a `reader` of its own. `markdown` says that
    its text may be laid out on a terminal."""

    events: Iterator[dict[str, Any]]
    family: str = ""
    reader: Reader | None = None
    markdown: bool = False


class Text(Record):
    """Text that is the result itself."""

    text: str


class Download(Record):
    """A binary answer, unread. `name` is what to call the file where only a folder is given."""

    reply: Reply
    name: str = ""


class Untouched(Record):
    """An answer to be passed on byte for byte (`-f raw`); `problem` as in Document."""

    reply: Reply
    problem: OaiError | None = None


class Done(Record):
    """Success without an answer; `message` is for people."""

    message: str = ""


Result = Document | Listing | Rows | Events | Text | Download | Untouched | Done
