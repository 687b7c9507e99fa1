"""The arguments and options of an operation, made from its facts."""

from __future__ import annotations

import re
from typing import Any, Literal

from ..catalog.model import Field, Operation, Parameter
from ..catalog.record import Record
from ..core import values
from .options import Argument, Option

BodyKind = Literal["body", "set", "filename"]


class Prompt(Record):
    """A positional text that becomes a message in the field `into`."""

    name: str
    into: str


class Special(Record):
    """`--body`, `--set`, `--filename`: options about the request as a whole."""

    kind: BodyKind


Bound = Parameter | Field | Prompt | Special


def make_parameters(operation: Operation) -> list[Any]:
    """Positional arguments first, then an option for every other field, dotted ones included."""
    taken: set[str] = set()
    made: list[Any] = [*_arguments(operation, taken)]
    for parameter in operation.parameters:
        if parameter.place == "path":
            continue
        made.append(_option(operation, parameter, taken))
        made.extend(_field_option(field, taken) for field in parameter.fields)
    made.extend(_specials(operation))
    return made


def positional(operation: Operation) -> list[Parameter | Prompt]:
    """What may stand without an option's name, in order."""
    path = [p for p in operation.parameters if p.place == "path"]
    main = [p for p in operation.parameters if p.positional and p.place != "path"]
    found: list[Parameter | Prompt] = [*path, *main]
    if operation.words.prompt:
        found.append(Prompt(operation.words.prompt["name"], operation.words.prompt["into"]))
    return found


def _arguments(operation: Operation, taken: set[str]) -> list[Argument]:
    bound = positional(operation)
    made = []
    for at, what in enumerate(bound):
        last = at == len(bound) - 1
        many = last and isinstance(what, Parameter) and _many(what)
        help = "" if isinstance(what, Prompt) else what.help
        made.append(
            Argument(
                _identifier("argument_" + what.name, taken),
                bound=what,
                metavar=metavar(what),
                help=help,
                many=many,
            )
        )
    return made


def _many(parameter: Parameter) -> bool:
    """Whether the argument may be repeated: some member of its type is an array of scalars."""
    members = values.split_union(parameter.type)
    return any(m.startswith("array<") and values.scalars_only(m[6:-1]) for m in members)


def metavar(what: Parameter | Prompt) -> str:
    """The name of a positional in usage lines: `VECTOR_STORE_ID`."""
    return re.sub(r"\W", "_", what.name).upper()


def _option(operation: Operation, parameter: Parameter, taken: set[str]) -> Option:
    flag = operation.flag(parameter)
    assert flag is not None
    is_flag = parameter.type == "boolean"
    return Option(
        _identifier(parameter.name, taken),
        [f"{flag}/--no-{flag[2:]}" if is_flag else flag],
        bound=parameter,
        help=parameter.help,
        metavar=value_name(parameter.type, parameter.enum),
        multiple=repeats(parameter.type),
        flag=is_flag,
    )


def repeats(display: str) -> bool:
    """Whether the option may be given more than once: arrays and maps."""
    members = values.split_union(display)
    arrays = any(member.startswith("array<") for member in members)
    return arrays or "map" in members


def _field_option(field: Field, taken: set[str]) -> Option:
    flag = "--" + ".".join(field.path).replace("_", "-")
    is_flag = field.type == "boolean"
    off = "--no-" + flag[2:]
    return Option(
        _identifier("__".join(field.path), taken),
        [f"{flag}/{off}" if is_flag else flag],
        bound=field,
        help=field.help,
        metavar=value_name(field.type, field.enum),
        multiple=repeats(field.type),
        flag=is_flag,
    )


def _specials(operation: Operation) -> list[Option]:
    made = []
    if operation.method != "GET":
        made.append(
            Option(
                "special_body",
                ["--body"],
                bound=Special("body"),
                metavar="FILE|JSON",
                help="The whole request body: a JSON or YAML file, `-` for stdin, or JSON itself; "
                "options override its fields.",
            )
        )
    made.append(
        Option(
            "special_set",
            ["--set"],
            bound=Special("set"),
            metavar="PATH=TEXT",
            multiple=True,
            help="Set any field, known or not: `a.b[0]=text`, `n:=JSON`, `text=@file`, "
            "`n:=@file.json`.",
        )
    )
    if operation.multipart:
        made.append(
            Option(
                "special_filename",
                ["--filename"],
                bound=Special("filename"),
                metavar="NAME",
                help="The file's name for the API, when it comes from stdin or should be another.",
            )
        )
    return made


NAMES = {
    "string": "TEXT",
    "integer": "N",
    "number": "NUMBER",
    "boolean": "BOOL",
    "file": "FILE",
    "map": "KEY=VALUE",
    "object": "JSON",
    "any": "JSON",
}


def value_name(display: str, enum: tuple[str, ...]) -> str:
    """What stands for the value in help: the known values, or a name of its type."""
    members = values.split_union(display)
    if enum:
        shown = "|".join([*(NAMES[m] for m in members if m in ("integer", "number")), *enum])
        if len(shown) <= 60:
            return shown
    found = []
    for member in members:
        inner = member[6:-1] if member.startswith("array<") else member
        name = NAMES.get(inner) or ("JSON" if "<" in inner or "|" not in inner else "TEXT")
        found.append(name)
    return "|".join(dict.fromkeys(found))


def _identifier(name: str, taken: set[str]) -> str:
    base = re.sub(r"\W", "_", name)
    candidate, count = base, 1
    while candidate in taken or not candidate.isidentifier():
        count += 1
        candidate = f"v_{base}_{count}"
    taken.add(candidate)
    return candidate
