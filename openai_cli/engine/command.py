"""One operation as a Typer command; its facts are read and its options made when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from typer._click.core import Context, Parameter
from typer.core import TyperCommand

from ..catalog import load
from . import globals as global_options
from .parameters import make_parameters

if TYPE_CHECKING:
    from ..catalog.model import Operation
    from ..core.context import App
    from ..core.results import Result


class FactsCommand(TyperCommand):
    """A command made from facts of the catalog, which subclasses know where to find."""

    opens_session = False

    def __init__(self, name: str, operation_name: str) -> None:
        self.operation_name = operation_name
        super().__init__(name, add_help_option=False, rich_markup_mode=None)

    @cached_property
    def operation(self) -> Operation:
        """The facts and words."""
        raise NotImplementedError

    @cached_property
    def own_parameters(self) -> list[Any]:
        """Arguments and options of the operation itself, and what is added to them."""
        return [*make_parameters(self.operation), *self.extra_parameters()]

    def extra_parameters(self) -> list[Any]:
        """Options beyond the operation's own."""
        return []

    @property
    def params(self) -> list[Parameter]:
        """Arguments and options: the operation's, then the global ones."""
        return [*self.own_parameters, *global_options.options()]

    @params.setter
    def params(self, value: list[Parameter]) -> None:
        """Typer assigns an empty list at the start; there is nothing to keep."""

    def settle(self, ctx: Context) -> App:
        """What comes before running: global options and defaults of the configuration."""
        app: App = ctx.obj
        app.options.update(global_options.collect(ctx))
        if app.config.defaults:
            from . import defaults

            defaults.fill_options(app, ctx, self.operation.command)
        return app

    def page(self, ctx: Context) -> str:
        """The help page."""
        from .help import operation_page

        return operation_page(self, ctx)


class OperationCommand(FactsCommand):
    """The command of an operation; workflows subclass it to extend one and inherit its options."""

    @cached_property
    def operation(self) -> Operation:
        """The facts and words."""
        return load.operation(self.operation_name)

    def extra_parameters(self) -> list[Any]:
        """Options beyond the operation's own: those about downloading what it starts. Workflows
        that extend one add theirs."""
        if "download" not in self.operation.words.wait:
            return []
        from . import collecting, extra

        return [*extra.options(collecting.extras(self.operation))]

    def invoke(self, ctx: Context) -> Any:
        """Gather the values, run, and hand the result to the renderer."""
        app = self.settle(ctx)
        if any(app.option(name) for name in global_options.WAITING):
            from . import waiting

            waiting.check(app, self.operation)
        from ..render.show import show
        from .seen import Watch

        watch = Watch(app, self.operation, self.own_parameters, ctx.params)
        result = watch.over(self.run(app, ctx))
        show(app, result)
        watch.keep()
        if problem := getattr(result, "problem", None):
            raise problem

    def run(self, app: Any, ctx: Context) -> Result:
        """What the command does; workflows override it."""
        from . import gather, run

        call = gather.gather(app, self.operation, self.own_parameters, ctx.params)
        return run.run(app, call)
