"""What finished work left to be downloaded: the word `download` of a waiter, and `-o`.

The query parameters of the downloading operation become options of the commands that wait, and may
be repeated there: each value is a file of its own.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog import load
from ..catalog.model import Operation
from ..core import results
from ..core.errors import UsageError
from ..render import media
from .extra import Extra
from .gather import Call
from .run import download

if TYPE_CHECKING:
    from ..core.context import App

STDOUT = "-"
GROUP = "Download"


def extras(operation: Operation) -> tuple[Extra, ...]:
    """The options about downloading that a command which waits for this operation's object has."""
    source = _source(operation)
    if source is None:
        return ()
    return tuple(
        Extra(
            parameter.name,
            ("--" + parameter.name.replace("_", "-"),),
            "|".join(parameter.enum),
            f"{parameter.help} Goes with -o; may be repeated.",
            GROUP,
            "list",
        )
        for parameter in source.parameters
        if parameter.place == "query"
    )


def _source(operation: Operation) -> Operation | None:
    name = operation.words.wait.get("download")
    return load.operation(name) if name else None


def check(app: App, call: Call) -> None:
    """Raise UsageError for what cannot be downloaded as asked, before anything is started; warn
    where a file is named that will only hold the answer."""
    asked = _asked(call)
    output = app.option("output")
    if output and not app.option("wait") and output != STDOUT and not output.endswith(".json"):
        app.console.warn(f"{output} gets the API's answer; --wait downloads what is being made")
    if not asked:
        return
    flag = "--" + next(iter(asked)).replace("_", "-")
    if not output or not app.option("wait"):
        raise UsageError(f"{flag} says what to download: add --wait and -o FILE")
    if output == STDOUT and len(list(_choices(asked))) > 1:
        raise UsageError(f"-o - takes one file, but there are several {flag}", "name a folder")


def _asked(call: Call) -> dict[str, list[str]]:
    """The values of the options about downloading that were given."""
    names = [extra.name for extra in extras(call.operation)]
    return {name: list(call.extra[name]) for name in names if call.extra.get(name)}


def _choices(asked: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    """The values of each download; one without any where nothing was asked for."""
    return (dict(zip(asked, values, strict=True)) for values in product(*asked.values()))


def words(call: Call, output: str) -> list[str]:
    """The options that download the same again."""
    given = [(f"--{n.replace('_', '-')}", v) for n, values in _asked(call).items() for v in values]
    return ["-o", output, *(word for pair in given for word in pair)]


def save(app: App, call: Call, ids: Mapping[str, Any], output: str) -> None:
    """Download what belongs to the object with these ids, each file whole or not at all. Raises
    OaiError."""
    source = _source(call.operation)
    assert source is not None
    chosen = list(_choices(_asked(call)))
    for values in chosen:
        wanted = Call(source, {**ids, **values})
        if not values:
            _save(app, output, download(app, wanted))
            continue
        reply = app.api.open(source, wanted.values)
        name = Path(download(app, wanted).name).stem
        suffix = mimetypes.guess_extension(reply.content_type, strict=False) or ""
        mark = "-".join(value.replace("/", "_") for value in values.values())
        target = output
        if len(chosen) > 1 and not _is_folder(output):
            path = Path(output)
            target = str(path.with_name(f"{path.stem}-{mark}{suffix or path.suffix}"))
        _save(app, target, results.Download(reply, f"{name}-{mark}{suffix}"))


def _is_folder(output: str) -> bool:
    return output.endswith("/") or Path(output).expanduser().is_dir()


def _save(app: App, output: str, found: results.Download) -> None:
    app.options["output"] = output
    try:
        media.save(app, found)
    finally:
        app.options.pop("output")
