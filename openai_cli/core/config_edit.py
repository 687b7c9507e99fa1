"""Changing the configuration file: comments and order stay, the file is whole at every moment."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import config, config_model
from .errors import OaiError, UsageError
from .lock import locked
from .save import whole_file

GONE = object()
"""The value of a key that is to be removed."""

Change = tuple[tuple[str, ...], Any]
"""The path of a key, and its new value or `GONE`."""

PRUNED = ("defaults", "aliases", "prices")
"""Tables that go when nothing is left in them; an empty profile is still a profile."""


def change(env: Mapping[str, str], changes: Iterable[Change]) -> Path:
    """Make the changes, or none of them; the file's path.

    Raises UsageError with the line when the schema refuses a change, OaiError when the file is
    busy or written in a way that cannot be changed safely.
    """
    path = config.config_path(env)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(path):
        old = text_of(path)
        new = changed(path, old, list(changes))
        if new != old:
            write(path, new)
    return path


def text_of(path: Path) -> str:
    """The file's text; empty where there is no file. Raises UsageError."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from None


def write(path: Path, text: str) -> None:
    """Replace the file; a new one is its owner's alone."""
    with whole_file(path, private=not path.exists()) as stream:
        stream.write(text.encode())


def changed(path: Path, text: str, changes: list[Change]) -> str:
    """The text with the changes made and checked."""
    import tomlkit
    from tomlkit.exceptions import ConvertError

    before = config.parse(path, text)
    wanted = copy.deepcopy(before)
    document = tomlkit.parse(text)
    for keys, value in changes:
        _put(wanted, keys, value)
        try:
            _put_kept(document, keys, value)
        except ConvertError:
            raise UsageError(f"{'.'.join(keys)}: TOML has no null") from None
        _prune(wanted, keys)
        _prune(document, keys)
    _refuse_mistakes(before, wanted)
    new = _spaced(tomlkit.dumps(document), text)
    if config.parse(path, new) != wanted:
        raise OaiError(
            f"{path} is written in a way that oai cannot change safely",
            "`oai config edit` opens it in your editor",
        )
    return new


def _refuse_mistakes(before: Any, wanted: Any) -> None:
    """A change must not bring a mistake; those that were there do not stand in its way."""
    known = config_model.problems(before)
    for keys, problem in config_model.problems(wanted):
        if (keys, problem) not in known:
            raise UsageError(f"{'.'.join(keys)} {problem}")


def _put(table: Any, keys: tuple[str, ...], value: Any) -> None:
    """The change in plain dictionaries: what the file must say in the end."""
    *above, name = keys
    for at, step in enumerate(above):
        table = table.get(step, {}) if value is GONE else table.setdefault(step, {})
        if not isinstance(table, Mapping):
            raise UsageError(f"{'.'.join(keys[: at + 1])} is no table")
    if value is GONE:
        table.pop(name, None)
    else:
        table[name] = value


def _put_kept(table: Any, keys: tuple[str, ...], value: Any) -> None:
    """The same in tomlkit's document."""
    import tomlkit

    *above, name = keys
    for at, step in enumerate(above):
        if step not in table:
            if value is GONE:
                return
            table[step] = tomlkit.table(is_super_table=at < len(above) - 1)
        table = table[step]
    if value is GONE:
        table.pop(name, None)
    elif name in table:
        table[name] = value
    else:
        _append(table, name, value)


def _append(table: Any, name: str, value: Any) -> None:
    """A new key goes behind the last one of its table, before comments about the next table."""
    import tomlkit
    from tomlkit.items import AoT, Table

    container = getattr(table, "value", table)
    body = getattr(container, "body", [])
    plain = [key for key, item in body if key is not None and not isinstance(item, Table | AoT)]
    if isinstance(table, Table) and plain and plain[-1] is not body[-1][0]:
        container._insert_after(plain[-1], name, tomlkit.item(value))
    else:
        table[name] = value


def _spaced(text: str, old: str) -> str:
    """The text with an empty line around each table that the old text did not have."""
    known = set(filter(_is_header, old.splitlines()))
    lines: list[str] = []
    after_new = False
    for line in text.splitlines(keepends=True):
        if _is_header(line):
            new = line.rstrip("\r\n") not in known
            above = lines[-1].strip() if lines else ""
            if (new or after_new) and above and not above.startswith("#"):
                lines.append("\n")
            after_new = new
        lines.append(line)
    made = "".join(lines)
    return re.sub(r"(?<!\r)\n", "\r\n", made) if "\r\n" in old else made


def _is_header(line: str) -> bool:
    return line.lstrip().startswith("[")


def _prune(table: Any, keys: tuple[str, ...]) -> None:
    """Drop the tables that a removal has left empty."""
    if keys[0] not in PRUNED:
        return
    for depth in range(len(keys) - 1, 0, -1):
        *above, name = keys[:depth]
        holder = table
        for step in above:
            holder = holder.get(step, {})
        if name in holder and isinstance(holder[name], Mapping) and not holder[name]:
            del holder[name]
