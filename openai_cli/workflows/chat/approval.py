"""Nothing runs unasked: who decides whether a tool may run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...core.errors import UsageError
from .extras import APPROVALS

if TYPE_CHECKING:
    from ...core.context import App
    from .tools import Tool


class Approval:
    """`ask`, `always` or `never`; left out it is `ask` where somebody can answer, else `never`.
    `confirm` puts the question, where that is not a matter of writing it and reading a line."""

    def __init__(
        self, app: App, mode: str = "", confirm: Callable[[str], bool] | None = None
    ) -> None:
        if mode and mode not in APPROVALS:
            raise UsageError(f"--approve wants one of {', '.join(APPROVALS)}, not {mode!r}")
        can_ask = app.console.interactive and not app.option("no_input")
        if not mode and app.option("yes"):
            mode = "always"
        self._mode = mode or "ask"
        if self._mode == "ask" and not can_ask:
            self._mode = "never"
        self._app = app
        self._confirm = confirm
        self._told = False

    def ask(self, tool: Tool, arguments: dict[str, Any]) -> bool:
        """Whether this call may run; its arguments are shown first."""
        return self.allow(tool.preview(arguments))

    def allow(self, what: str) -> bool:
        """Whether what is described so may happen."""
        if self._mode == "always":
            return True
        if self._mode == "never":
            if not self._told:
                self._app.console.warn(f"not run: {what} (--approve always allows it)")
            self._told = True
            return False
        if self._confirm:
            return self._confirm(f"run {what}?")
        from ...render.ask import confirm

        self._app.console.end_line()
        return confirm(self._app.console, f"run {what}?")
