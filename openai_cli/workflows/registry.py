"""The workflows: one line each. Modules are named, not imported."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from typer._click.core import Command

from ..engine import tree
from ..engine.workflow import command_entry, group_entry

COMMANDS = (
    (
        ("help",),
        "Pages about commands and topics "
        "(arguments, config, environment, exit-codes, formats), and "
        "a search through all of them: `oai help search WORDS`.",
        "help",
    ),
    (("doctor",), "Check the installation, the connection and the key.", "doctor"),
)
"""Single commands."""

GROUPS = (
    (("sessions",), "Saved conversations: list, read, search, fork and delete them.", "sessions"),
    (("templates",), "Saved prompts with places to fill.", "templates"),
    (("api",), "Every endpoint: list, explain and call them.", "api"),
    (("auth",), "Keys: log in, log out, and see which work.", "auth"),
    (("profiles",), "Accounts and servers by name.", "profiles"),
    (("config",), "The configuration file and the values in force.", "config"),
    (("alias",), "Short names for command lines.", "alias"),
    (("sandbox",), "The offline API: serve it, or forget what it remembers.", "sandbox"),
    (("completion",), "Completion for bash, zsh, fish and PowerShell.", "completion"),
)

EXTENSIONS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("chat", "create"), "chat.command:TalkCommand", "chat"),
    (("responses", "create"), "chat.command:TalkCommand", "responses"),
)
"""Commands that take over an operation's and inherit its options."""

STARTS = ((("chat",), "chat.entrance"),)
"""Modules with `options()`, `about()` and `run(app, params)`: what bare groups do on a terminal."""


def register() -> None:
    """Put every workflow into the tree."""
    if tree.WORKFLOWS:
        return
    for path, name, argument in EXTENSIONS:
        tree.EXTENSIONS[path] = _extension(name, argument)
    for path, module in STARTS:
        tree.STARTS[path] = _Start(module)
    for path, help, module in COMMANDS:
        entry = command_entry(path, help, f"openai_cli.workflows.{module}")
        tree.WORKFLOWS.setdefault(path[:-1], []).append(entry)
    for path, help, module in GROUPS:
        entry = group_entry(path, help, f"openai_cli.workflows.{module}")
        tree.WORKFLOWS.setdefault(path[:-1], []).append(entry)


def _extension(name: str, argument: str) -> Callable[[str, str], Command]:
    """The class `module:Class`, imported when its command is looked up."""

    def make(command: str, operation: str) -> Command:
        module, _, attribute = name.partition(":")
        found = getattr(importlib.import_module(f"openai_cli.workflows.{module}"), attribute)
        made: Command = found(command, operation, argument)
        return made

    return make


class _Start:
    """A module that is imported when its group is looked up."""

    def __init__(self, module: str) -> None:
        self._name = f"openai_cli.workflows.{module}"

    def options(self) -> list[Any]:
        """The module's options."""
        found: list[Any] = importlib.import_module(self._name).options()
        return found

    def about(self) -> str:
        """The module's own words about what it starts."""
        return str(importlib.import_module(self._name).about())

    def run(self, app: Any, params: dict[str, Any]) -> None:
        """Start what the module starts."""
        importlib.import_module(self._name).run(app, params)
