"""Tools of a training example, and the calls of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .finding import Findings, error, shown, warning

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def names(example: dict[str, Any]) -> set[str] | None:
    """The names of an example's tools and functions; None where it has neither."""
    if "tools" not in example and "functions" not in example:
        return None
    return {name for _, name in _named(example) if isinstance(name, str)}


def check_tools(place: str, example: dict[str, Any]) -> Findings:
    """The rules for `tools`, `functions` and `parallel_tool_calls` of an example."""
    for field in ("tools", "functions"):
        given = example.get(field)
        if given is not None and (not isinstance(given, list) or not given):
            yield error(f"{place}{field}", f"wants an array of tools, not {shown(given)}")
    seen: set[str] = set()
    for where, name in _named(example):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            wanted = "wants a name of up to 64 letters, digits, _ and -"
            yield error(f"{place}{where}", f"{wanted}, not {shown(name)}")
        elif name in seen:
            yield error(f"{place}{where}", f"is a second tool called {name!r}")
        else:
            seen.add(name)
    for where, schema in _schemas(example):
        if schema is not None and not isinstance(schema, dict):
            yield error(f"{place}{where}", f"wants a JSON schema, not {shown(schema)}")
    parallel = example.get("parallel_tool_calls")
    if parallel is not None and not isinstance(parallel, bool):
        yield error(f"{place}parallel_tool_calls", f"wants true or false, not {shown(parallel)}")


def _functions(example: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each function with its place; None where there should be one."""
    tools = example.get("tools")
    for at, tool in enumerate(tools if isinstance(tools, list) else ()):
        if isinstance(tool, dict) and tool.get("type", "function") != "function":
            continue
        yield f"tools[{at}].function", tool.get("function") if isinstance(tool, dict) else None
    functions = example.get("functions")
    for at, function in enumerate(functions if isinstance(functions, list) else ()):
        yield f"functions[{at}]", function


def _named(example: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for place, function in _functions(example):
        yield f"{place}.name", function.get("name") if isinstance(function, dict) else None


def _schemas(example: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for place, function in _functions(example):
        if isinstance(function, dict):
            yield f"{place}.parameters", function.get("parameters")


def check_calls(place: str, message: dict[str, Any], known: set[str] | None) -> Findings:
    """The rules for `tool_calls` and `function_call` of an assistant's message; `known` are the
    names of the tools it has."""
    if (function := message.get("function_call")) is not None:
        yield from _call(f"{place}.function_call", function, known)
    calls = message.get("tool_calls")
    if calls is None:
        return
    if not isinstance(calls, list) or not calls:
        yield error(f"{place}.tool_calls", f"wants an array of calls, not {shown(calls)}")
        return
    seen: set[str] = set()
    for at, call in enumerate(calls):
        where = f"{place}.tool_calls[{at}]"
        if not isinstance(call, dict):
            yield error(where, f"wants an object, not {shown(call)}")
            continue
        identity = call.get("id")
        if not isinstance(identity, str) or not identity:
            yield error(f"{where}.id", "is missing: the tool's answer refers to it")
        elif identity in seen:
            yield error(f"{where}.id", f"{identity!r} stands twice")
        else:
            seen.add(identity)
        if call.get("type", "function") == "function":
            yield from _call(f"{where}.function", call.get("function"), known)


def _call(place: str, function: Any, known: set[str] | None) -> Findings:
    """A function's name and its arguments, which are JSON inside a text."""
    if not isinstance(function, dict):
        yield error(place, f"wants an object, not {shown(function)}")
        return
    name, arguments = function.get("name"), function.get("arguments")
    if not isinstance(name, str) or not name:
        yield error(f"{place}.name", f"wants a tool's name, not {shown(name)}")
    elif known is None:
        yield warning(f"{place}.name", f"calls {name!r}, and the example has no tools")
    elif name not in known:
        yield error(f"{place}.name", f"calls {name!r}, which is none of the tools")
    if not isinstance(arguments, str):
        yield error(f"{place}.arguments", f"wants JSON as a text, not {shown(arguments)}")
    elif not _is_object(arguments):
        yield error(f"{place}.arguments", f"is no JSON object: {shown(arguments)}")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def call_ids(message: dict[str, Any]) -> set[str]:
    """The ids of a message's calls, as far as they are right."""
    calls = message.get("tool_calls")
    found = (call.get("id") for call in calls or () if isinstance(call, dict)) if calls else ()
    return {identity for identity in found if isinstance(identity, str)}
