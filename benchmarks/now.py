"""`batches run --now`: as many requests a second as a plain client sends.

`OAI_BENCH_REQUESTS` says how many requests; 10,000 take some ten seconds a round.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from . import report
from .bench import Bench
from .measure import interleaved

REQUESTS = int(os.environ.get("OAI_BENCH_REQUESTS", "10000"))
JOBS = 32
USUAL_ROUNDS = 3
RATIO = 1.25
"""Times the plain client's time: four fifths of its rate."""

PEAK = 150
"""Megabytes."""

PLAIN = """\
import asyncio, json, os, sys
import httpx2
async def main(path, out, jobs):
    lines = iter(open(path))
    limits = httpx2.Limits(max_connections=jobs, max_keepalive_connections=jobs)
    key = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    origin = os.environ["OPENAI_BASE_URL"].removesuffix("/v1")
    async with httpx2.AsyncClient(timeout=600, limits=limits, headers=key) as client:
        with open(out, "w") as results:
            async def work():
                for line in lines:
                    request = json.loads(line)
                    answer = await client.post(origin + request["url"], json=request["body"])
                    found = {"status_code": answer.status_code, "body": answer.json()}
                    row = {"custom_id": request["custom_id"], "response": found}
                    results.write(json.dumps(row) + "\\n")
            await asyncio.gather(*(work() for _ in range(jobs)))
asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def rows(bench: Bench) -> Iterator[report.Row]:
    """The whole command (its check, its state, its merge in order), and its memory."""
    requests, out = _requests(bench.folder), bench.folder / "now.jsonl"
    ours = [*bench.oai, "batches", "run", str(requests), "-o", str(out), "--now", "--fresh"]
    plain = [sys.executable, "-c", PLAIN, str(requests), str(bench.folder / "plain.jsonl")]
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.answering"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        origin = f"http://127.0.0.1:{int(server.stdout.readline())}"
        samples = interleaved(
            {"ours": [*ours, "--jobs", str(JOBS)], "plain": [*plain, str(JOBS)]},
            bench.env() | {"OPENAI_BASE_URL": f"{origin}/v1"},
            bench.rounds(USUAL_ROUNDS),
        )
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()
    with out.open() as found:
        assert sum(1 for _ in found) == REQUESTS
    what = f"--now, {REQUESTS:,} requests : plain asyncio client"
    yield report.ratio(what, samples["ours"], samples["plain"], RATIO)
    yield report.memory("peak memory of it", samples["ours"].peak, PEAK, samples["plain"].peak)


def _requests(folder: Path) -> Path:
    path = folder / "now-requests.jsonl"
    with path.open("w") as lines:
        for number in range(REQUESTS):
            text = f"Ticket {number}: the printer on the third floor is out of paper."
            body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": text}]}
            url = "/v1/chat/completions"
            line = {"custom_id": f"t-{number}", "method": "POST", "url": url, "body": body}
            lines.write(json.dumps(line) + "\n")
    return path
