"""The chat session: from the command to its prompt, on a terminal."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

import pexpect  # type: ignore[import-untyped]

from . import report
from .bench import Bench

ROUNDS = 5
PROMPT = r"(?s)lists commands.*>"
PATIENCE = 20


def rows(bench: Bench) -> Iterator[report.Row]:
    """`oai chat` until it can be typed into, beside importing what its prompt is made with."""
    env = bench.env() | {"TERM": "xterm-256color"}
    load = [sys.executable, "-c", "import typer, prompt_toolkit"]
    ours, reference = [], []
    for _ in range(bench.rounds(ROUNDS)):
        ours.append(_until_prompt([*bench.oai, "chat", "--private"], env))
        started = time.perf_counter()
        subprocess.run(load, env=env, check=True)
        reference.append(time.perf_counter() - started)
    yield report.Row(
        "oai chat to its prompt : importing typer, prompt_toolkit",
        report.seconds(min(ours)),
        report.seconds(min(reference)),
        f"{min(ours) / min(reference):.2f}",
    )


def _until_prompt(command: Sequence[str], env: Mapping[str, str]) -> float:
    started = time.perf_counter()
    child = pexpect.spawn(command[0], list(command[1:]), env=dict(env), dimensions=(24, 80))
    child.expect(PROMPT, timeout=PATIENCE)
    took = time.perf_counter() - started
    child.sendeof()
    child.close(force=True)
    return took
