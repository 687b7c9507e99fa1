"""Reads the command tree as it is made, and keeps what the catalog's files do not say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from openai_cli import cli
from openai_cli.catalog import load
from openai_cli.completion import facts, ids, slots
from openai_cli.core import config
from openai_cli.engine import globals as global_options
from openai_cli.engine.command import OperationCommand
from openai_cli.engine.tree import ALIASES, LazyGroup
from openai_cli.engine.waiting import WaitCommand
from openai_cli.workflows import topics

KINDS = ("profile", "template", "session", "alias", "operation", "command")
"""What a place can be named after, by its option or in its metavar, to take values of that kind."""
CHOICE = re.compile(r"[a-z0-9][\w.+-]*(\|[a-z0-9][\w.+-]*)+")
FILES = re.compile(r"(?<![A-Z])(FILE|PATH|SCHEMA)(?![A-Z])")


def data() -> str:
    """The text of `data.json`."""
    found: dict[str, Any] = {"collections": _collections(), "aliases": ALIASES}
    facts.assume(found)
    found["waiting"] = ["--" + name.replace("_", "-") for name in global_options.WAITING]
    found["options"] = [_slot(option) for option in global_options.options()]
    found["topics"] = topics.summaries()
    found["tree"] = _group(cli.tree(), load.index()["tree"])
    return _layout(found)


def _layout(found: dict[str, Any]) -> str:
    """JSON that a person can read a change of."""
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _collections() -> dict[str, str]:
    """Every path that goes on with a parameter, and what its members are called."""
    found: dict[str, str] = {}
    for _, path, _ in load.routes():
        for name in ids.placeholders(path):
            found[ids.template(ids.before(path, name))] = name
    return dict(sorted(found.items()))


# -- the tree -------------------------------------------------------------------------------------


def _group(group: LazyGroup, raw: dict[str, Any]) -> dict[str, Any]:
    """A level: only what is not in the catalog's index."""
    found: dict[str, Any] = {"help": "" if raw.get("help") else group.help or ""}
    own = [_slot(param) for param in group.start.options()] if group.start else []
    for entry in raw.get("commands", {}).values() if own else ():
        own = [_kept(entry[0], option) for option in own]
    if own:
        found["options"] = own
    commands: dict[str, Any] = {}
    groups: dict[str, Any] = {}
    for name, entry in group.node.entries.items():
        command = group.commands[name]
        if isinstance(command, LazyGroup):
            below = _group(command, raw.get("groups", {}).get(name, {}))
            if below.keys() - {"help"}:
                groups[name] = below
        elif made := _command(command, entry.help):
            commands[name] = made
            _name_it(made["arguments"], (*group.node.path, name))
    found |= {"commands": commands} if commands else {}
    found |= {"groups": groups} if groups else {}
    return found


def _command(command: Any, help: str) -> dict[str, Any] | None:
    """A command written by hand, or what one adds to the operation it extends."""
    if type(command) in (OperationCommand, WaitCommand):
        return None
    shared = {id(param) for param in global_options.options()}
    params = [p for p in command.params if id(p) not in shared and not getattr(p, "hidden", False)]
    arguments = [_slot(p) for p in params if p.param_type_name == "argument"]
    options = [_slot(p) for p in params if p.param_type_name == "option"]
    if not isinstance(command, OperationCommand):
        return {"help": help, "arguments": arguments, "options": options}
    known = {slot.flags for slot in slots.of_operation(command.operation_name).options}
    added = [option for option in options if tuple(option["flags"]) not in known]
    base = {"help": "", "arguments": [], "extends": True}
    return {**base, "options": [_kept(command.operation_name, option) for option in added]}


def _name_it(arguments: list[dict[str, Any]], path: tuple[str, ...]) -> None:
    """The name that a command of `profiles` or `alias` wants is the name of such a thing."""
    named = bool(arguments) and arguments[0]["name"] in ("name", "names")
    for kind in KINDS:
        if path[-2:-1] in ((kind,), (kind + "s",)) and named and path[-1] != "create":
            arguments[0].setdefault("kind", kind)


def _kept(operation: str, option: dict[str, Any]) -> dict[str, Any]:
    """An operation's option that is declared again, with another flag, keeps its values."""
    for slot in slots.of_operation(operation).options:
        if slot.enum and slot.flags[0] == option["flags"][0] and not option.get("enum"):
            return option | {"name": slot.name, "kind": slot.kind, "enum": list(slot.enum)}
    return option


def _slot(param: Any) -> dict[str, Any]:
    """A parameter of Typer's as a place; what is usual is left out."""
    flags = [*param.opts, *param.secondary_opts] if param.param_type_name == "option" else []
    flags.sort(key=lambda flag: (not flag.startswith("--"), flag.startswith("--no-")))
    switch = bool(flags) and param.is_flag
    name = flags[0].lstrip("-").replace("-", "_") if flags else param.name
    metavar = str(param.metavar or "")
    enum = _enum(param, metavar)
    kind, name = _kind(name, metavar, param)
    many = bool(getattr(param, "multiple", False)) or param.nargs == -1
    made: dict[str, Any] = {"name": name, "flags": flags}
    made["help"] = " ".join(str(param.help or "").split())
    made |= {"kind": kind} if kind and not enum and not switch else {}
    made |= {"enum": enum} if enum else {}
    made |= {"many": True} if many else {}
    return made | ({"takes": False} if switch else {})


def _enum(param: Any, metavar: str) -> list[str]:
    choices = getattr(getattr(param, "bound", None), "choices", ())
    if choices:
        return list(choices)
    if metavar == "KEY":
        return sorted(config.SCHEMA)
    return metavar.split("|") if CHOICE.fullmatch(metavar) else []


def _kind(name: str, metavar: str, param: Any) -> tuple[str, str]:
    """Where values come from, and the name they are looked for by."""
    for word in (name, metavar.lower(), f"{name}_id" if metavar == "ID" else ""):
        if word in KINDS:
            return word, name
        if ids.match(word):
            return "id", ids.match(word)
    if metavar.startswith("COMMAND|"):
        return "command", name
    annotation = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    if "PATH=" in metavar:
        return "set", name
    if FILES.search(metavar) or annotation in (Path, list[Path]):
        return _file_kind(metavar), name
    return "", name


def _file_kind(metavar: str) -> str:
    if "DIR" in metavar:
        return "dir"
    return "pair" if "=PATH" in metavar or "=FILE" in metavar else "file"
