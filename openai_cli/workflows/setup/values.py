"""What `oai config set` makes of a key and the texts behind it."""

from __future__ import annotations

from typing import Any

import typer

from ...core.context import App
from ...core.errors import UsageError
from . import aliasing, names

Keys = tuple[str, ...]


def change(ctx: typer.Context, key: str, texts: list[str]) -> tuple[Keys, Any]:
    """The place in the file and the value that belongs there. Raises UsageError."""
    keys = names.locate(ctx.obj, key)
    if keys[0] == "defaults":
        return _default(ctx, key, keys, texts)
    if keys[0] == "profiles":
        return keys, _profile(key, keys, texts)
    if len(texts) > 1:
        raise UsageError(f"{key} takes one value", "put a text of several words in quotes")
    if keys[0] == "prices":
        return keys, _price(key, keys, texts[0])
    if keys[0] == "aliases":
        if len(keys) != 2:
            raise UsageError(f"{key} is not a key", "write it as `aliases.NAME`")
        aliasing.check(ctx, keys[1], texts[0])
    return keys, texts[0]


def _profile(key: str, keys: Keys, texts: list[str]) -> Any:
    from ...core import config_model
    from ...core.settings import parse_header

    if len(keys) == 4 and keys[2] == "headers" and len(texts) == 1:
        return parse_header(f"{keys[3]}: {texts[0]}")[1]
    if len(keys) != 3:
        raise UsageError(f"{key} is not a key of a profile", "write it as `profiles.NAME.KEY`")
    if keys[2] in names.SECRETS:
        raise names.secret(keys[2])
    return config_model.read(keys[2], texts)


def _price(key: str, keys: Keys, text: str) -> Any:
    from ...core.values import number

    if len(keys) != 3:
        raise UsageError(f"{key} is not a key", 'write it as `prices."MODEL".in` (quotes included)')
    try:
        return number(text)
    except ValueError as error:
        raise UsageError(f"{key} {error}") from None


def _default(ctx: typer.Context, key: str, keys: Keys, texts: list[str]) -> tuple[Keys, Any]:
    from ...engine import default_names

    context: App = ctx.obj
    path, command, rest = default_names.locate(ctx, keys[1:])
    if not rest:
        raise UsageError(f"{key} names no option", f"write it as `{key}.OPTION`")
    option = default_names.option_of(command, path, rest)
    value = default_names.value_of(context, option, key, texts)
    return default_names.keys_of(path, option), value


def existing(app: App, raw: dict[str, Any], key: str) -> Keys:
    """The keys of something that stands in the file, however it is spelled there.

    Raises UsageError for what can never stand there.
    """
    keys = names.locate(app, key)
    if keys[0] != "defaults":
        return keys
    found: Keys = ()
    table: Any = raw
    for name in keys:
        there = table if isinstance(table, dict) else {}
        same = (k for k in there if k.replace("-", "_") == name.replace("-", "_"))
        spelled = next(same, name)
        found, table = (*found, spelled), there.get(spelled)
    return found
