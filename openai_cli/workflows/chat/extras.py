"""The options that talking adds to those of the operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine import extra
from ...engine.extra import Extra
from ...engine.options import Option

INPUT, ANSWER, TOOLS, SESSION = "Input", "Answer", "Tools you bring", "Conversation"
APPROVALS = ("ask", "always", "never")


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
    ),
    Extra(
        "file_search",
        ("--file-search",),
        "VECTOR_STORE_ID",
        "Let the model search a vector store; may be repeated.",
        TOOLS,
        "list",
    ),
    Extra(
        "code_interpreter",
        ("--code-interpreter",),
        "",
        "Let the model run Python in a container.",
        TOOLS,
        "flag",
    ),
    Extra(
        "image_generation",
        ("--image-generation",),
        "",
        "Let the model draw pictures; they are saved here, or in the folder that -o names.",
        TOOLS,
        "flag",
    ),
    Extra(
        "mcp",
        ("--mcp",),
        "LABEL=URL",
        "Let the model use a remote MCP server; may be repeated.",
        TOOLS,
        "list",
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
RESPONSES_ONLY = (
    "count",
    "web_search",
    "file_search",
    "code_interpreter",
    "image_generation",
    "mcp",
)


def options(api: str) -> list[Option]:
    """The added options of one adapter."""
    return extra.options(
        found for found in EXTRAS if api == "responses" or found.name not in RESPONSES_ONLY
    )


class Given(extra.Given):
    """The added options of one command line, by name."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(EXTRAS, params)
