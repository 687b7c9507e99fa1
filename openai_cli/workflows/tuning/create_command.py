"""`oai fine-tuning jobs create`: local training files are checked before they are uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer._click.core import Context

from ...engine.command import OperationCommand
from ...engine.extra import Extra, Given, options

if TYPE_CHECKING:
    from ...core import results
    from ...core.context import App
    from ...core.errors import UsageError
    from ...engine.gather import Call
    from .check import Report

EXTRAS = (
    Extra(
        "no_check",
        ("--no-check",),
        help="Upload local files without checking their examples first.",
        group="Run",
        kind="flag",
    ),
)
FILES = ("training_file", "validation_file")


class CreateCommand(OperationCommand):
    """The operation's command, with a check of what it is about to upload."""

    def __init__(self, name: str, operation_name: str, _: str = "") -> None:
        super().__init__(name, operation_name)

    def extra_parameters(self) -> list[Any]:
        """`--no-check`."""
        return [*options(EXTRAS)]

    def run(self, app: App, ctx: Context) -> results.Result:
        """Gather, check the local files, then upload and create."""
        from ...engine import gather, run

        call = gather.gather(app, self.operation, self.own_parameters, ctx.params)
        if not Given(EXTRAS, ctx.params).flag("no_check"):
            for name in FILES:
                _check(app, call, name)
        return run.run(app, call)


def _check(app: App, call: Call, name: str) -> None:
    """Check a local file that is to be uploaded. Raises UsageError when it has errors."""
    from ...engine.reading import Upload
    from . import formats
    from .check import FEWEST, check

    value = call.get(name)
    if not isinstance(value, Upload):
        return
    method = _method(call)
    if method not in formats.METHODS:
        app.console.warn(f"{value.path} is not checked: oai knows no method {method!r}")
        return
    report = check(value.path, method, fewest=FEWEST if name == FILES[0] else 1)
    if report.errors:
        raise _complaint(report)
    if report.warnings:
        counted = "1 warning" if report.warnings == 1 else f"{report.warnings:,} warnings"
        app.console.warn(f"{value.path}: {counted}; `oai fine-tuning check` lists them")


def _complaint(report: Report) -> UsageError:
    """The first error, how many there are, and how to see them."""
    from ...core.errors import UsageError

    first = next((one for one in report.problems if one.level == "error"), None)
    place, problem = report.path, "has errors"
    if first is not None:
        place = f"{report.path}:{first.line}" if first.line else report.path
        problem = first.problem
    more = f" (errors in all: {report.errors:,})" if report.errors > 1 else ""
    way = f"oai fine-tuning check {report.path} --method {report.method}"
    return UsageError(
        f"{place}: {problem}{more}; nothing was uploaded",
        f"`{way}` lists everything; --no-check uploads it as it is",
    )


def _method(call: Call) -> str:
    """The job's method; the API's own is supervised."""
    method = call.get("method")
    kind = method.get("type") if isinstance(method, dict) else None
    return kind if isinstance(kind, str) else "supervised"
