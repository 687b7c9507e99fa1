"""Saves pictures. One that was paid for is not lost because its place cannot be written to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import OaiError
from ...core.save import partial_name, take_name, whole_file
from ...render import picture_format
from . import found
from .found import Picture, Unreachable
from .places import Places, numbered

if TYPE_CHECKING:
    from ...core.context import App

UNFINISHED = "unfinished"
FORMS = {**{suffix: form for form, suffix in picture_format.SUFFIXES.items()}, ".jpeg": "jpeg"}


class Keeper:
    """Writes one command's pictures, each whole or not at all. `problems` are those that did not
    keep a picture from being saved somewhere."""

    def __init__(self, app: App, places: Places) -> None:
        self._app = app
        self._places = places
        self.problems: list[OaiError] = []

    def keep(self, picture: Picture) -> Path | None:
        """Save a picture; None where it went to stdout. Raises OaiError where it could not be
        saved anywhere, or not be had."""
        pieces, suffix = self._looked_at(picture)
        if self._places.stdout:
            for piece in pieces:
                self._app.console.write_bytes(piece)
            return None
        try:
            return self._save(pieces, picture.stem, suffix)
        except Unreachable:
            raise
        except (OaiError, OSError) as error:
            return self._elsewhere(picture, suffix, error)

    @property
    def piped(self) -> bool:
        """Whether pictures go to stdout instead of files."""
        return self._places.stdout

    def expect(self, number: int) -> None:
        """So many pictures came."""
        self._places.expect(number)

    def keep_unfinished(self, picture: Picture) -> None:
        """Save what there is of a picture that will not be finished, and say where."""
        pieces, suffix = self._looked_at(picture)
        path = take_name(self._places.beside(picture.stem, suffix, UNFINISHED))
        _write(path, pieces, taken=True)
        self._app.console.note(f"the unfinished picture is kept in {path}")

    def _looked_at(self, picture: Picture) -> tuple[Iterator[bytes], str]:
        """The picture's bytes, and the suffix of a file of them."""
        pieces = found.pieces(self._app, picture)
        head = next(pieces, b"")
        form = picture_format.form(head) or picture.asked
        return chain([head], pieces), picture_format.SUFFIXES.get(form, ".bin")

    def _save(self, pieces: Iterable[bytes], stem: str, suffix: str) -> Path:
        exact = self._places.exact()
        path = exact or take_name(self._places.names(stem, suffix))
        _write(path, pieces, taken=exact is None)
        self._compare(path, suffix)
        return path

    def _compare(self, path: Path, suffix: str) -> None:
        """Say so where a file is called something that it is not."""
        named, made = FORMS.get(path.suffix.lower()), FORMS.get(suffix)
        if path.suffix and made and named != made:
            self._app.console.warn(f"{path} holds a picture of the format {made}")

    def _elsewhere(self, picture: Picture, suffix: str, error: OaiError | OSError) -> Path:
        """The folder for temporary files takes what its own place did not."""
        folder = Path(tempfile.gettempdir())
        why = _why(error)
        path = folder / picture.stem
        try:
            path = take_name(numbered(folder, picture.stem, suffix))
            _write(path, found.pieces(self._app, picture), taken=True, keep_partial=True)
        except (OaiError, OSError) as second:
            raise OaiError(f"{why}; and {_why(second)}", _left(path)) from None
        self.problems.append(OaiError(why, f"the picture is in {path} instead"))
        return path


def _write(
    path: Path, pieces: Iterable[bytes], *, taken: bool = False, keep_partial: bool = False
) -> None:
    """Write a file; a name that was `taken` for it is given back when that fails."""
    try:
        with whole_file(path, keep_partial=keep_partial) as stream:
            for piece in pieces:
                stream.write(piece)
    except BaseException:
        if taken:
            with suppress(OSError):
                path.unlink()
        raise


def _why(error: OaiError | OSError) -> str:
    if isinstance(error, OaiError):
        return error.message
    return f"cannot write: {error.strerror or error}"


def _left(path: Path) -> str:
    """Where the beginning of a picture is, if any of it could be written."""
    partial = partial_name(path.resolve())
    return f"what could be written is in {partial}" if partial.is_file() else "make some room"
