"""`oai api show` for people."""

from __future__ import annotations

from ..catalog import describe
from ..catalog.model import Operation
from ..core.console import Console
from . import documents
from .table import Table


def page(console: Console, operation: Operation) -> str:
    """Name, endpoint, parameters as a table, what comes back, and a sample body."""
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
    answer = operation.response
    lines.append(f"returns {answer.kind} {answer.model}".rstrip())
    lines.extend(f"  {name}: {kind}" for name, kind in answer.fields.items())
    sample = describe.sample_body(operation)
    if sample:
        lines += ["", "sample body", documents.pretty(sample)]
    return "\n".join(lines) + "\n"
