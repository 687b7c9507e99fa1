"""What the catalog knows: the facts and words of one operation, as plain records.

The records mirror the files that `tools/sync` writes below `catalog/data/`:

* `index.json`: the command tree, small enough to be read at every start (see `load.Index`);
* `operations/<resource>.json`: the operations of one resource (`vector_stores.files`);
* `shapes/<name>.json`: nested types, each stored once, read only when something asks;
* `sockets.json`, `helpers.json`: WebSocket connects, and SDK methods without an endpoint;
* `events.json`: the types of webhook events, and the shape of each.

**Display types** (`Parameter.type`) are strings: `string` (enums too), `integer`, `number`,
`boolean`, `file`, `object`, `map`, `any`, `array<T>`, unions joined by `|` without repeats.
`null` never appears in them: it is the flag `nullable`.

**Structured types** (`Parameter.shape`, the values in `shapes/`) are JSON:
`"string" | "integer" | "number" | "boolean" | "file" | "any" | "null"`;
`{"enum": ["a", "b"]}` (a constant is an enum of one; values may also be numbers or booleans);
`{"enum": [...], "open": true}` where any other string is welcome too;
`{"array": T}`, `{"map": T}`, `{"union": [T, ...]}`, with `"tag": "type"` when one field tells the
members apart; `{"ref": "file:Name"}`, an object stored in `shapes/<file>.json` under `Name` as
`{"object": {field: {"type": T, "required": bool, "nullable": bool}}}`, fields in the SDK's order,
`required` and `nullable` left out when false, and `"extra": T` where further keys are welcome.
"""

from __future__ import annotations

from typing import Any, Literal

from .record import Record

Place = Literal["path", "query", "header", "body"]


class Field(Record):
    """A scalar (or an array of scalars) inside an object parameter: `--reasoning.effort`.

    `path` starts with the parameter's own name: `("reasoning", "effort")`. `enum` and `closed` are
    as in `Parameter`.
    """

    path: tuple[str, ...]
    type: str
    help: str = ""
    enum: tuple[str, ...] = ()
    closed: bool = False


class Parameter(Record):
    """One request field.

    `wire` is the name sent where it differs from `name` (header parameters). `join` is the
    separator when an array travels as one string (the `betas` header), else an empty string.
    `enum` holds suggested values, never a gate; `closed` says that a string can be nothing but one
    of them, so that `inf` is text and `100` a number for a union of both. `upload` is the purpose
    under which a local `@path` is uploaded where a file id is wanted. `shape` is None where the
    display type is all there is to say.
    """

    name: str
    place: Place
    type: str
    required: bool = False
    nullable: bool = False
    help: str = ""
    enum: tuple[str, ...] = ()
    closed: bool = False
    wire: str = ""
    join: str = ""
    deprecated: bool = False
    positional: bool = False
    upload: str = ""
    shape: Any = None
    fields: tuple[Field, ...] = ()


class Multipart(Record):
    """How a body becomes `multipart/form-data`.

    `when`: `always`, or `if_file_given` (JSON when no file value is present). `files` are the
    places files may stand, as paths; `"<array>"` stands for every element. `parts` gives fields
    that travel as typed parts of their own: `{"session": {"content_type": "application/json",
    "json": true}}`. `raw` names the field that is sent as the whole body, with its content type,
    when it is the only one given.
    """

    when: Literal["always", "if_file_given"]
    files: tuple[tuple[str, ...], ...] = ()
    parts: dict[str, dict[str, Any]] = {}
    raw: str = ""


class Stream(Record):
    """Server-sent events: `ask` is where `stream=true` goes; `always` needs no asking.

    `events` is `data` (each data line is an event), `named` (the SDK joins the event's name and
    data: assistants) or `session` (a long-lived event stream). `model` is the SDK's name for an
    event, `shape` its structured type.
    """

    ask: Literal["body", "query", "always"]
    events: Literal["data", "named", "session"] = "data"
    model: str = ""
    shape: Any = None


class Page(Record):
    """How a list goes on.

    `param` is the query parameter of the next request; `source` is `last_item.id` or the field of
    the page that holds its value; both are empty for a single page. `items` names the array.
    `more` is the field that says whether there is another page, empty where none does.
    """

    style: Literal["cursor", "last_id", "next", "token", "next_page", "single"]
    items: str = "data"
    param: str = ""
    source: str = ""
    more: str = ""


class Response(Record):
    """`kind`: what comes back; `json_or_text` depends on the parameter named by `depends`.

    `fields` are the top-level fields of the object (for a list: of one item) as
    `{name: display type}`; `shape` is its structured type; `model` the SDK's name for it.
    """

    kind: Literal["json", "text", "json_or_text", "binary", "empty"]
    model: str = ""
    fields: dict[str, str] = {}
    shape: Any = None
    depends: str = ""


class Words(Record):
    """The closed vocabulary of what `words/*.toml` may say about an operation besides its help.

    `main`: parameters shown first in help. `groups`: titles for the rest, in order. `example`:
    complete command lines. `columns`: table columns, dotted. `title`: the field shown as name of an
    object. `confirm`: question asked before the request, with `{parameter}` places. `prompt`: a
    positional text that becomes a message: `{"name": "PROMPT", "into": "messages"}`. `stdin`: the
    parameter (or prompt) that a pipe fills. `live`: how events become text (a name known to
    `core.live`). `defaults`: parameters filled in when not given; `"@model"` stands for the
    profile's model. `unless`: for a default, the parameters that make it void. `download`: file
    name for binary answers, with `{parameter}` places. `wait`: how to wait for what the operation
    starts or shows (a `core.wait.Waiter`). `reattach`:
    of a session, the parameter that names one which outlives the connection, so that a dropped
    connection can be opened again. `note`: a paragraph under the help.
    """

    main: tuple[str, ...] = ()
    groups: dict[str, tuple[str, ...]] = {}
    example: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    title: str = ""
    confirm: str = ""
    prompt: dict[str, str] = {}
    stdin: str = ""
    live: str = ""
    defaults: dict[str, Any] = {}
    unless: dict[str, list[str]] = {}
    download: str = ""
    wait: dict[str, Any] = {}
    reattach: str = ""
    note: str = ""


class Operation(Record):
    """One endpoint as the SDK calls it.

    `name` is the SDK's dotted name, `command` its place in the tree, `path` may end in a fixed
    query (`/responses?beta=true`), `headers` are sent always, `auth` says which key, `required`
    holds the alternative sets of required parameters where the SDK has overloads (else empty).
    """

    name: str
    command: tuple[str, ...]
    method: str
    path: str
    help: str
    parameters: tuple[Parameter, ...]
    response: Response
    headers: dict[str, str] = {}
    auth: Literal["bearer", "admin"] = "bearer"
    multipart: Multipart | None = None
    stream: Stream | None = None
    page: Page | None = None
    required: tuple[tuple[str, ...], ...] = ()
    deprecated: bool = False
    words: Words = Words()

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that API name, or None."""
        return next((p for p in self.parameters if p.name == name), None)

    def flag(self, parameter: Parameter) -> str | None:
        """The long option of a parameter; None for path parameters, which are positional."""
        if parameter.place == "path":
            return None
        return "--" + parameter.name.replace("_", "-")
