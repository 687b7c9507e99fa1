"""What a tool is: something the model may ask for, and we run."""

from __future__ import annotations

import json
import re
from typing import Any

from ...catalog.record import Record
from ...core.console import harmless
from ...core.errors import UsageError
from .schema_strict import Inexpressible, strict

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class Call(Record):
    """A call as the model wrote it; `arguments` is meant to be a JSON object."""

    id: str
    name: str
    arguments: str


class Outcome(Record):
    """What goes back to the model for a call."""

    id: str
    name: str
    output: str
    error: bool = False


class ToolError(Exception):
    """Something the model should hear about: arguments that do not fit, a command that failed."""


class Tool:
    """A name, a description, the schema of the arguments, and what happens.

    `strict` says whether the schema is in the form that strict mode asks for.
    """

    def __init__(
        self, name: str, description: str, parameters: dict[str, Any], strict: bool
    ) -> None:
        if not NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be the name of a tool",
                "up to 64 letters of a-z, digits, `_` and `-`",
            )
        self.name = name
        self.description = description
        self.parameters = parameters
        self.strict = strict

    def check(self, arguments: dict[str, Any]) -> None:
        """Refuse arguments that do not fit. Raises ToolError."""
        raise NotImplementedError

    def run(self, arguments: dict[str, Any]) -> str:
        """What the model gets. Raises ToolError, and whatever the tool itself raises."""
        raise NotImplementedError

    def preview(self, arguments: dict[str, Any]) -> str:
        """The call in one line for a person to judge: complete, and harmless to a terminal."""
        given = (f"{name}={_shown(value)}" for name, value in arguments.items())
        return printable(f"{self.name}({', '.join(given)})")

    def cancel(self) -> None:
        """End what runs, as far as it can be ended."""


def printable(text: str) -> str:
    """Text that any terminal shows and none obeys."""
    return harmless(text.encode("utf-8", "replace").decode("utf-8"))


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def offered(parameters: dict[str, Any], *, optional_as_null: bool) -> tuple[dict[str, Any], bool]:
    """Parameters as they are sent, and whether that is the strict form."""
    try:
        return strict(parameters, optional_as_null=optional_as_null), True
    except Inexpressible:
        return parameters, False
