"""`oai chat` with nothing behind it: the options of the session, and its start."""

from __future__ import annotations

from typing import Any

from ...core.context import App
from ...core.errors import UsageError
from ...engine.options import Option
from . import extras
from .apis import APIS

LEFT_OUT = ("template", "var", "schema_multi", "code", "usage", "count")
"""Options of a single question that a session has no use for."""

ABOUT = (
    "On a terminal, `oai chat` without a command starts a session: a conversation that goes on. "
    "Enter sends; Alt-Enter, a paste or an open code fence make new lines; Tab completes commands, "
    "models and paths; Ctrl-C stops an answer and keeps it, twice it leaves, as Ctrl-D does; /help "
    "lists the commands. Keys are those of emacs; `set editing-mode vi` in ~/.inputrc, as for your "
    "shell, or --vi makes them vi's."
)


def options() -> list[Option]:
    """What `oai chat` takes before any command."""
    own = [
        Option(
            "talk_api",
            ["--api"],
            help="Talk through chat completions, or through responses (server-side state, tools "
            "at the API's side).",
            metavar="|".join(APIS),
        ),
        Option("talk_model", ["--model", "-m"], help="Model that answers.", metavar="MODEL"),
        Option(
            "talk_private",
            ["--private"],
            help="Keep nothing of it: no session, no history of what was typed, and nothing stored "
            "at the API's side.",
            flag=True,
        ),
        Option("talk_vi", ["--vi"], help="Edit with vi's keys.", flag=True),
    ]
    shared = extras.options("responses")
    return [*own, *(option for option in shared if option.bound.name not in LEFT_OUT)]


def about() -> str:
    """What starts, for the help page."""
    return ABOUT


def run(app: App, params: dict[str, Any]) -> None:
    """Start the session. Raises UsageError."""
    api = params.get("talk_api")
    if api and api not in APIS:
        raise UsageError(f"--api wants one of {', '.join(APIS)}, not {api!r}")
    from .opening import start

    start(app, extras.Given(params), params)
