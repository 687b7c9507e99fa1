"""`oai config edit`: the file in the person's editor, taken over only when it is right."""

from __future__ import annotations

from pathlib import Path

import typer

from ...core import config, config_edit, config_model
from ...core.config_lines import line_of
from ...core.context import App
from ...core.errors import OaiError, UsageError
from ...core.lock import locked

OUTLINE = """\
# The configuration of oai. `oai config validate` checks it, `oai config list` shows what is in
# force. Keys do not belong here: `oai auth login` keeps them safely.

# default_profile = "work"

# [profiles.work]
# api_key_command = "op read op://work/openai/key"
# organization = "org-…"
# model = "gpt-5.5"

# [defaults.chat.create]
# temperature = 0.2

# [aliases]
# review = "chat create -t review --attach"
"""


def findings(ctx: typer.Context, path: Path, text: str) -> list[dict[str, object]]:
    """Everything that is wrong with a configuration, each with its line."""
    from ...engine import default_names
    from . import aliasing

    try:
        raw = config.parse(path, text)
    except UsageError as error:
        return [{"line": None, "key": None, "problem": error.message.removeprefix(f"{path}: ")}]
    found = config_model.problems(raw)
    broken = {keys for keys, _ in found}
    found += [
        one for one in default_names.problems(ctx, _table(raw, "defaults")) if one[0] not in broken
    ]
    for name, command in _table(raw, "aliases").items():
        keys = ("aliases", name)
        if keys not in broken and (bad := aliasing.problem_of(ctx, name, command)):
            found.append((keys, bad[0]))
    return [
        {"line": line_of(text, keys), "key": ".".join(keys), "problem": problem}
        for keys, problem in found
    ]


def _table(raw: dict[str, object], name: str) -> dict[str, str]:
    table = raw.get(name)
    return table if isinstance(table, dict) else {}


def complaint(path: Path, found: list[dict[str, object]]) -> UsageError:
    """The findings as an error."""
    first = found[0]
    line = f":{first['line']}" if first["line"] else ""
    key = f"{first['key']} " if first["key"] else ""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return UsageError(f"{path}{line}: {key}{first['problem']}{more}", "`oai config edit` opens it")


def edit(ctx: typer.Context) -> str:
    """Open the file, check what comes back, and put it in place; what has happened, in words.

    Raises UsageError when it is wrong and nobody wants to correct it: the file stays as it was.
    """
    from ..chat import editor

    app: App = ctx.obj
    path = config.config_path(app.console.env)
    editor.check(app.console, path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    old = config_edit.text_of(path)
    draft = path.with_name(f".{path.name}.edit.toml")
    config_edit.write(draft, old or OUTLINE)
    try:
        new = _written(ctx, draft, path)
    except OaiError:
        if config_edit.text_of(draft) in (old, OUTLINE):
            draft.unlink()
        raise
    with locked(path):
        if config_edit.text_of(path) != old:
            raise OaiError(f"{path} has changed meanwhile", f"what you wrote is kept in {draft}")
        if new not in (old, OUTLINE):
            config_edit.write(path, new)
    draft.unlink()
    return "nothing has changed" if new in (old, OUTLINE) else f"saved {path}"


def _written(ctx: typer.Context, draft: Path, path: Path) -> str:
    """What the person wrote, once it is right."""
    from ...render.ask import confirm
    from ..chat import editor

    console = ctx.obj.console
    while True:
        editor.edit(console, draft)
        text = config_edit.text_of(draft)
        found = findings(ctx, path, text)
        if not found:
            return text
        error = complaint(path, found)
        console.note(error.message)
        if not console.interactive or not confirm(console, "Edit again?"):
            error.hint = f"{path} is as it was; what you wrote is kept in {draft}"
            raise error
