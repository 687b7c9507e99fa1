"""The lines of a JSONL file with their numbers and places, and each line's JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

from ...core.errors import UsageError

LONGEST = 256_000_000
"""Bytes that one line may have; what is longer is hardly a file of JSON lines."""

BOM = b"\xef\xbb\xbf"
NO_JSON = "is not valid JSON"


class Line(NamedTuple):
    """One line of a file: `number` counts from 1 and counts empty lines too, `offset` is the byte
    the line starts at, `raw` the line's bytes with its line end (the last line may have none)."""

    number: int
    offset: int
    raw: bytes


STDIN = "-"


def read(path: str | Path, *, blank: bool = False, stdin: BinaryIO | None = None) -> Iterator[Line]:
    """The lines of a file one after the other, never more than one in memory.

    Lines of nothing but white space are left out unless `blank` asks for them. Where a `stdin` is
    given, the path `-` means that. Raises UsageError when the file cannot be read, or has a line of
    more than `LONGEST` bytes.
    """
    if stdin is not None and str(path) == STDIN:
        yield from from_stream(stdin, "stdin", blank=blank)
        return
    try:
        with Path(path).expanduser().open("rb", buffering=1 << 20) as stream:
            yield from from_stream(stream, str(path), blank=blank)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None


def from_stream(stream: BinaryIO, name: str, *, blank: bool = False) -> Iterator[Line]:
    """The lines of a stream like those of a file; `name` is what messages call it."""
    offset = number = 0
    while raw := stream.readline(LONGEST):
        number += 1
        if len(raw) == LONGEST:
            raise UsageError(f"{name}: line {number} is longer than {LONGEST:,} bytes")
        if blank or raw.strip():
            yield Line(number, offset, raw)
        offset += len(raw)


def decode(raw: bytes) -> Any:
    """A line's JSON as RFC 8259 has it. Raises ValueError, its text the reason, with the column."""
    try:
        return _decoder(raw.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(_complaint(raw, error)) from None
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 text (byte {error.start + 1})") from None
    except RecursionError:
        raise ValueError(f"{NO_JSON}: nested too deeply") from None
    except ValueError as error:
        # Python reads no integer of thousands of digits, and says so in words of its own.
        constant = str(error).startswith(NO_JSON)
        raise ValueError(str(error) if constant else "has a number of too many digits") from None


def _complaint(raw: bytes, error: json.JSONDecodeError) -> str:
    if raw.startswith(BOM):
        return "starts with a byte order mark, which JSON does not allow"
    return f"{NO_JSON}: {error.msg} (column {error.colno})"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{NO_JSON}: {constant} is no JSON value")


_decoder: Callable[[str], Any] = json.JSONDecoder(parse_constant=_refuse).decode
"""Made once: `json.loads` with options would make a decoder for every line."""
