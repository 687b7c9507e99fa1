"""What happens on the way, told on stderr: retries, `--verbose`, `--debug`, `--show-headers`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from ..core.outgoing import open_piece
from ..core.request import FileValue
from .preview import redact
from .progress import CountedFile, Progress

if TYPE_CHECKING:
    from ..core.context import App
    from ..core.http import Hooks


def hooks(app: App) -> Hooks:
    """The hooks of one command's transport."""
    from ..core.http import Hooks

    tracer = _Tracer(app)
    return Hooks(
        opener=tracer.open,
        retrying=tracer.retrying,
        sending=tracer.sending,
        received=tracer.received,
    )


class _Tracer:
    def __init__(self, app: App) -> None:
        self._app = app
        self._note = app.console.note
        self._debug = bool(app.option("debug"))
        self._verbose = self._debug or bool(app.option("verbose"))

    def open(self, file: FileValue) -> BinaryIO:
        """A file to send, counted for the progress line unless somebody else follows it."""
        if file.watch or file.length is not None:
            return cast("BinaryIO", open_piece(file))
        if isinstance(file.source, bytes):
            import io

            return io.BytesIO(file.source)
        if file.source == "-":
            stream, size = self._app.console.stdin, None
            assert stream is not None
        else:
            path = Path(file.source)
            stream = path.open("rb")
            info = path.stat()
            size = info.st_size if path.is_file() else None
        return cast("BinaryIO", CountedFile(stream, Progress(self._app, "sent", size), size))

    def retrying(self, why: str, seconds: float, attempt: int, tries: int) -> None:
        self._app.console.warn(f"{why}; try {attempt} of {tries} in {seconds:.1f} s")

    def sending(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        if self._verbose:
            self._note(f"> {method} {url}")
        if self._debug:
            self._headers(">", headers)

    def received(self, status: int, headers: Mapping[str, str], took: float) -> None:
        if self._verbose or self._app.option("show_headers"):
            request_id = headers.get("x-request-id", "")
            self._note(f"< {status} in {took * 1000:.0f} ms {request_id}".rstrip())
        if self._debug or self._app.option("show_headers"):
            self._headers("<", headers)

    def _headers(self, mark: str, headers: Mapping[str, str]) -> None:
        for name, text in headers.items():
            self._note(f"{mark} {name}: {redact(name, text)}")
