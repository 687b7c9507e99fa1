"""The tools that a person brings: named on the command line, told to the model, run when it asks.

`--tool` takes Python (`file.py`, `file.py:function`, `module:function`), `--tool-cmd` a shell
command or a program described in a TOML file; either takes the TOML file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ...core.errors import UsageError
from .tool import Call, Outcome, Tool, ToolError
from .tool_run import execute

__all__ = [
    "Call",
    "Outcome",
    "Tool",
    "ToolError",
    "as_chat_tool",
    "as_responses_tool",
    "execute",
    "load",
    "unique",
]


def load(sources: Sequence[str], commands: Sequence[str], cwd: Path) -> list[Tool]:
    """The tools that `--tool` and `--tool-cmd` name. Raises UsageError."""
    found: list[Tool] = []
    for source in sources:
        if source.endswith(".toml"):
            from .tool_command import load_file

            found.append(load_file(source, cwd))
        else:
            from . import tool_python

            found.extend(tool_python.load(source, cwd))
    for command in commands:
        from . import tool_command

        found.append(tool_command.load(command, cwd))
    return unique(found)


def unique(tools: Iterable[Tool]) -> list[Tool]:
    """The tools, when no two have the same name. Raises UsageError."""
    found: dict[str, Tool] = {}
    for tool in tools:
        if tool.name in found:
            raise UsageError(
                f"two tools have the name {tool.name}", "rename one: the model calls them by name"
            )
        found[tool.name] = tool
    return list(found.values())


def as_chat_tool(tool: Tool) -> dict[str, Any]:
    """The tool as chat completions want it."""
    return {"type": "function", "function": _function(tool)}


def as_responses_tool(tool: Tool) -> dict[str, Any]:
    """The tool as responses want it."""
    return {"type": "function", **_function(tool)}


def _function(tool: Tool) -> dict[str, Any]:
    record: dict[str, Any] = {"name": tool.name}
    if tool.description:
        record["description"] = tool.description
    return {**record, "parameters": tool.parameters, "strict": tool.strict}
