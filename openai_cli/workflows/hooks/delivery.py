"""A delivery as the command line gives it: a payload, and headers from options or a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from ...core import results, signature
from ...core.context import App
from ...core.errors import OutcomeError, UsageError
from ...core.settings import parse_header
from ...core.values import strict_json
from . import secret

PAYLOAD: Any = typer.Argument(..., metavar="FILE", help="The body as it came; - is stdin.")
HEADERS: Any = typer.Option(
    "", "--headers", metavar="FILE", help="Its headers, as lines or as a JSON object."
)
TOLERATED: Any = typer.Option(
    signature.TOLERANCE, "--tolerance", metavar="SECONDS", help="How old a delivery may be."
)
"""What the commands about deliveries take."""


def verified(app: App, source: str, headers: str, tolerance: float) -> bytes:
    """The payload of a genuine delivery. `source` and `headers` are file names, `-` being stdin.

    Raises OutcomeError for any other delivery, UsageError where one cannot tell.
    """
    check_tolerance(tolerance)
    key = secret.required(app)
    given = _headers(app, headers)
    payload = _payload(app, source)
    signature.verify(payload, given, key, now=app.console.now(), tolerance=tolerance)
    return payload


def check_tolerance(seconds: float) -> None:
    """Raise UsageError for a tolerance that nothing can meet."""
    if seconds < 0:
        raise UsageError("--tolerance wants 0 or more")


def event(app: App, source: str, headers: str, tolerance: float) -> results.Result:
    """The event in a genuine delivery. Raises as `verified` does."""
    payload = verified(app, source, headers, tolerance)
    if app.settings.format == "raw":
        return results.Text(payload.decode("utf-8", "replace"))
    try:
        return results.Document(json.loads(payload))
    except (ValueError, RecursionError) as error:
        raise OutcomeError(
            f"the delivery is genuine, but its payload is not JSON: {error}"
        ) from None


def _payload(app: App, source: str) -> bytes:
    if source == "-":
        return app.inputs.stdin_stream("the payload").read()
    try:
        return Path(source).expanduser().read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror or error}") from None


def _headers(app: App, name: str) -> dict[str, str]:
    found = dict(_read(app, name)) if name else {}
    found |= dict(parse_header(line) for line in app.option("header") or ())
    if not found:
        raise UsageError(
            "the headers of the delivery are missing",
            f"give {signature.ID}, {signature.TIMESTAMP} and {signature.SIGNATURE} with -H, "
            "or all of them in a file with --headers",
        )
    return found


def _read(app: App, name: str) -> list[tuple[str, str]]:
    """The headers in a file: a JSON object, or lines as HTTP has them."""
    text = app.inputs.text(name, what="--headers")
    if text.lstrip().startswith("{"):
        try:
            return [(key, str(value)) for key, value in strict_json(text).items()]
        except ValueError as error:
            raise UsageError(f"--headers {name} {error}") from None
    return [parse_header(line) for line in text.splitlines() if line.strip()]
