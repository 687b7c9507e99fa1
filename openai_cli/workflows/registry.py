"""The workflows: one line each. Modules are named, not imported."""

from __future__ import annotations

from ..engine import tree
from ..engine.workflow import group_entry

GROUPS = (
    (("api",), "Every endpoint: list, explain and call them.", "api"),
    (("config",), "The configuration file and the values in force.", "config"),
    (("sandbox",), "The offline API: serve it, or forget what it remembers.", "sandbox"),
)


def register() -> None:
    """Put every workflow into the tree."""
    if tree.WORKFLOWS:
        return
    for path, help, module in GROUPS:
        entry = group_entry(path, help, f"openai_cli.workflows.{module}")
        tree.WORKFLOWS.setdefault(path[:-1], []).append(entry)
