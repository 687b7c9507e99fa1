"""The options that belong to `oai` itself, accepted before and after the command."""

from __future__ import annotations

from functools import cache
from typing import Any

from typer._click.core import Context

from ..catalog.record import Record
from ..core import values
from ..core.config import FORMATS
from ..core.errors import UsageError
from ..core.wire import is_web_address
from .options import HelpOption, Option, VersionOption

PREFIX = "oai_"


class Global(Record):
    """One global option. `kind` is text, seconds, count, flag, choice or list."""

    name: str
    flags: tuple[str, ...]
    kind: str
    metavar: str
    help: str
    group: str
    choices: tuple[str, ...] = ()


OUTPUT, CONNECTION, RUN = "Output", "Connection", "Running"

GLOBALS = (
    Global(
        "format",
        ("--format", "-f"),
        "choice",
        "FORMAT",
        "How to print the result.",
        OUTPUT,
        FORMATS,
    ),
    Global("jq", ("--jq",), "text", "EXPR", "Filter the result with a jq expression.", OUTPUT),
    Global(
        "output",
        ("--output", "-o"),
        "text",
        "FILE",
        "Write the result to a file, whole or not at all.",
        OUTPUT,
    ),
    Global("max_items", ("--max-items",), "count", "N", "Stop a list after N items.", OUTPUT),
    Global(
        "show_headers",
        ("--show-headers",),
        "flag",
        "",
        "Print the answer's status and headers on stderr.",
        OUTPUT,
    ),
    Global(
        "color", ("--color",), "choice", "WHEN", "Use colours.", OUTPUT, ("auto", "always", "never")
    ),
    Global("quiet", ("--quiet",), "flag", "", "No warnings, hints or progress on stderr.", OUTPUT),
    Global(
        "verbose",
        ("--verbose", "-v"),
        "flag",
        "",
        "Tell each request and answer on stderr.",
        OUTPUT,
    ),
    Global(
        "debug", ("--debug",), "flag", "", "Tell everything on stderr, with tracebacks.", OUTPUT
    ),
    Global(
        "profile",
        ("--profile",),
        "text",
        "NAME",
        "Use this profile of the configuration.",
        CONNECTION,
    ),
    Global(
        "base_url", ("--base-url",), "text", "URL", "Send requests to this address.", CONNECTION
    ),
    Global(
        "organization", ("--organization",), "text", "ID", "Act for this organization.", CONNECTION
    ),
    Global("project", ("--project",), "text", "ID", "Act for this project.", CONNECTION),
    Global(
        "header",
        ("--header", "-H"),
        "list",
        "NAME: VALUE",
        "Send a header; may be repeated.",
        CONNECTION,
    ),
    Global(
        "timeout",
        ("--timeout",),
        "seconds",
        "SECONDS",
        "Give up after this long without an answer.",
        CONNECTION,
    ),
    Global(
        "max_retries",
        ("--max-retries",),
        "count",
        "N",
        "Try a failed request again up to N times.",
        CONNECTION,
    ),
    Global(
        "sandbox",
        ("--sandbox",),
        "flag",
        "",
        "Talk to the offline API inside oai: no key, no network.",
        CONNECTION,
    ),
    Global(
        "dry_run", ("--dry-run",), "flag", "", "Print the request as JSON and send nothing.", RUN
    ),
    Global(
        "curl",
        ("--curl",),
        "flag",
        "",
        "Print the request as a curl command and send nothing.",
        RUN,
    ),
    Global(
        "wait",
        ("--wait",),
        "flag",
        "",
        "Wait until what was started is done, and exit with 8 if it ended badly.",
        RUN,
    ),
    Global(
        "wait_timeout",
        ("--wait-timeout",),
        "seconds",
        "SECONDS",
        "Stop waiting after this long, with exit code 7; the work goes on.",
        RUN,
    ),
    Global(
        "poll_interval",
        ("--poll-interval",),
        "seconds",
        "SECONDS",
        "Look this often. Left out: as the server asks, or after 1 s, then ever later up to 30 s.",
        RUN,
    ),
    Global("yes", ("--yes", "-y"), "flag", "", "Answer yes to every question.", RUN),
    Global("no_input", ("--no-input",), "flag", "", "Never ask a question.", RUN),
)
WAITING = ("wait", "wait_timeout", "poll_interval")
"""The options about waiting, which commands that can wait show in their help."""


@cache
def options() -> tuple[Option, ...]:
    """The global options as Typer options, shared by every command."""
    made = tuple(
        Option(
            PREFIX + spec.name,
            list(spec.flags),
            bound=spec,
            help=spec.help,
            metavar=spec.metavar,
            multiple=spec.kind == "list",
            flag=spec.kind == "flag",
            group=spec.group,
        )
        for spec in GLOBALS
    )
    return (*made, HelpOption(), VersionOption())


def collect(ctx: Context) -> dict[str, Any]:
    """The global options given anywhere on the command line; the innermost speaks last.

    Raises UsageError for a value that does not fit.
    """
    given: dict[str, Any] = {}
    chain = []
    at: Context | None = ctx
    while at is not None:
        chain.append(at)
        at = at.parent
    for context in reversed(chain):
        context.params.pop("oai_help", None)
        context.params.pop("oai_version", None)
        for spec in GLOBALS:
            value = context.params.pop(PREFIX + spec.name, None)
            if value is None or value == ():
                continue
            if spec.kind == "list":
                value = (*given.get(spec.name, ()), *value)
            given[spec.name] = read(spec, value)
    return given


def read(spec: Global, value: Any) -> Any:
    """A global option's text as its value. Raises UsageError."""
    flag = spec.flags[0]
    try:
        if spec.kind == "count":
            return _at_least(values.integer(value), 0)
        if spec.kind == "seconds":
            return _at_least(values.number(value), 1e-9)
    except ValueError as error:
        raise UsageError(f"{flag} {error}") from None
    if spec.kind == "choice" and value not in spec.choices:
        raise UsageError(f"{flag} wants one of {', '.join(spec.choices)}, not {value!r}")
    if spec.name == "base_url" and not is_web_address(value):
        raise UsageError(f"{flag} wants an http:// or https:// address, not {value!r}")
    return value


def _at_least(number: float, least: float) -> float:
    if number < least:
        raise ValueError("wants a positive number" if least else "wants 0 or more")
    return number
