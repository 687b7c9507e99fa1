"""Several files go up side by side: a result for each, and at the end the names of those that
failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...catalog import load
from ...core import results
from ...core.errors import NoKeyError, OaiError, OutcomeError, PermissionError_, UsageError
from ...core.parallel import Stop, each
from ...core.request import FileValue, build
from ...engine import run as running
from ...engine.waiting import command_line
from ..transfer import send as transfer
from ..transfer.job import THRESHOLD, Job, job_of, size_of
from ..transfer.journal import path_of
from .single import announcement, fields, finished

if TYPE_CHECKING:
    from ...core.context import App
    from ...engine.gather import Call
    from .options import Sending

HOPELESS = (NoKeyError, PermissionError_)
"""Failures that every other file would share."""

Outcome = tuple[int, dict[str, Any]]


class Several:
    """Sends files with the fields of one call."""

    def __init__(self, app: App, call: Call, files: list[str], sending: Sending) -> None:
        self._app = app
        self._call = call
        self._files = files
        self._in_parts = sending.in_parts
        at_a_time = min(sending.jobs, len(files))
        self._at_a_time = at_a_time
        self._jobs = [
            job_of(
                text,
                fields(call),
                part_size=sending.part_size,
                jobs=max(sending.jobs // at_a_time, 1),
            )
            for text in files
        ]
        self._failed: dict[int, OaiError] = {}
        self._hopeless: OaiError | None = None
        self._arrived = 0

    def run(self) -> results.Result:
        """One file object for each file that arrived: line by line as they finish, or a list in the
        order of the command line. Its problem names what failed."""
        app = self._app
        if app.option("dry_run") or app.option("curl"):
            return self._shown_only()
        if app.settings.format == "raw":
            raise UsageError("-f raw shows one answer, and here are several", "use -f jsonl")
        running.check_output(app)
        transfer.prepare(app)
        if app.settings.format == "jsonl":
            return results.Events(self._lines())
        return self._rows()

    def _rows(self) -> results.Rows:
        made: dict[int, dict[str, Any]] = {}
        try:
            for index, file in self._sent():
                made[index] = file
        except KeyboardInterrupt:
            if made:
                from ...render.show import show

                show(self._app, self._list(made))
            raise
        listed = self._list(made)
        listed.problem = self._problem()
        return listed

    def _list(self, made: dict[int, dict[str, Any]]) -> results.Rows:
        columns = load.operation("files.list").words.columns
        return results.Rows([made[index] for index in sorted(made)], columns)

    def _lines(self) -> Iterator[dict[str, Any]]:
        for _, file in self._sent():
            yield file
        if problem := self._problem():
            raise problem

    def _sent(self) -> Iterator[Outcome]:
        """Each file that arrived, as soon as it has, by its place on the command line."""
        from ...render.progress import Board

        app, stop = self._app, Stop()
        total = sum(size_of(job.path) for job in self._jobs)

        def send(numbered: tuple[int, Job]) -> dict[str, Any]:
            return transfer.deliver(
                app, numbered[1], stop=stop, progress=board, in_parts=self._in_parts
            )

        try:
            with Board(app, "sent", len(self._jobs), total) as board:
                for (index, _), future in each(send, self._numbered(), self._at_a_time, stop):
                    try:
                        file = self._waited(future.result())
                    except OaiError as error:
                        self._note(index, error)
                    else:
                        self._arrived += 1
                        yield index, file
        except KeyboardInterrupt as interrupt:
            interrupt.hint = self._count()  # type: ignore[attr-defined]
            raise

    def _numbered(self) -> Iterator[tuple[int, Job]]:
        for numbered in enumerate(self._jobs):
            if self._hopeless is None:
                yield numbered

    def _waited(self, made: dict[str, Any]) -> dict[str, Any]:
        result = finished(self._app, self._call, made)
        assert isinstance(result, results.Document)
        if result.problem:
            raise result.problem
        file: dict[str, Any] = result.value
        return file

    def _note(self, index: int, error: OaiError) -> None:
        self._failed[index] = error
        if isinstance(error, HOPELESS):
            self._hopeless = error

    def _problem(self) -> OaiError | None:
        if self._hopeless:
            return self._hopeless
        if not self._failed:
            return None
        names = "".join(
            f"\n  {self._files[index]}: {error.message}"
            for index, error in sorted(self._failed.items())
        )
        hints = dict.fromkeys(error.hint for error in self._failed.values() if error.hint)
        return OutcomeError(
            f"{len(self._failed)} of {len(self._files)} files were not uploaded:{names}",
            "; ".join(hints),
        )

    def _count(self) -> str:
        said = f"{self._arrived} of {len(self._files)} files were uploaded; the others were not"
        begun = [job.path for job in self._jobs if path_of(self._app, job.path).exists()]
        ways = [command_line(self._app, ("uploads", "resume"), [path]) for path in begun]
        return f"{said}; {', '.join(ways)} sends what is missing" if ways else said

    # -- instead of sending -------------------------------------------------------------------

    def _shown_only(self) -> results.Result:
        from ...render import preview

        self._app.options.pop("output", None)
        requests = [self._request(job) for job in self._jobs]
        if self._app.option("curl"):
            lines = [preview.curl(self._app, one, "bearer") for one in requests]
            return results.Text("\n".join(lines) + "\n")
        return results.Rows([preview.as_json(self._app, one, "bearer") for one in requests])

    def _request(self, job: Job) -> Any:
        if self._in_parts or size_of(job.path) > THRESHOLD:
            return announcement(job)
        file = FileValue(str(job.path), job.filename)
        return build(self._call.operation, {**job.fields, "file": file})
