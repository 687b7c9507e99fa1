"""Templates: saved questions, one TOML file each, with places that are filled when they are used.

    system = "You review {{lang}} code."
    prompt = "What is wrong with this change?"
    model = "gpt-5.5"
    attach = ["STYLE.md"]
    [options]
    reasoning.effort = "high"
    [vars]
    lang = "Python"

A place is `{{name}}`, spaces inside allowed. JSON and most code have no such thing; `${{name}}` and
`{{{name}}}` are left alone, and `{{{{name}}}}` stands for `{{name}}` itself. What is put into a
place is never looked at again. Paths in `attach` and `schema` count from where the command runs.
The line end before the closing quotes of a text in several lines is no part of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...catalog.record import Record
from ...core import config
from ...core.errors import UsageError

NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
PLACE = re.compile(
    rf"\{{{{4}}({NAME})\}}{{4}}|(?<![{{$])\{{{{2}}\s*({NAME})\s*\}}{{2}}(?!\}})", re.ASCII
)
MULTILINE = re.compile(r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'', re.DOTALL)
"""Texts of several lines, whose content must not be taken for keys when a mistake is located."""
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Template(Record):
    """A template as read. `defaults` are the values of `[vars]`; `places` all names to be filled,
    in the order they stand."""

    name: str
    path: Path
    system: str = ""
    prompt: str = ""
    model: str = ""
    schema: str = ""
    description: str = ""
    options: dict[str, Any] = {}
    attach: list[str] = []
    defaults: dict[str, str] = {}
    places: tuple[str, ...] = ()


class Filled(Record):
    """A template with every place filled. `options` are API parameters, nested objects as such."""

    system: str
    prompt: str
    model: str
    schema: str
    options: dict[str, Any]
    attach: list[str]


FILLED = Filled._fields

SKELETON = """\
# A template: oai chat create --template NAME --var lang=Go "and look at the tests"
# {{lang}} is a place that --var fills, or a default in [vars]. Write {{{{lang}}}} for the braces
# themselves. Take the # away from the lines you want.

# description = "One line for `oai templates list`."

# system = "You review {{lang}} code."

# Comes before what is typed on the command line.
prompt = \"\"\"
\"\"\"

# model = "gpt-5.5"
# attach = ["STYLE.md"]             # paths and URLs, as for --attach
# schema = "verdict, reasons[]"     # as for --schema

# [options]                         # parameters of the API, by their names
# reasoning.effort = "high"

# [vars]                            # defaults
# lang = "Python"
"""


# -- finding ----------------------------------------------------------------------------------


def folder(env: Mapping[str, str]) -> Path:
    """Where templates with a name are kept."""
    return config.place("config", env) / "templates"


def locate(name: str, env: Mapping[str, str]) -> Path:
    """The file of a template, there or not: a path as it is, a name in `folder`.

    Raises UsageError for what can be neither.
    """
    if "/" in name or "\\" in name or name.endswith(".toml"):
        return Path(name).expanduser()
    if not FILE_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a template's name", "use letters, digits, dots and dashes"
        )
    return folder(env) / f"{name}.toml"


def names(env: Mapping[str, str]) -> list[str]:
    """The names of the templates there are, sorted."""
    return sorted(path.stem for path in folder(env).glob("*.toml") if path.is_file())


def load(name: str, env: Mapping[str, str]) -> Template:
    """The template of that name or path. Raises UsageError, with file and line for mistakes."""
    path = locate(name, env)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise _missing(name, path, env) from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {error}") from None
    return parse(text, path)


def _missing(name: str, path: Path, env: Mapping[str, str]) -> UsageError:
    from ...engine.suggest import near

    if path.parent != folder(env):
        return UsageError(f"there is no file {path}")
    close = near(name, names(env))
    hint = "did you mean " + " or ".join(close) + "?" if close else f"`oai templates edit {name}`"
    return UsageError(f"there is no template {name!r} in {path.parent}", hint)


# -- reading ----------------------------------------------------------------------------------


def parse(text: str, path: Path) -> Template:
    """The template that this text is. Raises UsageError with file and line."""
    import tomllib

    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(_with_line(path, str(error))) from None
    text = MULTILINE.sub(lambda match: "\n" * match.group().count("\n"), text)
    for key, value in raw.items():
        check = SCHEMA.get(key)
        problem = check(value) if check else config.unknown(key, tuple(SCHEMA))
        if problem:
            config.fail(path, text, "", key, problem)
    _check_table(path, text, "vars", raw.get("vars", {}), _variable)
    _check_table(path, text, "options", raw.get("options", {}), _option)
    fields = {key: _unended(value) for key, value in raw.items() if key != "vars"}
    fields["options"] = _nested(path, text, raw.get("options", {}))
    defaults = {key: str(value) for key, value in raw.get("vars", {}).items()}
    made = Template(path.stem, path, defaults=defaults, **fields)
    made.places = tuple(dict.fromkeys(_places([getattr(made, field) for field in FILLED])))
    return made


def _unended(value: Any) -> Any:
    return value.removesuffix("\n") if isinstance(value, str) else value


def _with_line(path: Path, problem: str) -> str:
    """tomllib's complaint, its line where editors look for it."""
    found = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", problem, re.DOTALL)
    return f"{path}:{found.group(2)}: {found.group(1)}" if found else f"{path}: {problem}"


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "wants a text"


def _texts(value: Any) -> str:
    good = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    return "" if good else "wants a list of texts"


def _table(value: Any) -> str:
    return "" if isinstance(value, dict) else "wants a table"


SCHEMA: dict[str, Callable[[Any], str]] = {
    "description": _text,
    "system": _text,
    "prompt": _text,
    "model": _text,
    "schema": _text,
    "attach": _texts,
    "options": _table,
    "vars": _table,
}
"""The keys of a template."""


def _check_table(
    path: Path, text: str, section: str, table: dict[str, Any], check: Callable[[str, Any], str]
) -> None:
    for key, value in table.items():
        if problem := check(key, value):
            config.fail(path, text, section, key, problem)


def _variable(key: str, value: Any) -> str:
    if not re.fullmatch(NAME, key):
        return "cannot name a place: use letters, digits, _ and -"
    good = isinstance(value, str | int | float) and not isinstance(value, bool)
    return "" if good else "wants a text or a number"


def _option(key: str, value: Any) -> str:
    if not all(key.split(".")):
        return "is no parameter's name"
    return "" if _is_json(value) else "wants what JSON can say: no dates, nan or inf"


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_json(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int)


def _nested(path: Path, text: str, options: dict[str, Any]) -> dict[str, Any]:
    """Options whose names are dotted texts (`"reasoning.effort"`) as nested tables."""
    made: dict[str, Any] = {}
    for key, value in options.items():
        branch = value
        for step in reversed(key.split(".")):
            branch = {step: branch}
        if not _merge(made, branch):
            config.fail(path, text, "options", key, "is given twice, or inside a value")
    return made


def _merge(into: dict[str, Any], more: dict[str, Any]) -> bool:
    """Add `more`; False where something is there already."""
    for key, value in more.items():
        old = into.setdefault(key, value)
        if old is value:
            continue
        if not isinstance(old, dict) or not isinstance(value, dict) or not _merge(old, value):
            return False
    return True


# -- filling ----------------------------------------------------------------------------------


def fill(template: Template, given: Mapping[str, str]) -> Filled:
    """The template with its places filled from `given` and the defaults.

    Raises UsageError for a name that the template does not have, and for places without a value:
    all of them at once.
    """
    known = (*template.places, *template.defaults)
    for name in given:
        if name not in known:
            raise _stranger(template, name)
    values = {**template.defaults, **given}
    missing = [name for name in template.places if name not in values]
    if missing:
        options = " ".join(f"--var {name}=…" for name in missing)
        raise UsageError(
            f"{template.path} wants {', '.join(missing)}", f"add {options}, or a default in [vars]"
        )
    return Filled(**{field: _fill(getattr(template, field), values) for field in FILLED})


def _stranger(template: Template, name: str) -> UsageError:
    from ...engine.suggest import near

    known = list(dict.fromkeys((*template.places, *template.defaults)))
    if close := near(name, known):
        hint = "did you mean " + " or ".join(close) + "?"
    else:
        hint = f"its places: {', '.join(known)}" if known else "it has no places"
    return UsageError(f"{template.path} has no place {name!r}", hint)


def _places(value: Any) -> Iterator[str]:
    """The names of the places in all texts of a value."""
    if isinstance(value, str):
        yield from (match.group(2) for match in PLACE.finditer(value) if match.group(2))
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _places(item)


def _fill(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return PLACE.sub(
            lambda match: values[match[2]] if match[2] else f"{{{{{match[1]}}}}}", value
        )
    if isinstance(value, dict):
        return {key: _fill(item, values) for key, item in value.items()}
    return [_fill(item, values) for item in value] if isinstance(value, list) else value
