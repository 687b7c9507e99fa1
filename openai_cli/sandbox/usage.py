"""Usage and costs: made-up figures in buckets of time, the same for the same time."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from .call import Call, Object
from .errors import invalid
from .paging import envelope
from .reply import Reply, as_json
from .shapes import fields, options

_WIDTHS = {"1m": 60, "1h": 3600, "1d": 86400}
_USUAL = {"1m": 60, "1h": 24, "1d": 7}
_GROUPS = {
    "model": ("gpt-5.5", "gpt-5.5-mini"),
    "project_id": ("proj_sandbox",),
    "user_id": ("user-sandbox",),
    "api_key_id": ("key_sandbox",),
    "line_item": ("gpt-5.5, input", "gpt-5.5, output"),
    "batch": (False, True),
}


def report(call: Call) -> Reply:
    """A page of buckets."""
    query = call.query
    name = query.get("bucket_width") or "1d"
    width = _WIDTHS[name]
    start = query["start_time"] // width * width
    end = query.get("end_time") or call.now
    if end <= query["start_time"]:
        raise invalid("end_time", "'end_time' has to come after 'start_time'.")
    number = max(0, -(-(end - start) // width))
    first = _page(query.get("page"))
    last = min(number, first + (query.get("limit") or _USUAL[name]))
    data = [_bucket(call, start + n * width, width) for n in range(first, last)]
    return as_json(envelope(call, data, [f"page_{last}"], last < number))


def _page(token: Any) -> int:
    if not token:
        return 0
    number = str(token).removeprefix("page_")
    if not number.isdigit():
        raise invalid("page", "'page' is not one that an earlier answer named.")
    return int(number)


def _bucket(call: Call, start: int, width: int) -> Object:
    results = [_result(call, start, group) for group in _groups(call.query.get("group_by") or ())]
    return {"object": "bucket", "start_time": start, "end_time": start + width, "results": results}


def _groups(names: Any) -> list[Object]:
    """Every combination of the values that results are grouped by."""
    found: list[Object] = [{}]
    for name in names:
        values = _GROUPS.get(name, ("default",))
        found = [{**one, name: value} for one in found for value in values]
    return found


def _result(call: Call, start: int, group: Object) -> Object:
    stem = call.operation.path.rpartition("/")[2].removesuffix("_calls")
    member = fields(call.operation.response.shape)["results"]["type"]["array"]
    kinds = [fields(m) for m in member.get("union", [member])]
    fitting = (f for f in kinds if f".{stem}" in options(f["object"]["type"])[0])
    known = next(fitting, kinds[0])
    seed = crc32(f"{start}/{sorted(group.items())}".encode())
    result: Object = {"object": options(known["object"]["type"])[0]}
    for place, (name, field) in enumerate(known.items()):
        if field["type"] == "integer" and field.get("required"):
            result[name] = (seed >> place) % 1000
    if "amount" in known:
        result["amount"] = {"value": seed % 1000 / 100, "currency": "usd"}
    return {**result, **{name: value for name, value in group.items() if name in known}}
