"""The options that talking adds to those of the operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...catalog.record import Record
from ...core import values
from ...core.errors import UsageError
from ...engine.options import Option

INPUT, ANSWER, TOOLS, SESSION = "Input", "Answer", "Tools you bring", "Conversation"
APPROVALS = ("ask", "always", "never")


class Extra(Record):
    """One added option. `apis` names the adapters that have it; empty means all."""

    name: str
    flags: tuple[str, ...]
    metavar: str
    help: str
    group: str
    kind: str = "text"
    apis: tuple[str, ...] = ()


EXTRAS = (
    Extra("system", ("--system", "-s"), "TEXT", "How the model should behave.", INPUT),
    Extra("system_file", ("--system-file",), "FILE", "A file with the same.", INPUT),
    Extra(
        "attach",
        ("--attach", "-a"),
        "PATH|URL|-",
        "Send a picture, document, sound or text along; may be repeated.",
        INPUT,
        "list",
    ),
    Extra("template", ("--template", "-t"), "NAME", "Start from a saved template.", INPUT),
    Extra("var", ("--var",), "NAME=TEXT", "Fill a place of the template.", INPUT, "list"),
    Extra(
        "schema",
        ("--schema",),
        "SCHEMA",
        "Answer as JSON of this shape: a JSON Schema (file or text), `name, age int, tags[]`, or "
        "`file.py:Model`.",
        ANSWER,
    ),
    Extra(
        "schema_multi",
        ("--schema-multi",),
        "SCHEMA",
        "Answer as a list of objects of this shape; with -f jsonl one a line.",
        ANSWER,
    ),
    Extra("code", ("--code",), "", "Print only the fenced code of the answer.", ANSWER, "flag"),
    Extra("usage", ("--usage",), "", "Tell tokens and times on stderr.", ANSWER, "flag"),
    Extra(
        "no_markdown",
        ("--no-markdown",),
        "",
        "On a terminal too, print the text as the model wrote it.",
        ANSWER,
        "flag",
    ),
    Extra(
        "count",
        ("--count",),
        "",
        "Count the input's tokens and send nothing else.",
        ANSWER,
        "flag",
        ("responses",),
    ),
    Extra(
        "tool",
        ("--tool",),
        "FILE.py|MODULE:FUNCTION",
        "Offer Python functions to the model; may be repeated.",
        TOOLS,
        "list",
    ),
    Extra(
        "tool_cmd",
        ("--tool-cmd",),
        "'NAME: COMMAND {arg}'|FILE.toml",
        "Offer a shell command, or a program described in a file; may be repeated.",
        TOOLS,
        "list",
    ),
    Extra("max_turns", ("--max-turns",), "N", "Stop after N rounds of tool calls.", TOOLS),
    Extra(
        "approve",
        ("--approve",),
        "|".join(APPROVALS),
        "Whether a tool may run. Left out: ask on a terminal, never elsewhere.",
        TOOLS,
    ),
    Extra(
        "web_search",
        ("--web-search",),
        "",
        "Let the model search the web.",
        TOOLS,
        "flag",
        ("responses",),
    ),
    Extra(
        "file_search",
        ("--file-search",),
        "VECTOR_STORE_ID",
        "Let the model search a vector store; may be repeated.",
        TOOLS,
        "list",
        ("responses",),
    ),
    Extra(
        "code_interpreter",
        ("--code-interpreter",),
        "",
        "Let the model run Python in a container.",
        TOOLS,
        "flag",
        ("responses",),
    ),
    Extra(
        "image_generation",
        ("--image-generation",),
        "",
        "Let the model draw pictures; they are saved here, or in the folder that -o names.",
        TOOLS,
        "flag",
        ("responses",),
    ),
    Extra(
        "mcp",
        ("--mcp",),
        "LABEL=URL",
        "Let the model use a remote MCP server; may be repeated.",
        TOOLS,
        "list",
        ("responses",),
    ),
    Extra(
        "continue",
        ("--continue", "-c"),
        "",
        "Go on with the last saved conversation.",
        SESSION,
        "flag",
    ),
    Extra(
        "session",
        ("--session",),
        "NAME",
        "Go on with this saved conversation, or start it.",
        SESSION,
    ),
)
PREFIX = "talk_"


def options(api: str) -> list[Option]:
    """The added options of one adapter."""
    return [
        Option(
            PREFIX + extra.name,
            list(extra.flags),
            bound=extra,
            help=extra.help,
            metavar=extra.metavar,
            multiple=extra.kind == "list",
            flag=extra.kind == "flag",
            group=extra.group,
        )
        for extra in EXTRAS
        if not extra.apis or api in extra.apis
    ]


class Given:
    """The added options of one command line, by name."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._values = {extra.name: params.get(PREFIX + extra.name) for extra in EXTRAS}

    def text(self, name: str) -> str:
        """A text, empty where it was not given. Raises UsageError for one that was given empty and
        has to say something: often an unset variable."""
        value = self._values.get(name)
        if value == "" and name != "system":
            raise UsageError(f"--{name.replace('_', '-')} is empty")
        return str(value or "")

    def flag(self, name: str) -> bool:
        """Whether a flag was given."""
        return bool(self._values.get(name))

    def count(self, name: str, default: int) -> int:
        """A whole number of 1 or more. Raises UsageError."""
        text = self.text(name)
        if not text:
            return default
        flag = "--" + name.replace("_", "-")
        try:
            number = values.integer(text)
        except ValueError as error:
            raise UsageError(f"{flag} {error}") from None
        if number < 1:
            raise UsageError(f"{flag} wants 1 or more")
        return number

    def list(self, name: str) -> list[str]:
        """The texts of a repeated option."""
        return list(self._values.get(name) or ())
