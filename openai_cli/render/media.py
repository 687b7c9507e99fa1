"""Binary answers: to a file, to a pipe, never to a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..core import results
from ..core.errors import UsageError
from ..core.save import whole_file
from .progress import Progress

if TYPE_CHECKING:
    from ..core.context import App
    from ..core.http import Reply


def show(app: App, result: results.Download | results.Untouched) -> None:
    """Save or pass on an answer that has not been read yet."""
    if isinstance(result, results.Download):
        save(app, result)
    else:
        pass_on(app, result.reply)


def save(app: App, result: results.Download) -> None:
    """Write the answer to `-o FILE` (or into `-o FOLDER/`), or to stdout when that is a pipe.

    Raises UsageError on a terminal without `-o`, NetworkError when the answer ends early.
    """
    reply = result.reply
    with reply:
        name = app.option("output")
        if not name and app.console.stdout_tty:
            suggestion = result.name or "FILE"
            raise UsageError(
                "the answer is binary and is not written to a terminal",
                f"save it with -o {suggestion}, or pipe it on",
            )
        if not name or name == "-":
            for data in Progress(app, "downloaded", reply.length).over(reply.chunks()):
                app.console.write_bytes(data)
            return
        path = target(name, result.name)
        with whole_file(path) as stream:
            for data in Progress(app, "downloaded", reply.length).over(reply.chunks()):
                stream.write(data)
        if not app.console.quiet:
            app.console.note(f"saved {path}")


def target(name: str, suggested: str) -> Path:
    """The file that `-o` means: a folder takes the suggested name."""
    path = Path(name).expanduser()
    if path.is_dir() or name.endswith("/"):
        if not suggested:
            raise UsageError(f"{name} is a folder", "name a file to write to")
        path.mkdir(parents=True, exist_ok=True)
        return path / suggested
    return path


def pass_on(app: App, reply: Reply) -> None:
    """The answer byte for byte."""
    with reply:
        name = app.option("output")
        if name and name != "-":
            with whole_file(Path(name).expanduser()) as stream:
                for data in reply.chunks():
                    stream.write(data)
            return
        textual = reply.content_type.startswith("text/") or "json" in reply.content_type
        if app.console.stdout_tty and not textual and reply.content_type:
            raise UsageError("the answer is binary and is not written to a terminal", "use -o FILE")
        for data in reply.chunks():
            if app.console.stdout_tty:
                app.console.write(data.decode("utf-8", "replace"))
            else:
                app.console.write_bytes(data)
        app.console.end_line()
