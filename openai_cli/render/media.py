"""Binary answers: to a file, to a pipe, never to a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..core import results
from ..core.errors import OaiError, UsageError
from ..core.fetch import Fetch
from ..core.save import partial_name, whole_file
from .progress import Progress

if TYPE_CHECKING:
    from ..core.context import App
    from ..core.http import Reply
    from ..core.partial import Partial


def show(app: App, result: results.Download | results.Untouched) -> None:
    """Save or pass on an answer that has not been read yet."""
    if isinstance(result, results.Download):
        save(app, result)
    else:
        pass_on(app, result.reply)


def save(app: App, result: results.Download) -> None:
    """Write the answer to `-o FILE` (or into `-o FOLDER/`), or to stdout when that is a pipe. A
    download that can be asked for again goes on where it broke, now or with the next command.

    Raises UsageError on a terminal without `-o`, NetworkError when the answer ends early.
    """
    name = app.option("output")
    if not name and app.console.stdout_tty:
        if result.reply:
            result.reply.close()
        suggestion = result.name or "FILE"
        raise UsageError(
            "the answer is binary and is not written to a terminal",
            f"save it with -o {suggestion}, or pipe it on",
        )
    if not name or name == "-":
        _transfer(app, _fetch(app, result), app.console.write_bytes)
        return
    path = target(name, result.name)
    if result.source:
        _resumable(app, result, path)
    else:
        _once(app, result, path)
    if not app.console.quiet:
        app.console.note(f"saved {path}")


def _once(app: App, result: results.Download, path: Path) -> None:
    """Save what was made for this request alone: what came of it is kept whatever happens."""
    beside = partial_name(path.resolve())
    before = _stamp(beside)
    try:
        _whole(app, result, path, keep_partial=True)
    except BaseException:
        if _stamp(beside) != before and not app.console.quiet:
            app.console.note(f"what came is kept in {beside}")
        raise


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


def _whole(app: App, result: results.Download, path: Path, *, keep_partial: bool = False) -> None:
    with whole_file(path, keep_partial=keep_partial) as stream:

        def restart() -> None:
            stream.seek(0)
            stream.truncate()

        _transfer(app, _fetch(app, result, restart), stream.write)


def _resumable(app: App, result: results.Download, path: Path) -> None:
    from ..core.partial import growing

    with growing(path, result.source) as partial:
        if partial is None:
            _whole(app, result, path)
            return
        try:
            fetch = _fetch(app, result, partial.restart, partial)
            _transfer(app, fetch, partial.write, partial)
            partial.finish(path.resolve())
        except BaseException as error:
            if partial.leave() and not app.console.quiet:
                onward = "; the same command goes on from there" if partial.mark else ""
                app.console.note(f"what came is kept in {partial.path}{onward}")
            if isinstance(error, OSError):
                raise OaiError(f"cannot write {path}: {error.strerror or error}") from error
            raise


def _fetch(
    app: App,
    result: results.Download,
    restart: Callable[[], None] | None = None,
    partial: Partial | None = None,
) -> Fetch:
    """The download: one try for what cannot be asked for again."""
    given = result.reply
    if result.again is None:
        assert given is not None
        return Fetch(lambda headers: given, 1, lambda why, attempt, tries: None)
    tries = app.settings.max_retries + 1 if result.source else 1
    at, mark = (partial.at, partial.mark) if partial else (0, None)
    return Fetch(result.again, tries, app.api.http.pause, restart=restart, at=at, mark=mark)


def _transfer(
    app: App, fetch: Fetch, write: Callable[[bytes], object], partial: Partial | None = None
) -> None:
    fetch.open()
    try:
        if partial:
            partial.note(fetch.mark)
        progress = Progress(app, "downloaded", fetch.total, fetch.at)
        for data in progress.over(fetch.chunks()):
            write(data)
    finally:
        fetch.close()


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
