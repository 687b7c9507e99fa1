"""Contents that are kept, sent whole or from where the client wants them (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .call import Call
from .errors import ApiError
from .reply import Reply

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def content(call: Call, name: str) -> Reply:
    """The content `name`, or the one range of it that was asked for while it is unchanged."""
    size = call.blobs.size(name)
    mark = f'"{call.blobs.mark(name)}"'
    headers = [
        ("content-type", "application/octet-stream"),
        ("accept-ranges", "bytes"),
        ("etag", mark),
    ]
    span = _span(call.headers, size, mark)
    if span is None:
        headers.append(("content-length", str(size)))
        return Reply(200, headers, call.blobs.read(name))
    start, end = span
    headers.append(("content-range", f"bytes {start}-{end - 1}/{size}"))
    headers.append(("content-length", str(end - start)))
    return Reply(206, headers, call.blobs.read(name, start, end - start))


def _span(headers: Mapping[str, str], size: int, mark: str) -> tuple[int, int] | None:
    """First byte and the one behind the last; None for all of them. Raises ApiError 416."""
    found = _RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    if not found or not any(found.groups()) or headers.get("if-range", mark) != mark:
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= end:
        raise ApiError(
            416,
            f"The content has {size} bytes, none of them in the range asked for.",
            headers={"content-range": f"bytes */{size}"},
        )
    return start, end
