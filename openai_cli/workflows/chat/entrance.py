"""`oai chat` with nothing behind it: the options of the session, and its start."""

from __future__ import annotations

from typing import Any

from ...core.context import App
from ...core.errors import UsageError
from ...engine.options import Option
from . import extras
from .apis import APIS

SHARED = ("system", "attach", "schema", "tool", "approve", "continue", "session")


def options() -> list[Option]:
    """What `oai chat` takes before any command."""
    own = [
        Option(
            "talk_api",
            ["--api"],
            bound=None,
            help="Talk through chat completions, or through responses (server-side state).",
            metavar="|".join(APIS),
        ),
        Option("talk_model", ["--model", "-m"], help="Model that answers.", metavar="MODEL"),
        Option("talk_private", ["--private"], help="Keep nothing of it.", flag=True),
    ]
    shared = [option for option in extras.options("chat") if option.bound.name in SHARED]
    return [*own, *shared]


def run(app: App, params: dict[str, Any]) -> None:
    """Start the session. Raises UsageError."""
    api = params.get("talk_api")
    if api and api not in APIS:
        raise UsageError(f"--api wants one of {', '.join(APIS)}, not {api!r}")
    from .session import start

    start(app, extras.Given(params), params)
