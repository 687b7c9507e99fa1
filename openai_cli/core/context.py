"""What a command gets: streams, options, settings, the API; each part made when needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import Console
from .inputs import Inputs

if TYPE_CHECKING:
    from .api import Api
    from .config import Config
    from .http import Hooks, Http, LocalHandler
    from .settings import Settings

MakeSandbox = Callable[["App"], "LocalHandler"]
MakeHooks = Callable[["App"], "Hooks"]


class App:
    """The one context object of a run.

    `options` holds the global options that were given, by name (`max_items`, `header` …).
    `make_sandbox` makes a server inside the process, `make_hooks` says what the
    transport tells and opens; the roof provides both. `asked_format` is what the words of the
    command line say of `--format` before they are parsed, for errors that come before that;
    `command` is the first of its words that names a command, once that is known.
    """

    def __init__(
        self,
        console: Console,
        version: str,
        make_sandbox: MakeSandbox | None = None,
        make_hooks: MakeHooks | None = None,
    ) -> None:
        self.console = console
        self.version = version
        self.options: dict[str, Any] = {}
        self.asked_format = ""
        self.command = ""
        self._make_sandbox = make_sandbox
        self._make_hooks = make_hooks
        self.closers: list[Callable[[], None]] = []

    def option(self, name: str) -> Any:
        """A global option's value; None (or an empty tuple) where it was not given."""
        return self.options.get(name)

    @cached_property
    def inputs(self) -> Inputs:
        """Files and stdin."""
        return Inputs(self.console)

    @cached_property
    def config(self) -> Config:
        """The configuration file. Raises UsageError."""
        from .config import load

        config = load(self.console.env)
        if self.command in config.aliases:
            self.console.warn(
                f"your alias {self.command!r} is hidden by a command of that name; "
                f"`oai alias delete {self.command}` takes it away"
            )
        return config

    @cached_property
    def settings(self) -> Settings:
        """The values in force. Raises UsageError."""
        from .settings import resolve

        return resolve(self.config, self.console.env, self.options)

    @property
    def sandbox_state(self) -> Path:
        """Where the sandbox keeps its state between commands."""
        from .config import place

        return place("state", self.console.env) / "sandbox"

    @cached_property
    def api(self) -> Api:
        """The API, connected at the first call."""
        from .api import Api

        return Api(lambda: self._connect(self.settings))

    def api_with(self, settings: Settings) -> Api:
        """The API with other settings: another profile, or a key that is only tried."""
        from .api import Api

        made = Api(lambda: self._connect(settings))
        self.closers.append(made.close)
        return made

    def _connect(self, settings: Settings) -> Http:
        from .http import Hooks, Http

        local = None
        if settings.sandbox and self._make_sandbox:
            local = self._make_sandbox(self)
        return Http(
            settings,
            self.console.env,
            self.version,
            local=local,
            hooks=self._make_hooks(self) if self._make_hooks else Hooks(),
        )

    def close(self) -> None:
        """Let connections go; what still uses them ends first."""
        for close in reversed(self.closers):
            close()
        if "api" in self.__dict__:
            self.api.close()
