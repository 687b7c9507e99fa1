"""The workflows: one line each. Modules are named, not imported."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from typer._click.core import Command

from ..engine import tree
from ..engine.workflow import group_entry

GROUPS = (
    (("api",), "Every endpoint: list, explain and call them.", "api"),
    (("config",), "The configuration file and the values in force.", "config"),
    (("sandbox",), "The offline API: serve it, or forget what it remembers.", "sandbox"),
)

EXTENSIONS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("chat", "create"), "chat.command:TalkCommand", "chat"),
    (("responses", "create"), "chat.command:TalkCommand", "responses"),
)
"""Commands that take over an operation's and inherit its options."""


def register() -> None:
    """Put every workflow into the tree."""
    if tree.WORKFLOWS:
        return
    for path, name, argument in EXTENSIONS:
        tree.EXTENSIONS[path] = _extension(name, argument)
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
