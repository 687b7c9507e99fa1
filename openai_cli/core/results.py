"""What a command returns. Commands do not print; `render` decides how a result is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..catalog.record import Record

if TYPE_CHECKING:
    from ..catalog.model import Page
    from .errors import OaiError
    from .fetch import Ask
    from .http import Reply
    from .live import Reader
    from .pages import Chunk


class Document(Record):
    """One JSON value. `family` names how its text is found (see `core.live`), if it has any;
    `human` is a text for people that says the same; `problem` is raised once it is shown."""

    value: Any
    family: str = ""
    human: str = ""
    problem: OaiError | KeyboardInterrupt | None = None


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
    its text may be laid out on a terminal, `endless` that a filter sees event by event because
    there is no whole to wait for."""

    events: Iterator[dict[str, Any]]
    family: str = ""
    reader: Reader | None = None
    markdown: bool = False
    endless: bool = False


class Text(Record):
    """Text that is the result itself."""

    text: str


class Download(Record):
    """A binary answer, unread: at hand (`reply`), or still to be asked for (`again`). `name` is
    what to call the file where only a folder is given. `source` says what is downloaded, where
    asking for it several times, and for parts of it, does no harm."""

    reply: Reply | None = None
    name: str = ""
    again: Ask | None = None
    source: str = ""


class Untouched(Record):
    """An answer to be passed on byte for byte (`-f raw`); `problem` as in Document."""

    reply: Reply
    problem: OaiError | None = None


class Shown(Record):
    """Success, and the command has put its result where it belongs: a loudspeaker, a file, a pipe
    of sound. Nothing is left to print."""


class Done(Record):
    """Success without an answer; `message` is for people."""

    message: str = ""


Result = Document | Listing | Rows | Events | Text | Download | Untouched | Done | Shown
