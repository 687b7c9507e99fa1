"""What is to be sent, and into which parts it is cut."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path
from typing import Any

from ...catalog.record import Record
from ...core.errors import UsageError
from ...core.request import FileValue

MIB = 1 << 20
SINGLE = 512 * 10**6
"""The largest file that one request may carry."""
THRESHOLD = 256 * MIB
"""Above this a file goes up in parts unasked."""
LARGEST = 8 << 30
LARGEST_PART = 64 * MIB
PART = 32 * MIB
JOBS = 4
UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}
JSON_LINES = "text/jsonl"


class Job(Record):
    """One file to be sent.

    `fields` are the other fields of the request by name (`purpose`, `expires_after` …), `filename`
    and `mime_type` what the API is told about the file. `part_size` of 0 leaves the size of a part
    to us; `jobs` parts are on their way at a time.
    """

    path: Path
    fields: dict[str, Any]
    filename: str
    mime_type: str
    part_size: int = 0
    jobs: int = JOBS


def job_of(
    path: str | Path,
    fields: dict[str, Any],
    *,
    filename: str = "",
    mime_type: str = "",
    part_size: int = 0,
    jobs: int = JOBS,
) -> Job:
    """The job of sending `path`; names and types that are not given follow from it."""
    place = Path(path).expanduser()
    name = filename or place.name
    return Job(place, fields, name, mime_type or media_type(name), part_size, jobs)


def media_type(name: str) -> str:
    """The media type that a file's name suggests."""
    if name.lower().endswith(".jsonl"):
        return JSON_LINES
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def size_of(path: Path) -> int:
    """The size of a file in bytes. Raises UsageError when it cannot be read."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None


def part_size(text: str) -> int:
    """`16MB`, `8 MiB` or a number of bytes, as `--part-size` takes it. Raises UsageError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]?i?)b?", text.strip().lower())
    unit = UNITS.get(found[2]) if found else None
    if not found or unit is None:
        raise UsageError(f"--part-size wants a size such as 16MB, not {text!r}")
    size = int(float(found[1]) * unit)
    if not 1 <= size <= LARGEST_PART:
        raise UsageError(f"--part-size wants at most 64 MiB, not {text!r}")
    return size


def parts(size: int, each: int) -> int:
    """How many parts of `each` bytes a file of `size` bytes has."""
    return -(-size // each)


def piece(wanted: Job, size: int, each: int, index: int) -> FileValue:
    """Part `index` (from 0) of the file."""
    offset = index * each
    length = min(each, size - offset)
    return FileValue(str(wanted.path), wanted.filename, wanted.mime_type, offset, length)
