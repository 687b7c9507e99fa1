"""Sessions over WebSocket: events a second, memory, and what a round trip gains on the way.

The reference is the library that the official SDK connects with, used as plainly as can be.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from . import report
from .bench import Bench
from .measure import Samples, interleaved, swallow
from .socket_server import DONE

FEW, MANY = 50_000, 500_000
ROUNDS = 5
LEAST = 5_000
MEMORY = 80
GROWTH = 3
TRIPS = 300
DELAY = 0.002
PLAIN = """
import json, sys
from websockets.sync.client import connect
with connect(sys.argv[1], compression=None, max_size=None) as socket:
    if sys.argv[2] == "0":
        for line in sys.stdin:
            socket.send(line.strip())
            print(socket.recv(), flush=True)
    else:
        socket.send(json.dumps({"type": "flood", "n": int(sys.argv[2])}))
        for text in socket:
            print(json.dumps(json.loads(text)), flush=True)
            if '"flood.done"' in text:
                break
"""


def rows(bench: Bench) -> Iterator[report.Row]:
    """Throughput against the plain library, memory for few and many events, the way there and
    back."""
    with _served() as port:
        yield from _flood(bench, port)
        yield from _memory(bench, port)
        yield _round_trip(bench, port)


@contextmanager
def _served() -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.socket_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def _env(bench: Bench, port: int) -> dict[str, str]:
    return {**bench.env(), "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"}


def _oai(bench: Bench, number: int) -> list[str]:
    asked = bench.folder / f"flood-{number}.jsonl"
    asked.write_text(json.dumps({"type": "flood", "n": number}) + "\n")
    until = ["--until", str(DONE["type"]), "--no-input"]
    return [*bench.oai, "realtime", "connect", "--send", str(asked), *until]


def _plain(port: int, number: int) -> list[str]:
    return [sys.executable, "-c", PLAIN, f"ws://127.0.0.1:{port}/v1/realtime", str(number)]


def _measured(
    bench: Bench, port: int, commands: dict[str, list[str]], rounds: int
) -> dict[str, Samples]:
    return interleaved(commands, _env(bench, port), rounds, swallow)


def _flood(bench: Bench, port: int) -> Iterator[report.Row]:
    jq = [*_oai(bench, FEW), "--jq", ".type"]
    commands = {"oai": _oai(bench, FEW), "jq": jq, "plain": _plain(port, FEW)}
    found = _measured(bench, port, commands, bench.rounds(ROUNDS))
    reference = FEW / found["plain"].wall
    for name, what in (("oai", "connect"), ("jq", "connect --jq")):
        speed = FEW / found[name].wall
        yield report.Row(
            f"{FEW:,} events, {what} : websockets",
            f"{speed:,.0f}/s",
            f"{reference:,.0f}/s",
            f"{reference / speed:.2f}",
            f"{found[name].cpu / found['plain'].cpu:.2f}",
            f"{LEAST:,}/s",
            speed >= LEAST,
        )


def _memory(bench: Bench, port: int) -> Iterator[report.Row]:
    """Ten times the events may take hardly more memory: it is the same buffers again."""
    few = _measured(bench, port, {"oai": _oai(bench, FEW)}, 1)["oai"].peak
    many = _measured(bench, port, {"oai": _oai(bench, MANY)}, 1)["oai"].peak
    yield report.memory(f"memory for {MANY:,} events", many, MEMORY)
    grown = max(many - few, 0)
    yield report.memory(f"memory for {MANY:,} events beyond {FEW:,}", grown, GROWTH)


def _round_trip(bench: Bench, port: int) -> report.Row:
    env = _env(bench, port)
    ours = _trips([*bench.oai, "realtime", "connect", "--linger", "0"], env)
    reference = _trips(_plain(port, 0), env)
    return report.delay("an event there and back, median : websockets", ours, reference, DELAY)


def _trips(command: list[str], env: dict[str, str]) -> float:
    """Seconds from writing a line to reading its echo: the median."""
    times = []
    with subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdin is not None and running.stdout is not None
        for _ in range(TRIPS):
            started = time.perf_counter()
            running.stdin.write(b'{"type":"echo"}\n')
            running.stdin.flush()
            running.stdout.readline()
            times.append(time.perf_counter() - started)
        running.stdin.close()
        running.stdout.read()
    return statistics.median(times[len(times) // 10 :])
