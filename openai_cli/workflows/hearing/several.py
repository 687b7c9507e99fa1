"""Several recordings, heard side by side and shown in their order; at the end the names of those
that failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...catalog.record import Record
from ...core import results
from ...core.errors import NoKeyError, OaiError, OutcomeError, PermissionError_, UsageError
from ...core.parallel import Stop, each
from ...core.request import build
from ...core.save import partial_name, whole_file
from ...engine import run as plain
from ...engine.reading import local_file
from ...render import documents
from ...render.show import show
from ...render.sink import open_sink
from . import showing, sources
from .asking import Asking, Whole
from .pieces import parts
from .sources import Source

if TYPE_CHECKING:
    from ...core.context import App
    from ...engine.gather import Call
    from .options import Hearing

HOPELESS = (NoKeyError, PermissionError_)
"""Failures that every other recording would share."""
COLUMNS = ("file", "text")


class Heard(Record):
    """What came of a recording: the answer and its text as far as they came, and what went
    wrong."""

    value: dict[str, Any] | None
    text: str
    problem: OaiError | None = None


class _Finishing(Stop):
    """What was asked for is paid for: it is waited for, which somebody has to be told."""

    grace = None

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app

    def now(self) -> None:
        """Begin nothing more."""
        super().now()
        if not self._app.console.quiet:
            self._app.console.note("waiting for what was sent; Ctrl-C again does not")


class Several:
    """Hears files with the fields of one call."""

    def __init__(self, app: App, call: Call, files: list[str], hearing: Hearing) -> None:
        model = str(call.get("model") or "")
        self._app = app
        self._call = call
        self._files = files
        self._jobs = hearing.jobs
        self._style = showing.style(app, call)
        self._form = str(call.get("response_format") or "")
        self._sources = [sources.source(local_file(f), model, hearing.split) for f in files]
        self._made: dict[int, Heard] = {}
        self._hopeless: OaiError | None = None

    def run(self) -> results.Result:
        """Show each transcript, or save it beside the others in the folder of `-o`. Raises OaiError
        that names what failed."""
        app = self._app
        if app.option("dry_run") or app.option("curl"):
            return self._shown_only()
        self._check()
        try:
            # In this thread: after a second Ctrl-C nobody waits for the others to tidy up.
            with sources.folder() as self._pieces:
                self._show()
        except KeyboardInterrupt as stop:
            done = sum(heard.problem is None for heard in self._made.values())
            stop.hint = f"{done} of {len(self._files)} files are done"  # type: ignore[attr-defined]
            raise
        if problem := self._problem():
            raise problem
        return results.Shown()

    def _check(self) -> None:
        if self._style == "raw":
            raise UsageError("-f raw shows one answer, and here are several", "use -f jsonl")
        if self._call.get("stream"):
            raise UsageError("--stream goes with one file, not with several")
        plain.check_output(self._app)
        # The transport is made here, and the key read, before there are other threads.
        self._app.api.http.credentials.headers(self._call.operation.auth)

    def _show(self) -> None:
        if folder := self._folder():
            self._save(folder)
        elif self._style == "text":
            self._texts()
        elif self._style == "jsonl":
            with open_sink(self._app) as sink:
                shown = results.Events(self._values())
                showing.write(self._app, sink, shown, "jsonl")
        else:
            self._rows()

    # -- hearing ----------------------------------------------------------------------------------

    def _heard(self) -> Iterator[tuple[int, Heard]]:
        """Each recording in its turn; once interrupted, those that were finished all the same."""
        stop, given = _Finishing(self._app), 0
        try:
            for (index, _), future in each(self._hear(stop), self._waiting(), self._jobs, stop):
                self._note(index, future.result())
                while given in self._made:
                    yield given, self._made[given]
                    given += 1
        except KeyboardInterrupt:
            yield from ((at, heard) for at, heard in sorted(self._made.items()) if at >= given)
            raise

    def _waiting(self) -> Iterator[tuple[int, Source]]:
        for numbered in enumerate(self._sources):
            if self._hopeless is None:
                sources.announce(self._app, numbered[1])
                yield numbered

    def _hear(self, stop: Stop) -> Any:
        def hear(numbered: tuple[int, Source]) -> Heard:
            index, source = numbered
            heard = self._one(source, Path(self._pieces) / str(index), stop)
            self._made[index] = heard
            return heard

        return hear

    def _one(self, source: Source, folder: Path, stop: Stop) -> Heard:
        reader, text, problem = Whole(self._form), "", None
        asking = Asking(self._app, self._call, stop, cut=bool(source.longest))
        try:
            folder.mkdir()
            for event in asking.answers(parts(source, folder)):
                text += reader.feed(event)
        except OaiError as error:
            problem = error
        return Heard(reader.final(), text + reader.rest(), problem)

    def _note(self, index: int, heard: Heard) -> None:
        self._made[index] = heard
        if isinstance(heard.problem, HOPELESS):
            self._hopeless = heard.problem

    def _problem(self) -> OaiError | None:
        if self._hopeless:
            return self._hopeless
        failed = {at: one.problem for at, one in sorted(self._made.items()) if one.problem}
        if not failed:
            return None
        names = "".join(f"\n  {self._files[at]}: {error.message}" for at, error in failed.items())
        hints = dict.fromkeys(error.hint for error in failed.values() if error.hint)
        return OutcomeError(
            f"{len(failed)} of {len(self._files)} files were not heard to the end:{names}",
            "; ".join(hints),
        )

    # -- showing ----------------------------------------------------------------------------------

    def _texts(self) -> None:
        """Under a heading each, as `tail` has them."""
        headings = len(self._files) > 1
        with open_sink(self._app) as sink:
            for index, heard in self._heard():
                if not heard.text:
                    continue
                gap = "\n" if sink.wrote_text else ""
                sink.text(f"{gap}==> {self._files[index]} <==\n" if headings else "")
                sink.text(heard.text)

    def _values(self) -> Iterator[dict[str, Any]]:
        for index, heard in self._heard():
            if heard.value is not None:
                yield {"file": self._files[index], **heard.value}

    def _rows(self) -> None:
        found: list[dict[str, Any]] = []
        try:
            found.extend(self._values())
        finally:
            if found or not self._problem():
                show(self._app, results.Rows(found, COLUMNS))

    # -- a folder ---------------------------------------------------------------------------------

    def _folder(self) -> Path | None:
        name = self._app.option("output")
        if not name or not (name.endswith("/") or Path(name).expanduser().is_dir()):
            return None
        folder = Path(name).expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _save(self, folder: Path) -> None:
        names = self._names()
        for index, heard in self._heard():
            if heard.value is None:
                continue
            path = folder / names[index]
            path = partial_name(path) if heard.problem else path
            with whole_file(path) as stream:
                stream.write(self._content(heard).encode())
            if not self._app.console.quiet:
                self._app.console.note(f"saved {path}")

    def _content(self, heard: Heard) -> str:
        if self._style in ("json", "jsonl", "yaml"):
            return documents.dump(heard.value, self._style)
        return heard.text

    def _names(self) -> list[str]:
        """The recordings' names with the transcript's ending; whole ones where two are alike."""
        ending = showing.suffix(self._style, self._form)
        names: list[str] = []
        for file in map(Path, self._files):
            wanted = (file.stem, file.name, *(f"{file.name}-{n}" for n in range(2, 1000)))
            names.append(next(w + ending for w in wanted if w + ending not in names))
        return names

    # -- instead of sending -----------------------------------------------------------------------

    def _shown_only(self) -> results.Result:
        from ...render import preview

        app, call = self._app, self._call
        app.options.pop("output", None)
        requests = [
            build(call.operation, {**call.values, "file": source.file}, call.body)
            for source in self._sources
        ]
        auth = call.operation.auth
        if app.option("curl"):
            return results.Text("".join(preview.curl(app, one, auth) + "\n" for one in requests))
        return results.Rows([preview.as_json(app, one, auth) for one in requests])
