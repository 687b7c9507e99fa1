"""`oai api show` for people."""

from __future__ import annotations

from ..catalog import describe, load
from ..catalog.model import Operation
from ..core.console import Console
from . import documents
from .table import Table


def page(console: Console, operation: Operation) -> str:
    """Name, endpoint, parameters as a table, what comes back, and a sample body; of a session, the
    types of its events."""
    rows = [
        {
            "name": parameter.name,
            "in": parameter.place,
            "type": parameter.type,
            "required": "yes" if parameter.required else "",
            "option": operation.flag(parameter) or "(positional)",
        }
        for parameter in operation.parameters
    ]
    lines = [
        console.style(operation.name, "1") + f"  {operation.help}",
        f"oai {' '.join(operation.command)}",
        f"{operation.method} {operation.path}   key: {operation.auth}"
        + ("   deprecated" if operation.deprecated else ""),
        "",
    ]
    if rows:
        columns = ("name", "in", "type", "required", "option")
        table = Table(console, columns, terminal=console.stdout_tty)
        lines.append(table.rows(rows))
    lines += _events(operation) or _answer(operation)
    return "\n".join(lines) + "\n"


def _answer(operation: Operation) -> list[str]:
    answer = operation.response
    lines = [f"returns {answer.kind} {answer.model}".rstrip()]
    lines.extend(f"  {name}: {kind}" for name, kind in answer.fields.items())
    sample = describe.sample_body(operation)
    if sample:
        lines += ["", "sample body", documents.pretty(sample)]
    return lines


def _events(operation: Operation) -> list[str]:
    """What goes either way in a session; nothing for other operations."""
    events = load.sockets().get(operation.name)
    if events is None:
        return []
    sent, received = (sorted(events[side]) for side in ("client", "server"))
    indented = [["  " + kind for kind in kinds] for kinds in (sent, received)]
    return ["sends", *indented[0], "", "receives", *indented[1]]
