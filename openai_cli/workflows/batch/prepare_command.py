"""`oai batches prepare`: a file of requests from a table of data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import typer

from ...core.context import App
from ...core.errors import UsageError
from ...engine.workflow import WorkflowCommand

app = typer.Typer()

BLOCK = 1 << 16
"""Bytes that are gathered before they are written to stdout."""


@app.command("prepare", cls=WorkflowCommand)
def prepare_(
    ctx: typer.Context,
    file: str = typer.Argument(..., metavar="FILE", help="The data; - is stdin."),
    input_format: str = typer.Option(
        "",
        "--input-format",
        metavar="csv|tsv|jsonl|lines",
        help="What the data is. Left out: what the file's name says, otherwise plain lines.",
    ),
    prompt: str = typer.Option(
        None, "--prompt", metavar="TEMPLATE", help="What each request says, with {column} places."
    ),
    system: str = typer.Option(
        None, "--system", metavar="TEMPLATE", help="Instructions that go before it."
    ),
    model: str = typer.Option("", "--model", "-m", help="Model. Left out: the profile's."),
    endpoint: str = typer.Option(
        "",
        "--endpoint",
        metavar="responses|chat|embeddings|moderations|completions",
        help="Where requests go; a path such as /v1/responses does as well. Left out: responses, "
        "or where the template goes.",
    ),
    template: str = typer.Option(
        "",
        "--template",
        metavar="JSON|@FILE",
        help="Instead of --prompt: a whole body with places, or a request saved from --dry-run.",
    ),
    set_: list[str] = typer.Option(
        None, "--set", metavar="PATH=TEXT", help="Set a field of the body; it may have places."
    ),
    custom_id: str = typer.Option(
        "", "--custom-id", metavar="COLUMN", help="Column of the ids. Left out: request-1 …"
    ),
) -> None:
    """Make a file of batch requests from CSV, TSV, JSON lines or text. Each row, or line of a text,
    becomes one request. {column} stands for a row's value, inserted as it is: nothing in it is
    looked at again. A place is text, also alone in its string; "{n:=}" is the value as JSON: a
    number stays one. {user.name} reaches into objects, plain lines have the one column {line}, and
    {{ and }} are braces. With -o the file appears whole or not at all.

    oai batches prepare tickets.csv --prompt 'Classify: {text}' --model gpt-5.5 -o requests.jsonl
    oai batches prepare words.txt --endpoint embeddings -m text-embedding-3-small -o requests.jsonl
    oai batches prepare data.jsonl --template @body.json --endpoint chat --custom-id id
    oai chat create 'Translate: {text}' --model gpt-5.5 --dry-run > request.json
    oai batches prepare data.csv --template @request.json -o requests.jsonl
    """
    from . import prepare_body, prepare_rows
    from .prepare import Preparation

    context: App = ctx.obj
    _check(context, file)
    format = input_format or prepare_rows.format_of(file)
    if format not in prepare_rows.FORMATS:
        wanted = ", ".join(prepare_rows.FORMATS)
        raise UsageError(f"--input-format wants one of {wanted}, not {format!r}")
    asked = prepare_body.Asked(template, endpoint, prompt, system, model, tuple(set_ or ()))
    target = prepare_body.target(context, asked, format)
    name = "stdin" if file == "-" else file
    preparation = Preparation(target, custom_id, name, typed=format == "jsonl")
    if not preparation.has_places:
        context.console.warn("there is no {column} in what is sent: all requests will be the same")
    with _opened(context, file) as stream:
        _write(context, preparation.lines(prepare_rows.read(stream, format, name)))
    _tell(context, preparation.count, preparation.doubts, target.dropped)


def _check(app: App, file: str) -> None:
    """Raise UsageError for options that would be lost on this, or lose the data."""
    if app.option("jq"):
        raise UsageError("--jq: requests are written as a batch takes them", "pipe them to jq")
    output = Path(app.option("output") or "-").expanduser()
    data = Path(file).expanduser()
    if output.is_file() and data.is_file() and output.samefile(data):
        raise UsageError(f"-o {output} would take the place of the data", "name another file")


@contextmanager
def _opened(app: App, file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield app.inputs.stdin_stream("the data")
        return
    try:
        stream = Path(file).expanduser().open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}") from None
    with stream:
        yield stream


def _write(app: App, lines: Iterator[bytes]) -> None:
    """To the file of `-o`, whole or not at all, or to stdout as they come."""
    from ...core.save import check_target, whole_file

    name = app.option("output")
    if name and name != "-":
        path = Path(name).expanduser()
        check_target(path)
        with whole_file(path) as out:
            out.writelines(lines)
        return
    for block in _blocks(lines):
        if app.console.stdout_tty:
            app.console.write(block.decode())
        else:
            app.console.write_bytes(block)


def _blocks(lines: Iterator[bytes]) -> Iterator[bytes]:
    gathered = bytearray()
    for line in lines:
        gathered += line
        if len(gathered) >= BLOCK:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)


def _tell(app: App, count: int, doubts: list[str], dropped: tuple[str, ...]) -> None:
    for doubt in doubts:
        app.console.warn(f"the requests may be refused: {doubt}")
    if app.console.quiet:
        return
    if dropped:
        app.console.note(f"left out: {', '.join(dropped)} (a batch does not stream)")
    app.console.note("1 request" if count == 1 else f"{count:,} requests")
