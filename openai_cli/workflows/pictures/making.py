"""One command's pictures, from its answer to its files and the terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core import results
from ...core.errors import NetworkError, OaiError, OutcomeError
from ...core.live import Lines
from ...render import documents
from . import found
from .found import Picture
from .keeping import Keeper

if TYPE_CHECKING:
    from ...core.context import App
    from ...core.results import Result

FAMILY = "pictures"
SAVED = "oai.saved"


class Making:
    """Saves what an answer brings; `draws` says whether it is drawn as well."""

    def __init__(self, app: App, keeper: Keeper, *, draws: bool) -> None:
        self._app = app
        self._keeper = keeper
        self._draws = draws
        self._failures: list[OaiError] = []
        self._unfinished: Picture | None = None
        self._kept = 0

    # -- results ------------------------------------------------------------------------------

    def paths(self, result: results.Document | results.Events) -> Result:
        """The paths of the files, each as soon as it is whole."""
        if isinstance(result, results.Document):
            pictures = found.in_document(result.value)
            if not pictures:
                result.problem = self._none()
                return result
            self._keeper.expect(len(pictures))
            made = self._all(pictures, result.value)
        else:
            made = (event for event in self._streamed(result.events) if event["type"] == SAVED)
        return results.Events(made, FAMILY, _Paths(self))

    def beside(self, result: results.Document | results.Events) -> Result:
        """The answer as it is; the files are made before it is shown, or while it comes."""
        if isinstance(result, results.Document):
            pictures = found.in_document(result.value)
            self._keeper.expect(len(pictures))
            for event in self._all(pictures, result.value):
                self._tell(event)
            result.problem = self.problem()
            return result
        return results.Events(self._passed_on(result.events), result.family, result.reader)

    def problem(self) -> OaiError | None:
        """What went wrong, once everything has come."""
        if self._failures or self._keeper.problems:
            return [*self._failures, *self._keeper.problems][0]
        return None if self._kept else self._none()

    @staticmethod
    def _none() -> OaiError:
        return OutcomeError("the answer holds no picture", "-f json shows it as it came")

    # -- whole answers ------------------------------------------------------------------------

    def _all(self, pictures: Iterable[Picture], document: Any) -> Iterator[dict[str, Any]]:
        """Saves one after the other; a picture that fails does not keep the next from coming, nor
        does a pipe that was closed, or Ctrl-C."""
        waiting = deque(pictures)
        try:
            while waiting:
                path = self._keep(waiting[0])
                waiting.popleft()
                if path is not None:
                    yield {"type": SAVED, "path": str(path)}
            self._explain(document)
        finally:
            self._keep_rest(waiting)

    def _keep(self, picture: Picture) -> Path | None:
        """The file of a picture; None where there is none, which is said later."""
        try:
            path = self._keeper.keep(picture)
        except OaiError as error:
            self._say(error)
            return None
        self._kept += 1
        if picture.revised and self._app.option("verbose"):
            self._app.console.note(f"revised prompt: {picture.revised}")
        if path is not None:
            self._draw(path.read_bytes)
        return path

    def _keep_rest(self, pictures: Iterable[Picture]) -> None:
        """Nobody listens any more: save what is at hand, and name what is not."""
        for picture in pictures:
            if picture.encoded and not self._keeper.piped:
                self._draws = False
                if path := self._keep(picture):
                    self._tell({"path": str(path)})
            elif picture.url:
                self._app.console.note(f"not downloaded: {picture.url}")

    def _say(self, error: OaiError) -> None:
        """The first failure ends the command; the others are told as they happen."""
        if self._failures:
            self._app.console.warn(_words(error))
        self._failures.append(error)

    def _explain(self, document: Any) -> None:
        usage = document.get("usage") if isinstance(document, dict) else None
        if usage and self._app.option("verbose"):
            self._app.console.note(f"usage: {documents.line(usage)}")

    # -- streams ------------------------------------------------------------------------------

    def _streamed(self, events: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The events, with one of ours before each that brings a finished picture."""
        try:
            for event in events:
                picture = found.in_event(event)
                if picture and picture.partial:
                    self._unfinished = picture
                    self._draw(partial(self._whole, picture))
                elif picture:
                    self._unfinished = None
                    yield from self._all([picture], event)
                yield event
        except BaseException:
            self._rescue()
            raise
        if self._unfinished:
            self._rescue()
            raise NetworkError("the stream ended before the picture was finished")

    def _whole(self, picture: Picture) -> bytes:
        return b"".join(found.pieces(self._app, picture))

    def _rescue(self) -> None:
        """What came of a picture that is not finished is kept."""
        unfinished, self._unfinished = self._unfinished, None
        if unfinished:
            try:
                self._keeper.keep_unfinished(unfinished)
            except (OaiError, OSError) as error:
                self._app.console.warn(f"the unfinished picture could not be kept: {error}")

    def _passed_on(self, events: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for event in self._streamed(events):
            if event.get("type") == SAVED:
                self._tell(event)
            else:
                yield event
        if problem := self.problem():
            raise problem

    def _tell(self, event: dict[str, Any]) -> None:
        if not self._app.console.quiet:
            self._app.console.note(f"saved {event['path']}")

    # -- the terminal -------------------------------------------------------------------------

    def _draw(self, content: Callable[[], bytes]) -> None:
        if not self._draws:
            return
        from ...render.picture import CannotDraw, draw

        try:
            draw(self._app.console, content())
        except CannotDraw as error:
            self._app.console.warn(_words(error))


def _words(error: OaiError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message


class _Paths(Lines):
    """Reads the events of `Making`: a path a line."""

    def __init__(self, making: Making) -> None:
        self._making = making
        self._seen: list[str] = []

    def feed(self, event: dict[str, Any]) -> str:
        """The path of a file that was saved."""
        self._seen.append(event["path"])
        return f"{event['path']}\n"

    def final(self) -> Any:
        """All of them."""
        return self._seen

    def problem(self) -> OaiError | None:
        """What went wrong on the way."""
        return self._making.problem()
