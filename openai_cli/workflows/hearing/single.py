"""One recording: as it is, converted, or cut; from a file, a pipe or the microphone."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ...core import results
from ...core.request import FileValue
from ...engine import run as plain
from ...render.media import target
from . import microphone, showing, sources
from .asking import SUBTITLES, Asking, Interrupted, Whole
from .pieces import only, parts
from .sources import Source

if TYPE_CHECKING:
    from ...core.context import App
    from ...engine.gather import Call
    from .options import Hearing

FILE = "file"


def run(app: App, call: Call, hearing: Hearing) -> results.Result:
    """Hear it. Raises OaiError."""
    file = call.get(FILE)
    if not isinstance(file, FileValue):
        return plain.run(app, call)
    if app.option("dry_run") or app.option("curl"):
        return _shown_only(app, call, file, hearing)
    _name_output(app, call, file)
    plain.check_output(app)
    with ExitStack() as stack:
        if hearing.mic:
            file = stack.enter_context(microphone.recorded(app, call, hearing))
        elif sources.piped(file) and not hearing.split.never:
            folder = Path(stack.enter_context(sources.folder()))
            file = sources.spooled(app, file, folder)
        source = sources.source(file, str(call.get("model") or ""), hearing.split)
        call.values[FILE] = source.file
        if source.longest:
            return _joined(app, call, source)
        result = showing.as_itself(app, call, plain.run(app, call))
        return showing.finish(app, result) if hearing.mic else result


def _name_output(app: App, call: Call, file: FileValue) -> None:
    """`-o FOLDER/` takes the recording's name."""
    if (name := app.option("output")) and name != "-":
        form = str(call.get("response_format") or "")
        ending = showing.suffix(showing.style(app, call), form)
        app.options["output"] = str(target(name, Path(file.filename).stem + ending))


def _shown_only(app: App, call: Call, file: FileValue, hearing: Hearing) -> results.Result:
    source = sources.source(file, str(call.get("model") or ""), hearing.split)
    call.values[FILE] = source.file
    if source.longest:
        count = f"about {source.pieces} such requests" if source.pieces > 1 else "such requests"
        app.console.note(f"the recording is converted, and goes in pieces: {count}")
    return plain.run(app, call)


def _joined(app: App, call: Call, source: Source) -> results.Result:
    style = showing.style(app, call)
    sources.announce(app, source)
    with sources.folder() as folder:
        if style == "raw":
            call.values[FILE] = only(source, Path(folder)).file
            return showing.finish(app, plain.run(app, call))
        pieces = parts(source, Path(folder))
        asking = Asking(app, call, cut=True)
        if _live(call, style):
            call.values["stream"] = True
            result = results.Events(asking.events(pieces), showing.FAMILY)
        else:
            form = str(call.get("response_format") or "")
            result = results.Events(asking.answers(pieces), reader=Whole(form))
        try:
            showing.show_joined(app, result, style)
        except Interrupted as interrupted:
            raise interrupted.stop from None
    return results.Shown()


def _live(call: Call, style: str) -> bool:
    """Whether to stream: where it was asked for, or where a plain request would."""
    if call.get("response_format") in SUBTITLES:
        return False
    if call.operation.stream is None or call.get("stream") is not None:
        return call.get("stream") is True
    return style in ("text", "jsonl") and not call.has("response_format")
