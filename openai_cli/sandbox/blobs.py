"""Contents of files, kept as files: written in chunks, moved into place whole, read in chunks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK = 1 << 16


class Blobs:
    """Contents by id below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def draft(self) -> Path:
        """A fresh place to write to before `keep`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f".draft-{os.urandom(12).hex()}"

    def keep(self, draft: Path, id: str) -> None:
        """Make a draft the content of `id`."""
        draft.replace(self._folder / id)

    def rename(self, id: str, new: str) -> None:
        """Give a content another id."""
        (self._folder / id).replace(self._folder / new)

    def write(self, id: str, chunks: Iterable[bytes]) -> int:
        """Store a content and tell its length."""
        draft = self.draft()
        try:
            with draft.open("wb") as file:
                size = sum(file.write(chunk) for chunk in chunks)
            self.keep(draft, id)
        finally:
            draft.unlink(missing_ok=True)
        return size

    def size(self, id: str) -> int:
        """The length of a content; 0 if there is none."""
        path = self._folder / id
        return path.stat().st_size if path.exists() else 0

    def mark(self, id: str) -> str:
        """What changes when a content does."""
        path = self._folder / id
        if not path.exists():
            return "none"
        info = path.stat()
        return f"{info.st_size:x}-{info.st_mtime_ns:x}"

    def read(self, id: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A content or `length` bytes of it, chunk by chunk; nothing if there is none."""
        path = self._folder / id
        if path.exists():
            with path.open("rb") as file:
                file.seek(start)
                left = path.stat().st_size - start if length is None else length
                while chunk := file.read(min(CHUNK, left)):
                    left -= len(chunk)
                    yield chunk

    def text(self, id: str, limit: int = 1 << 20) -> str:
        """The start of a content as text."""
        path = self._folder / id
        if not path.exists():
            return ""
        with path.open("rb") as file:
            return file.read(limit).decode(errors="replace")

    def delete(self, id: str) -> None:
        """Forget a content."""
        (self._folder / id).unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget all of them."""
        shutil.rmtree(self._folder, ignore_errors=True)
