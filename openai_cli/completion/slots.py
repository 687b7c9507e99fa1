"""What can stand at one place of a command line, and the commands made of such places."""

from __future__ import annotations

from . import facts, ids

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

SCALARS = ("string", "integer", "number", "boolean", "file")
PLACED = ("object", "map", "any")
"""Types that take `@file`."""


class Slot:
    """A positional argument (no `flags`) or an option; `takes` says whether it has a value.

    `kind` names where values come from (see `values`), beside those of `enum`. `many`: it may stand
    more than once.
    """

    __slots__ = ("enum", "flags", "help", "kind", "many", "name", "takes")

    def __init__(
        self,
        name: str,
        flags: Sequence[str] = (),
        help: str = "",
        kind: str = "",
        enum: Sequence[str] = (),
        many: bool = False,
        takes: bool = True,
    ) -> None:
        self.name = name
        self.flags = tuple(flags)
        self.help = help
        self.kind = kind
        self.enum = tuple(enum)
        self.many = many
        self.takes = takes


class Command:
    """A command's places; `path` is its operation's, for ids; `waits` whether `--wait` fits."""

    __slots__ = ("arguments", "options", "path", "waits")

    def __init__(
        self, arguments: list[Slot], options: list[Slot], path: str = "", waits: bool = False
    ) -> None:
        self.arguments = arguments
        self.options = options
        self.path = path
        self.waits = waits


def declared(raw: Sequence[dict[str, Any]]) -> list[Slot]:
    """Places as `data.json` has them."""
    return [Slot(**one) for one in raw]


def of_workflow(raw: dict[str, Any], base: Command | None = None) -> Command:
    """A command declared in code; one that extends an operation has the operation's places too."""
    arguments, options = declared(raw["arguments"]), declared(raw["options"])
    if base is None:
        return Command(arguments, options, waits=raw.get("waits", False))
    changed = {flag for option in options for flag in option.flags}
    kept = [option for option in base.options if not changed.intersection(option.flags)]
    return Command(arguments or base.arguments, [*kept, *options], base.path, base.waits)


def of_operation(name: str, only_wait: bool = False) -> Command:
    """The command of an operation, or the one that waits for the object it shows."""
    raw = facts.operation(name)
    words = raw.get("words", {})
    parameters = raw["parameters"]
    if only_wait:
        parameters = [one for one in parameters if one["in"] in ("path", "header")]
    arguments = [_argument(one) for one in parameters if one["in"] == "path"]
    main = [one for one in parameters if one.get("positional") and one["in"] != "path"]
    arguments += [_argument(one) for one in main]
    if "prompt" in words and not only_wait:
        arguments.append(Slot(words["prompt"]["name"]))
    last = main[-1] if main and "prompt" not in words else None
    if last is not None:
        arguments[-1].many = _many(last["type"])
    options = [option for one in parameters if one["in"] != "path" for option in _options(one)]
    if not only_wait:
        options += _specials(raw)
    if "download" in words.get("wait", {}):
        options += _downloads(words["wait"]["download"])
    path = str(raw["path"]).partition("?")[0]
    return Command(arguments, options, path, bool(words.get("wait")))


def _argument(raw: dict[str, Any]) -> Slot:
    kind = "id" if raw["in"] == "path" else _kind(raw)
    return Slot(raw["name"], (), raw.get("help", ""), kind, raw.get("enum", ()))


def _options(raw: dict[str, Any]) -> list[Slot]:
    """The option of a field, and the dotted ones of what is inside."""
    made = [_option(raw["name"], raw, _kind(raw))]
    made += [_option(".".join(field["path"]), field, "") for field in raw.get("fields", ())]
    return made


def _option(name: str, raw: dict[str, Any], kind: str) -> Slot:
    flag = "--" + name.replace("_", "-")
    switch = raw["type"] == "boolean"
    flags = (flag, "--no-" + flag[2:]) if switch else (flag,)
    help, many = raw.get("help", ""), _repeats(raw["type"])
    return Slot(name, flags, help, kind, raw.get("enum", ()), many, not switch)


def _specials(raw: dict[str, Any]) -> list[Slot]:
    """`--body`, `--set`, `--filename`: about the request as a whole."""
    made = []
    if raw["method"] != "GET":
        made.append(Slot("body", ("--body",), "The whole request body.", "file"))
    made.append(Slot("set", ("--set",), "Set any field, known or not.", "set", many=True))
    if raw.get("multipart"):
        made.append(Slot("filename", ("--filename",), "The file's name for the API."))
    return made


def _downloads(name: str) -> list[Slot]:
    """What may be said of a download once work is done: that operation's query."""
    found = [one for one in facts.operation(name)["parameters"] if one["in"] == "query"]
    made = [_option(one["name"], one, "") for one in found]
    for slot in made:
        slot.many = True
    return made


def _kind(raw: dict[str, Any]) -> str:
    if raw.get("upload"):
        return "upload"
    words = raw["type"].replace("<", "|").replace(">", "|").split("|")
    if "file" in words:
        return "file"
    if "string" not in words:
        return "json" if any(word in PLACED for word in words) else ""
    return "id" if ids.match(raw["name"]) else ""


def _members(display: str) -> list[str]:
    """The members of a union, at its outermost level."""
    found, depth = [""], 0
    for character in display:
        depth += (character == "<") - (character == ">")
        if character == "|" and not depth:
            found.append("")
        else:
            found[-1] += character
    return found


def _repeats(display: str) -> bool:
    return any(one == "map" or one.startswith("array<") for one in _members(display))


def _many(display: str) -> bool:
    """Whether an argument may be repeated: some member is an array of scalars."""
    arrays = [one[6:-1] for one in _members(display) if one.startswith("array<")]
    return any(set(_members(inner)) <= set(SCALARS) for inner in arrays)
