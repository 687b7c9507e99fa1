"""What a command costs before any request: against a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from . import report
from .bench import Bench

HEAVY = ("rich", "pydantic", "httpx2")
COMMANDS: dict[str, tuple[list[str], float]] = {
    "--version": (["--version"], 1.8),
    "completion of options": (["__complete", "bash", "responses", "create", "--"], 3),
    "completion of ids": (["__complete", "zsh", "files", "retrieve", ""], 3),
    "--help": (["--help"], 7),
    "chat create --help": (["chat", "create", "--help"], 7),
    "responses create --help": (["responses", "create", "--help"], 7),
    "admin --help": (["admin", "--help"], 7),
    "chat create --dry-run": (["chat", "create", "hello", "--dry-run"], 8),
    "responses create --dry-run": (["responses", "create", "hello", "--dry-run"], 8),
}
USUAL_ROUNDS = 15


def rows(bench: Bench) -> Iterator[report.Row]:
    """Each command as the console script (where it is installed) and as a module."""
    commands = {"python": [sys.executable, "-c", "pass"]}
    limits = {}
    for name, (words, limit) in COMMANDS.items():
        for way, start in {"oai": bench.oai, "python -m openai_cli": bench.module}.items():
            commands[f"{way} {name}"] = [*start, *words]
            limits[f"{way} {name}"] = limit
    samples = bench.run(commands, USUAL_ROUNDS)
    for what, limit in limits.items():
        yield report.ratio(what, samples[what], samples["python"], limit)
    for name, (words, _) in COMMANDS.items():
        found = heavy(bench, words)
        said = ", ".join(found) or "none"
        yield report.Row(f"heavy imports of oai {name}", said, limit="none", ok=not found)


def heavy(bench: Bench, words: list[str]) -> list[str]:
    """The packages of HEAVY that a command imports."""
    command = [sys.executable, "-X", "importtime", "-m", "openai_cli", *words]
    told = subprocess.run(command, env=bench.env(), capture_output=True, text=True, check=True)
    modules = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    return [name for name in HEAVY if name in modules]
