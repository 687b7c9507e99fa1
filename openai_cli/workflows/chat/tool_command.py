"""Commands as tools: a shell command with places for values, or a program described in a file.

    --tool-cmd 'count_lines: wc -l {file}'
    --tool-cmd weather.toml
        name = "weather"
        description = "The weather of the next days."
        command = ["./weather.py", "--json"]    # run without a shell; ./ is beside this file
        parameters = "city, days? int"          # the short form, or a JSON Schema as a table
        timeout = 20                            # seconds; 60 when left out

The program gets the arguments as one JSON object on stdin. What a command prints goes to the model;
stderr and an exit code other than 0 are told as well.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

from ...core.errors import UsageError
from . import schema_check, schema_short
from .processes import Ended, Processes
from .schema_walk import widen, without_nulls
from .shell_template import Template
from .tool import Tool, ToolError, offered, printable

TIMEOUT = 60.0
LIMIT = 64 * 1024
KEYS = {"name", "description", "command", "parameters", "timeout"}

_INLINE = re.compile(r"\s*(?P<name>[\w-]+)\s*:(?!//)\s*(?P<command>\S.*)", re.DOTALL)


def load(source: str, cwd: Path) -> Tool:
    """The tool of `name: command` or of a TOML file. Raises UsageError."""
    if source.strip().endswith(".toml") and not re.match(r"\s*[\w-]+\s*:\s", source):
        return load_file(source.strip(), cwd)
    match = _INLINE.fullmatch(source)
    if match is None:
        raise UsageError(
            f"{source!r} names no command", "write 'name: command with {place}', or FILE.toml"
        )
    return ShellTool(match["name"], match["command"])


def load_file(source: str, cwd: Path) -> Tool:
    """The program that a TOML file describes. Raises UsageError."""
    path = cwd / Path(source).expanduser()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{source} is not valid TOML: {error}") from None
    return _from_table(table, source, path)


class CommandTool(Tool):
    """What both kinds share: one command at a time or several, and what is told of their end."""

    timeout = TIMEOUT

    def __init__(self, name: str, description: str, parameters: dict[str, Any]) -> None:
        super().__init__(name, description, *offered(parameters, optional_as_null=True))
        self._given = parameters
        self._checked = widen(parameters)
        self._processes = Processes()

    def check(self, arguments: dict[str, Any]) -> None:
        if problem := schema_check.misfit(arguments, self._checked):
            raise ToolError(f"the arguments do not fit: {problem}")

    def cancel(self) -> None:
        self._processes.stop()

    def _run(
        self, command: list[str], env: dict[str, str] | None = None, stdin: bytes | None = None
    ) -> str:
        try:
            ended = self._processes.run(
                command,
                env={**os.environ, **(env or {})},
                timeout=self.timeout,
                limit=LIMIT,
                stdin=stdin,
            )
        except (OSError, ValueError) as error:
            raise ToolError(f"the command could not be run: {error}") from None
        return _told(ended, self.timeout)


class ShellTool(CommandTool):
    """A shell command; each place in it is a parameter, a string."""

    def __init__(self, name: str, command: str) -> None:
        if os.name != "posix":
            raise UsageError(
                "a shell command as a tool needs a POSIX shell",
                "describe a program in a TOML file: --tool-cmd FILE.toml",
            )
        self._template = Template(command)
        parameters = {
            "type": "object",
            "properties": {name: {"type": "string"} for name in self._template.names},
            "required": self._template.names,
            "additionalProperties": False,
        }
        super().__init__(name, f"Runs the shell command: {command.strip()}", parameters)

    def run(self, arguments: dict[str, Any]) -> str:
        self.check(arguments)
        script = self._template.script()
        return self._run(["/bin/sh", "-c", script, self.name], self._template.variables(arguments))

    def preview(self, arguments: dict[str, Any]) -> str:
        return printable(f"{self.name}: {self._template.shown(arguments)}")


class ProgramTool(CommandTool):
    """A program that takes its arguments as JSON on stdin."""

    def __init__(
        self, name: str, description: str, command: list[str], parameters: dict[str, Any]
    ) -> None:
        super().__init__(name, description, parameters)
        self._command = command

    def run(self, arguments: dict[str, Any]) -> str:
        self.check(arguments)
        given = without_nulls(arguments, self._given)
        return self._run(self._command, stdin=json.dumps(given).encode() + b"\n")


def _told(ended: Ended, timeout: float) -> str:
    """A command's end as the model hears it. Raises ToolError when it failed."""
    parts = [ended.stdout] if ended.stdout else []
    if ended.stderr:
        parts.append(f"[stderr]\n{ended.stderr}")
    if ended.timed_out:
        parts.append(f"[stopped: it took longer than {timeout:g} seconds]")
    elif ended.code < 0:
        parts.append(f"[ended by signal {-ended.code}]")
    elif ended.code:
        parts.append(f"[exit code {ended.code}]")
    joined = "\n".join(part.rstrip("\n") for part in parts[:-1])
    text = f"{joined}\n{parts[-1]}" if joined else "".join(parts[-1:])
    if ended.timed_out or ended.code:
        raise ToolError(text)
    return text


# -- the file of a program ------------------------------------------------------------------------


def _from_table(table: dict[str, Any], source: str, path: Path) -> Tool:
    if unknown := sorted(table.keys() - KEYS):
        raise UsageError(
            f"{source} has keys that mean nothing: {', '.join(unknown)}",
            f"known are {', '.join(sorted(KEYS))}",
        )
    name = _text(table, "name", source) or path.stem
    tool = ProgramTool(
        name,
        _text(table, "description", source) or f"Runs the program {name}.",
        _command(table.get("command"), source, path.parent),
        _parameters(table.get("parameters", {}), source),
    )
    timeout = table.get("timeout", TIMEOUT)
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:
        raise UsageError(f"{source}: timeout wants a number of seconds, not {timeout!r}")
    tool.timeout = float(timeout)
    return tool


def _text(table: dict[str, Any], key: str, source: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise UsageError(f"{source}: {key} wants text")
    return value


def _command(value: Any, source: str, folder: Path) -> list[str]:
    words = value if isinstance(value, list) else []
    if not words or not all(isinstance(word, str) and word for word in words):
        raise UsageError(
            f"{source}: command wants a list of words", 'for example command = ["./weather.py"]'
        )
    program = Path(words[0]).expanduser()
    if len(program.parts) > 1 or words[0].startswith("."):
        program = (folder / program).absolute()
    found = shutil.which(program)
    if found is None:
        reason = "is not executable" if program.exists() else "was not found"
        raise UsageError(f"{source}: the program {words[0]} {reason}")
    return [found, *words[1:]]


def _parameters(value: Any, source: str) -> dict[str, Any]:
    if isinstance(value, str):
        return schema_short.parse(value) if value.strip() else _parameters({}, source)
    if not isinstance(value, dict):
        raise UsageError(f"{source}: parameters wants the short form or a table")
    if not value:
        return {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    schema_check.check(value)
    if value.get("type") != "object":
        raise UsageError(
            f"{source}: parameters is a JSON Schema of an object", 'write type = "object"'
        )
    return value
