"""`oai doctor`: everything a bug report needs, and nothing secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ..core import results
from ..core.console import harmless
from ..core.context import App
from ..core.errors import OaiError
from ..engine.workflow import BROKEN, SetupCommand

if TYPE_CHECKING:
    from ..core.console import Console
    from .setup.finding import Finding

app = typer.Typer()

STYLES = {"ok": "32", "warning": "33", "failure": "31"}


@app.command("doctor", cls=SetupCommand)
def doctor(
    ctx: typer.Context,
    offline: bool = typer.Option(False, "--offline", help="Do not try to reach the API."),
) -> results.Result:
    """Check installation, configuration, connection and key; exit code 1 when something fails.

    oai doctor
    oai doctor -f json
    """
    context: App = ctx.obj
    found = _findings(context, ctx.meta.get(BROKEN), offline)
    failed = [one.name for one in found if one.status == "failure"]
    problem = OaiError(f"something is wrong with: {', '.join(failed)}") if failed else None
    document = {"ok": not failed, "checks": [one.as_dict() for one in found]}
    return results.Document(document, human=_human(context.console, found), problem=problem)


def _findings(context: App, broken: OaiError | None, offline: bool) -> list[Finding]:
    from .setup import connection, machine
    from .setup.finding import FAILURE, Finding

    found = [*machine.program(context), machine.configuration(context, broken)]
    try:
        settings = context.settings
    except OaiError as error:
        found.append(Finding("settings", FAILURE, error.message, error.hint))
    else:
        found += [machine.profile(context), machine.key(context, settings)]
        found += [connection.proxy(context, settings), connection.tls(context, settings)]
        if not offline:
            found += connection.reach(context, settings)
    return [*found, machine.sound(), machine.terminal(context)]


def _human(console: Console, found: list[Finding]) -> str:
    width = max(len(one.name) for one in found)
    lines = []
    for one in found:
        status = console.style(f"{one.status:<7}", STYLES[one.status])
        lines.append(f"{status}  {one.name:<{width}}  {harmless(one.detail)}")
        if one.hint:
            lines.append(f"{'':<{width + 11}}{harmless(one.hint)}")
    return "\n".join(lines) + "\n"
