"""`oai images generate`, `edit` and `create-variation`: the answer's pictures become files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer._click.core import Context

from ...core import results
from ...engine import extra, gather, run
from ...engine.command import OperationCommand

if TYPE_CHECKING:
    from ...core.context import App
    from ...engine.gather import Call

EXTRAS = (
    extra.Extra(
        "show",
        ("--show",),
        "",
        "Draw the picture in the terminal as well, unfinished ones too.",
        "Output",
        "flag",
    ),
)


class PicturesCommand(OperationCommand):
    """The command of an operation that makes pictures."""

    def __init__(self, name: str, operation_name: str, _: str = "") -> None:
        super().__init__(name, operation_name)

    def extra_parameters(self) -> list[Any]:
        """`--show`."""
        return [*extra.options(EXTRAS)]

    def run(self, app: App, ctx: Context) -> results.Result:
        """Send, save what comes back, and give the paths.

        A format for machines gives the API's answer instead, and files only where `-o` says where.
        """
        call = gather.gather(app, self.operation, self.own_parameters, ctx.params)
        shows = extra.Given(EXTRAS, ctx.params).flag("show")
        style = run.output_format(app)
        for_people = style in run.TEXT_FORMATS
        asked = bool(app.option("output")) or shows
        only_shown = app.option("dry_run") or app.option("curl")
        if only_shown or style == "raw" or not (for_people or asked):
            return run.run(app, call)
        return _saved(app, call, shows, for_people)


def _saved(app: App, call: Call, shows: bool, for_people: bool) -> results.Result:
    from .keeping import Keeper
    from .making import Making
    from .places import Places

    number = call.get("n")
    several = isinstance(number, int) and number > 1
    places = Places(str(app.option("output") or ""), several)
    places.check()
    if shows and not app.console.stdout_tty:
        app.console.warn("--show draws on a terminal, and stdout is none: nothing is drawn")
    result = run.run(app, call)
    if not isinstance(result, results.Document | results.Events):
        return result
    app.options.pop("output", None)
    making = Making(app, Keeper(app, places), draws=shows and app.console.stdout_tty)
    return making.paths(result) if for_people else making.beside(result)
