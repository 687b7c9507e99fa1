"""`oai chat create` and `oai responses create`: the operation's options, and what talking adds."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from typer._click.core import Context

from ...engine.command import OperationCommand
from . import extras

if TYPE_CHECKING:
    from ...core import results
    from ...core.context import App


class TalkCommand(OperationCommand):
    """The command of an operation that talks to a model; `api` names its adapter."""

    def __init__(self, name: str, operation_name: str, api: str) -> None:
        super().__init__(name, operation_name)
        self._api = api

    def extra_parameters(self) -> list[Any]:
        """What talking adds; `-m` is short for the model."""
        return extras.options(self._api)

    @cached_property
    def own_parameters(self) -> list[Any]:
        """The operation's parameters with the added ones."""
        made = super().own_parameters
        for option in made:
            if "--model" in option.opts:
                option.opts.append("-m")
        return made

    def run(self, app: App, ctx: Context) -> results.Result:
        """Gather, then ask once, or turn by turn when tools are offered."""
        from .apis import APIS
        from .talk import Talk

        given = extras.Given(ctx.params)
        return Talk(app, APIS[self._api](), given).run(self, ctx.params)
