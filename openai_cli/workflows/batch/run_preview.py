"""`oai batches run --dry-run`: what would be sent, as counts; nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core import results
from . import lines, state
from .run_begin import Order, check_all, is_planned

if TYPE_CHECKING:
    from pathlib import Path

    from ...core.context import App


def preview(app: App, order: Order) -> results.Document:
    """The files and the parts they would be cut into; or what is left of a job begun before."""
    path = state.place(order.output)
    if is_planned(path) and not order.fresh:
        return _left(app, path)
    check_all(app, order)
    parts = [] if order.settings["now"] else _parts(order)
    found = {
        "output": str(order.output),
        "files": list(order.files),
        "now": order.settings["now"],
        "requests": sum(1 for path in order.files for _ in lines.read(path)),
        "batches": parts,
    }
    return results.Document(found)


def _left(app: App, path: Path) -> results.Document:
    from . import report

    with state.readable(path) as found:
        return results.Document(report.document(app, found))


def _parts(order: Order) -> list[dict[str, Any]]:
    """The batches, cut as `split` would cut them."""
    open_parts: dict[tuple[str, str], dict[str, Any]] = {}
    parts: list[dict[str, Any]] = []
    most, size = order.settings["max_requests"], order.settings["max_bytes"]
    for path in order.files:
        for line in lines.read(path):
            request = lines.decode(line.raw)
            body = request["body"]
            kind = request["url"], str(body.get("model") or "")
            length = len(line.raw.rstrip(b"\r\n")) + 1
            part = open_parts.get(kind)
            if part is None or part["requests"] == most or part["bytes"] + length > size:
                part = {"endpoint": kind[0], "model": kind[1] or None, "requests": 0, "bytes": 0}
                open_parts[kind] = part
                parts.append(part)
            part["requests"] += 1
            part["bytes"] += length
    return parts
