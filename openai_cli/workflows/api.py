"""`oai api`: the index of every operation, and the way to endpoints that have no command."""

from __future__ import annotations

import typer

from ..catalog import describe, load
from ..catalog.model import Operation
from ..core import results
from ..core.errors import UsageError
from ..engine import suggest
from ..engine.workflow import WorkflowCommand

app = typer.Typer()


@app.command("list", cls=WorkflowCommand)
def list_(
    ctx: typer.Context,
    pattern: list[str] = typer.Argument(None, metavar="PATTERN", help="Words that must all occur."),
) -> results.Result:
    """List the operations whose name, command, path or help holds every word. Sessions over
    WebSocket are no single requests and not among them; `oai api show realtime connect` explains
    one.

    oai api list
    oai api list vector store
    oai api list -f json
    """
    words = [word.lower() for word in pattern or ()]
    found = [operation for operation in load.operations() if _matches(operation, words)]
    return results.Rows(
        [describe.record(operation) for operation in found],
        ("command", "method", "path"),
        shown=[
            {
                "command": "oai " + " ".join(operation.command),
                "method": operation.method,
                "path": operation.path,
            }
            for operation in found
        ],
    )


def _matches(operation: Operation, words: list[str]) -> bool:
    texts = (operation.name, " ".join(operation.command), operation.path, operation.help)
    text = " ".join(texts).lower()
    return all(word in text for word in words)


@app.command(cls=WorkflowCommand)
def show(
    ctx: typer.Context,
    name: list[str] = typer.Argument(
        ..., metavar="OPERATION", help="`files.create`, or `files create`."
    ),
) -> results.Result:
    """Explain an operation: its parameters with their types, and a sample body; of a session over
    WebSocket (`realtime.connect`), the events that go either way.

    oai api show embeddings.create
    oai api show vector-stores search -f json
    """
    operation = find(name)
    from ..render.operation import page

    return results.Document(describe.explain(operation), human=page(ctx.obj.console, operation))


def find(words: list[str]) -> Operation:
    """The operation of an SDK name or of a command's words. Raises UsageError with suggestions."""
    if len(words) == 1:
        if words[0] in load.sockets():
            return load.socket(words[0])
        try:
            return load.operation(words[0])
        except KeyError:
            pass
    path = tuple(word.replace("_", "-") for word in words if word != "oai")
    for operation in (*load.operations(), *map(load.socket, load.sockets())):
        if operation.command == path:
            return operation
    wanted = ".".join(words)
    near = suggest.near(wanted, [*load.names(), *load.sockets()])
    hint = "did you mean " + " or ".join(near) + "?" if near else "`oai api list` names them all"
    raise UsageError(f"there is no operation {wanted!r}", hint)


@app.command(cls=WorkflowCommand)
def call(
    ctx: typer.Context,
    method: str = typer.Argument(..., help="GET, POST, DELETE …"),
    path: str = typer.Argument(..., help="The endpoint's path, with its query if any: `/models`."),
    body: str = typer.Option(
        "", "--body", metavar="FILE|JSON", help="The body: a file, - or JSON."
    ),
    set_: list[str] = typer.Option(
        None, "--set", metavar="PATH=TEXT", help="Set a field (of the query for a GET)."
    ),
    file: list[str] = typer.Option(
        None, "--file", metavar="FIELD=PATH", help="Send a file; the body becomes multipart."
    ),
) -> results.Result:
    """Call any endpoint, known to oai or not.

    oai api call GET /models
    oai api call POST /embeddings --set model=text-embedding-3-small --set input=hello
    """
    from . import calling

    return calling.call(ctx.obj, method, path, body, list(set_ or ()), list(file or ()))
