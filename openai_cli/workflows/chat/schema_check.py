"""Is a schema a schema, and does a value fit it: JSON Schema by the `jsonschema` library."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ...core.errors import UsageError
from .schema_walk import escape, rebuild

SHOWN = 3
LONGEST = 200


def check(schema: Any) -> None:
    """Refuse what is no JSON Schema. Raises UsageError that says where."""
    from jsonschema.exceptions import SchemaError

    if not isinstance(schema, dict):
        raise UsageError("a JSON Schema is an object", 'such as {"type": "object", …}')
    try:
        _dialect(schema).check_schema(_checkable(schema))
    except SchemaError as error:
        where = pointer(error.absolute_path)
        raise UsageError(f"not a JSON Schema{at(where)}: {_cut(error.message)}") from None
    except RecursionError:
        raise UsageError("the schema is nested too deeply") from None


def misfit(value: Any, schema: dict[str, Any]) -> str:
    """Why a value does not fit a schema; empty when it does."""
    from jsonschema.exceptions import best_match
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    schema = _checkable(schema)
    validator = _dialect(schema)(schema, registry=Registry())
    try:
        errors = list(validator.iter_errors(value))
    except RecursionError:
        return "it is nested too deeply to be checked"
    except Unresolvable as error:
        return f"the schema refers to something it does not hold: {error}"
    if len(errors) == 1:
        found = best_match(errors)
        errors = [found] if found else errors
    return summary((pointer(error.absolute_path), error.message) for error in errors)


def summary(problems: Iterable[tuple[str, str]]) -> str:
    """Some problems, each with its place, in one line."""
    lines = [f"{_cut(message)}{at(where)}" for where, message in problems]
    more = f"; and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return "; ".join(lines[:SHOWN]) + more


def pointer(path: Iterable[object]) -> str:
    """A path as a JSON pointer."""
    return "".join(f"/{escape(step)}" for step in path)


def at(where: str) -> str:
    """A place in words; nothing for the root."""
    return f" at {where}" if where else ""


def _cut(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"


def _dialect(schema: dict[str, Any]) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    return validator_for(schema, default=Draft202012Validator)


def _checkable(node: Any) -> Any:
    """The schema without the patterns that Python's regular expressions do not understand: an
    answer must not fail because of them."""
    if not isinstance(node, dict):
        return node
    made = rebuild(node, lambda child, _: _checkable(child))
    if isinstance(made.get("pattern"), str) and not _compiles(made["pattern"]):
        del made["pattern"]
    return made


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
