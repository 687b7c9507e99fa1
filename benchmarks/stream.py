"""Streamed chat: how long a token stays inside `oai`, and how fast a burst goes through."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from . import report
from .bench import Bench, curl
from .measure import swallow
from .server import EVENTS, FLOW, PACED

BODY = '{"model":"gpt-5.5","stream":true,"messages":[{"role":"user","content":"hello"}]}'
COMMAND = ["chat", "create", "hello"]
LIMIT = 3
DELAY = 0.002
BURST_ROUNDS = 10
FLOW_ROUNDS = 3
PACED_ROUNDS = 5


def rows(bench: Bench) -> Iterator[report.Row]:
    """Token delay first, then many events: quicker than any model, and as quick as they can be."""
    yield from _delays(bench)
    yield from _run(bench, "/flow/v1", f"{FLOW} a second", FLOW_ROUNDS)
    yield from _run(bench, "/v1", "at once", BURST_ROUNDS)


def _run(bench: Bench, base: str, how: str, rounds: int) -> Iterator[report.Row]:
    commands = {
        "curl": _curl(bench, base),
        "text": [*bench.oai, *COMMAND],
        "jsonl": [*bench.oai, *COMMAND, "-f", "jsonl"],
    }
    samples = bench.run(commands, rounds, base=base, drain=swallow)
    for style in ("text", "jsonl"):
        what = f"{EVENTS} events {how}, as {style} : curl -N"
        yield report.ratio(what, samples[style], samples["curl"], LIMIT)


def _curl(bench: Bench, base: str) -> list[str]:
    url = f"{bench.origin}{base}/chat/completions"
    return curl("-N", "-H", "Content-Type: application/json", "-d", BODY, url)


def _delays(bench: Bench) -> Iterator[report.Row]:
    """From the server's send to our read: each token is the time at which it was sent."""
    ours, reference = Delays(b""), Delays(b'"content":"')
    for _ in range(bench.rounds(PACED_ROUNDS)):
        bench.run({"oai": [*bench.oai, *COMMAND]}, 1, base="/paced/v1", drain=ours.read)
        bench.run({"curl": _curl(bench, "/paced/v1")}, 1, base="/paced/v1", drain=reference.read)
    for what, share in (("median", 0.5), ("99 of 100", 0.99)):
        name = f"token delay, {what} : curl -N"
        yield report.delay(name, ours.at(share), reference.at(share), DELAY)


class Delays:
    """Reads tokens as they come and notes how old each is. `before` stands before a token."""

    def __init__(self, before: bytes) -> None:
        self._before = before
        self._rounds: list[list[float]] = []

    def read(self, descriptor: int) -> None:
        """Read one round's output to its end. Raises RuntimeError when tokens are missing."""
        seen: list[float] = []
        rest = b""
        while data := os.read(descriptor, 1 << 16):
            now = time.monotonic_ns()
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                text = line.partition(self._before)[2] if self._before else line
                digits = text.partition(b"\\")[0]
                if digits.isdigit():
                    seen.append((now - int(digits)) / 1e9)
        if len(seen) != PACED:
            raise RuntimeError(f"{len(seen)} tokens came out of {PACED}")
        self._rounds.append(sorted(seen))

    def at(self, share: float) -> float:
        """The delay that this share of the tokens does not exceed, in the best round."""
        return min(seen[int(share * (PACED - 1))] for seen in self._rounds)
