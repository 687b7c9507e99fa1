"""The options that commands share whose FILE or microphone is heard."""

from __future__ import annotations

from typing import Any

import typer

RATE: Any = typer.Option(
    0, "--rate", metavar="HZ", help="FILE holds nothing but samples at this rate."
)
FAST: Any = typer.Option(False, "--fast", help="Send FILE at once, not in its own time.")
CHANGES: Any = typer.Option(
    [], "--set", metavar="PATH=VALUE", help="Set any other field of the session."
)
