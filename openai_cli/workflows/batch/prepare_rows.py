"""The rows that become requests: CSV, TSV, JSON lines or plain lines, one at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import PurePath
from typing import Any, BinaryIO, NamedTuple

from ...core.errors import UsageError
from ..jsonl.lines import BOM, decode
from ..jsonl.lines import from_stream as lines_of

FORMATS = ("csv", "tsv", "jsonl", "lines")
_SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
LINE = "line"
"""The one column that plain lines have."""

_LARGEST_FIELD = 200_000_000


class Row(NamedTuple):
    """One row: the line of the input it starts on, and its values by column. They are texts, from
    JSON lines any JSON value."""

    number: int
    values: dict[str, Any]


def format_of(name: str) -> str:
    """The format that a file's name means; plain lines where it means none."""
    return _SUFFIXES.get(PurePath(name).suffix.lower(), "lines")


def read(stream: BinaryIO, format: str, name: str) -> Iterator[Row]:
    """The rows of a stream in one of `FORMATS`; a byte order mark, CRLF and empty lines are taken
    as what they are. Raises UsageError with the line of whatever cannot be read."""
    return _READERS[format](stream, name)


def _csv(stream: BinaryIO, name: str) -> Iterator[Row]:
    return _table(stream, name, "excel")


def _tsv(stream: BinaryIO, name: str) -> Iterator[Row]:
    return _table(stream, name, "excel-tab")


def _table(stream: BinaryIO, name: str, dialect: str) -> Iterator[Row]:
    """Rows under a header; a quoted value may hold line ends."""
    csv.field_size_limit(_LARGEST_FIELD)
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    reader = csv.reader(text, dialect, strict=True)
    try:
        yield from _under_header(reader, name)
    except csv.Error as error:
        raise UsageError(f"{name}: line {reader.line_num}: {error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name}: not UTF-8 text after line {reader.line_num}") from None
    finally:
        # The stream is the caller's to close, and may be closed by now.
        with suppress(ValueError):
            text.detach()


def _under_header(reader: Any, name: str) -> Iterator[Row]:
    header: list[str] = []
    last = 0
    for fields in reader:
        number, last = last + 1, reader.line_num
        if not fields:
            continue
        if not header:
            header = _header(fields, name)
        elif len(fields) != len(header):
            raise UsageError(
                f"{name}: line {number} has {len(fields)} fields, the header has {len(header)}",
                "a value that holds commas, tabs or line ends stands in double quotes",
            )
        else:
            yield Row(number, dict(zip(header, fields, strict=True)))


def _header(fields: list[str], name: str) -> list[str]:
    twice = sorted({field for field in fields if fields.count(field) > 1})
    if twice:
        raise UsageError(f"{name}: the header names {', '.join(map(repr, twice))} twice")
    return fields


def _json_lines(stream: BinaryIO, name: str) -> Iterator[Row]:
    for line in lines_of(stream, name):
        raw = line.raw.removeprefix(BOM) if line.number == 1 else line.raw
        try:
            value = decode(raw)
        except ValueError as error:
            raise UsageError(f"{name}: line {line.number} {error}") from None
        if not isinstance(value, dict):
            raise UsageError(f"{name}: line {line.number} is not a JSON object")
        yield Row(line.number, value)


def _plain_lines(stream: BinaryIO, name: str) -> Iterator[Row]:
    for line in lines_of(stream, name):
        try:
            text = line.raw.decode("utf-8-sig" if line.number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise UsageError(f"{name}: line {line.number} is not UTF-8 text") from None
        text = text.removesuffix("\n").removesuffix("\r")
        if text.strip():
            yield Row(line.number, {LINE: text})


_READERS: dict[str, Callable[[BinaryIO, str], Iterator[Row]]] = {
    "csv": _csv,
    "tsv": _tsv,
    "jsonl": _json_lines,
    "lines": _plain_lines,
}
