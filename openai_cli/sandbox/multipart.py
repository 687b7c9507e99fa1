"""`multipart/form-data`, parsed as it arrives: files go to disk in chunks, fields stay texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from io import BufferedWriter
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..catalog.record import Record
from .errors import ApiError

_FIELD_LIMIT = 1 << 24


class Upload(Record):
    """A file of a form, lying in a draft until somebody keeps it."""

    field: str
    filename: str
    content_type: str
    path: Path
    size: int

    def text(self, limit: int = 1 << 20) -> str:
        """The start of the content as text."""
        with self.path.open("rb") as file:
            return file.read(limit).decode(errors="replace")


class Form(Record):
    """What a form held, in its order; a field's value is a text, or JSON where the part said so."""

    fields: list[tuple[str, Any]] = []
    uploads: list[Upload] = []

    def discard(self) -> None:
        """Drop the drafts that nobody kept."""
        for upload in self.uploads:
            upload.path.unlink(missing_ok=True)


class _Reader:
    """The callbacks of the parser: collects one part after the other."""

    def __init__(self, draft: Callable[[], Path], options: Callable[[str], Any]) -> None:
        self.form = Form()
        self._draft = draft
        self._options = options
        self._file: BufferedWriter | None = None
        self._header = [b"", b""]
        self._headers: dict[str, str] = {}
        self._name = self._filename = ""
        self._data = bytearray()
        self._path = Path()
        self._size = 0
        self.ended = False

    def callbacks(self) -> dict[str, Callable[..., None]]:
        names = "part_begin part_data part_end header_field header_value header_end"
        return {
            f"on_{name}": getattr(self, f"_{name}")
            for name in f"{names} headers_finished end".split()
        }

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._path.unlink(missing_ok=True)
            self._file = None

    def _part_begin(self) -> None:
        self._headers, self._header = {}, [b"", b""]
        self._data, self._size = bytearray(), 0

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_end(self) -> None:
        name, value = self._header
        self._headers[name.decode("latin-1").lower()] = value.decode("utf-8", "replace")
        self._header = [b"", b""]

    def _headers_finished(self) -> None:
        options = self._options(self._headers.get("content-disposition", ""))
        self._name = options.get("name", "")
        self._filename = options.get("filename", "")
        if "filename" in options:
            self._path = self._draft()
            self._file = self._path.open("wb")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._file:
            self._file.write(memoryview(data)[start:end])
        elif self._size > _FIELD_LIMIT:
            raise ApiError(413, f"The field '{self._name}' is too large for a field.")
        else:
            self._data += data[start:end]

    def _end(self) -> None:
        self.ended = True

    def _part_end(self) -> None:
        kind = self._headers.get("content-type", "")
        if self._file:
            self._file.close()
            self._file = None
            upload = Upload(self._name, self._filename, kind, self._path, self._size)
            self.form.uploads.append(upload)
            return
        text = self._data.decode("utf-8", "replace")
        self.form.fields.append((self._name, _value(text, kind)))


def _value(text: str, content_type: str) -> Any:
    if not content_type.startswith("application/json"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise ApiError(400, "A part of the form is not the JSON it claims to be.") from None


def parse(content_type: str, body: Iterable[bytes], draft: Callable[[], Path]) -> Form:
    """The form in `body`; `draft` gives each file a place to be written to."""
    from python_multipart.exceptions import MultipartParseError
    from python_multipart.multipart import MultipartParser, parse_options_header

    def options(header: str) -> dict[str, str]:
        raw = parse_options_header(header.encode("utf-8"))[1]
        return {key.decode("latin-1"): _text(value) for key, value in raw.items()}

    boundary = options(content_type).get("boundary")
    if not boundary:
        raise ApiError(400, "The Content-Type of the form names no boundary.")
    reader = _Reader(draft, options)
    parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]
    # What is wrong with a form is told to the client, not to the log.
    parser.logger.disabled = True
    try:
        for chunk in body:
            parser.write(chunk)
        parser.finalize()
        if not reader.ended:
            raise ApiError(400, "The form ends before its closing boundary.")
    except BaseException as error:
        reader.close()
        reader.form.discard()
        if isinstance(error, MultipartParseError):
            raise ApiError(400, "The form could not be parsed.") from None
        raise
    return reader.form


def _text(value: bytes) -> str:
    # The parser hands headers over as latin-1; browsers and httpx write names in UTF-8.
    return value.decode("utf-8", "replace")


def nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """`a[b]`, `a[]` and repeated names put together again: objects and arrays of texts."""
    result: dict[str, Any] = {}
    for name, value in pairs:
        keys = name.replace("]", "").split("[")
        place = result
        for key, following in pairwise(keys):
            if following == "":
                break
            inner = place.setdefault(key, {})
            place = inner if isinstance(inner, dict) else place
        if keys[-1] == "":
            place.setdefault(keys[-2], [])
            place[keys[-2]] = [*_listed(place[keys[-2]]), value]
        elif keys[-1] in place:
            place[keys[-1]] = [*_listed(place[keys[-1]]), value]
        else:
            place[keys[-1]] = value
    return result


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
