"""`oai auth`: keys kept, forgotten and looked at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

from ..core import results
from ..core.context import App
from ..core.errors import NoKeyError, OaiError, UsageError
from ..engine.workflow import WorkflowCommand

if TYPE_CHECKING:
    from ..core.settings import Settings

app = typer.Typer()

COLUMNS = ("profile", "in_use", "kind", "source", "key", "works", "organization", "project")
NAME = re.compile(r"[A-Za-z0-9][\w.@-]*")
LONGEST = 1 << 16
KINDS = ["api_key", "admin_key"]


@app.command(cls=WorkflowCommand)
def login(
    ctx: typer.Context,
    admin: bool = typer.Option(False, "--admin", help="It is an admin key."),
    with_token: bool = typer.Option(False, "--with-token", help="Read the key from stdin."),
    insecure_storage: bool = typer.Option(
        False,
        "--insecure-storage",
        help="Keep the key in a file that only you can read, instead of the system keyring.",
    ),
    no_check: bool = typer.Option(False, "--no-check", help="Keep the key without trying it."),
) -> results.Result:
    """Ask for a key, try it, and keep it in the system keyring for a profile.

    oai auth login
    oai auth login --profile work --organization org-123
    oai auth login --admin
    op read op://work/openai/key | oai auth login --profile work --with-token
    """
    from ..core.keys import GivenKey, masked
    from .setup import keeping, names

    context: App = ctx.obj
    profile = names.in_use(context)
    if not NAME.fullmatch(profile):
        raise UsageError(f"{profile!r} cannot be a profile's name", "letters, digits, - _ . @")
    context.config.profiles.setdefault(profile, {})
    kind = "admin_key" if admin else "api_key"
    key = GivenKey(_typed(context, profile, admin, with_token))
    note = "" if no_check else _tried(context, kind, key)
    text = key.read(context.console.env)
    where, replaced = keeping.keep(context, profile, kind, text, insecure=insecure_storage)
    for how in replaced:
        context.console.warn(f"the profile {profile} took it from its {kind}_{how} until now")
    _tell_what_goes_before(context, profile, kind)
    state = "was not tried" if no_check else note or "works"
    return results.Done(
        f"the key {masked(text)} {state}, and is kept in {where}, for the profile {profile}"
    )


def _typed(context: App, profile: str, admin: bool, with_token: bool) -> str:
    """The key: from stdin when that was asked for, else typed unseen."""
    console = context.console
    if with_token:
        text = context.inputs.stdin_text("--with-token")
    elif console.interactive and not context.option("no_input"):
        from ..render.ask import secret

        what = "Admin key" if admin else "API key"
        text = secret(console, f"{what} for the profile {profile} (it is not shown):")
    else:
        raise UsageError(
            "there is nobody to ask for a key", "pipe it in: `oai auth login --with-token`"
        )
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise UsageError("no key was given", "nothing is kept")
    return text


def _tried(context: App, kind: str, key: Any) -> str:
    """Try the key where the profile would send it; what is to be said of it.

    Raises the API's error.
    """
    from ..core.keys import KeySource
    from .setup import accounts

    settings: Settings = context.settings
    fields = {name: getattr(settings, name) for name in settings._fields}
    fields |= {kind: key, "azure_token": KeySource()}
    verdict = accounts.check(context, type(settings)(**fields), kind)
    if verdict.problem is None:
        return verdict.note
    problem = verdict.problem
    if verdict.works is False:
        raise NoKeyError(
            f"the key does not work, so it is not kept: {problem.message}",
            _other_kind(kind, key.read({})),
        )
    problem.message = f"the key could not be tried, so it is not kept: {problem.message}"
    problem.hint = problem.hint or "--no-check keeps it untried"
    raise problem


def _other_kind(kind: str, key: str) -> str:
    """What to do about a key that was refused."""
    if kind == "api_key" and key.startswith("sk-admin-"):
        return "it looks like an admin key: add --admin"
    if kind == "admin_key" and not key.startswith("sk-admin-"):
        return "admin keys begin with sk-admin-; without --admin it is taken as an API key"
    return "check the key, and --organization, --project and --base-url"


def _tell_what_goes_before(context: App, profile: str, kind: str) -> None:
    """Say so where another key would be used in spite of this one."""
    from ..core.config import load
    from ..core.settings import resolve

    env, console = context.console.env, context.console
    config = load(env)
    settings = resolve(config, env, {})
    source = getattr(settings, kind)
    if (settings.profile or "default") != profile:
        console.note(f"`oai profiles use {profile}` makes it the profile in use")
    elif source.how == "env":
        console.warn(
            f"{source.value} is set and goes before it, unless you name --profile {profile}"
        )


@app.command(cls=WorkflowCommand)
def logout(
    ctx: typer.Context,
    admin: bool = typer.Option(False, "--admin", help="Forget the admin key only."),
) -> results.Result:
    """Forget the keys of a profile.

    oai auth logout
    oai auth logout --profile work --admin
    """
    from .setup import keeping, names

    context: App = ctx.obj
    profile = names.in_use(context)
    told = keeping.forget(context, profile, KINDS[1:] if admin else KINDS)
    forgot = [line for line in told if line.startswith("forgot")]
    if not forgot:
        reason = told[0] if told else f"oai keeps no key for the profile {profile}"
        raise OaiError(reason, "`oai auth status` shows where keys come from")
    for line in told:
        if line not in forgot:
            context.console.note(line)
    return results.Done("; ".join(forgot))


@app.command(cls=WorkflowCommand)
def status(
    ctx: typer.Context,
    offline: bool = typer.Option(False, "--offline", help="Do not ask the API about the keys."),
) -> results.Result:
    """Show every profile's keys: where each comes from, its last four characters, whether it works;
    exit code 4 when the one in use does not.

    oai auth status
    oai auth status -f json
    oai auth status --offline
    """
    from .setup import accounts

    found = list(accounts.accounts(ctx.obj, offline=offline))
    shown = [_for_people(account.row) for account in found]
    problem = accounts.failure(found)
    for account in found:
        if account.row["problem"] and not account.in_use:
            ctx.obj.console.note(f"{account.row['profile']}: {account.row['problem']}")
    return results.Rows([one.row for one in found], COLUMNS, shown, problem)


def _for_people(row: dict[str, Any]) -> dict[str, Any]:
    words = {True: "yes", False: "no", None: "?"}
    return {**row, "in_use": "*" if row["in_use"] else "", "works": words[row["works"]]}


@app.command(cls=WorkflowCommand)
def token(
    ctx: typer.Context,
    admin: bool = typer.Option(False, "--admin", help="Print the admin key."),
) -> results.Result:
    """Print the key in use, for a program that wants it.

    oai auth token | pbcopy
    oai auth token --admin --profile work
    """
    from ..core.credentials import Credentials

    context: App = ctx.obj
    headers = Credentials(context.settings, context.console.env).headers(
        "admin" if admin else "bearer"
    )
    if not headers:
        raise NoKeyError("no key is sent to this server", "`oai auth status` shows each profile's")
    (value,) = headers.values()
    if context.console.stdout_tty:
        context.console.warn("this is a secret: who reads it can use your account")
    return results.Text(value.removeprefix("Bearer ") + "\n")
