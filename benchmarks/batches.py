"""Request files: checked and prepared at a rate and in memory that do not depend on their length.

`OAI_BENCH_LINES` says how many lines; a million takes a minute or two.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from . import report
from .bench import Bench

LINES = int(os.environ.get("OAI_BENCH_LINES", "100000"))
USUAL_ROUNDS = 2
CHECK_RATIO = 6
"""How many times the check may take what it takes to decode each line."""

PREPARE_RATIO = 6
"""How many times preparing may take what it takes to read the rows and write each as JSON."""

MINUTE = 60
MILLION = 1_000_000
PEAK = 150
"""Megabytes for a million lines."""

DECODE = "import json, sys\nfor line in open(sys.argv[1], 'rb'):\n    json.loads(line)\n"
CONVERT = """\
import csv, json, sys
with open(sys.argv[1], newline="") as rows, open(sys.argv[2], "w") as out:
    for row in csv.DictReader(rows):
        out.write(json.dumps(row, ensure_ascii=False) + "\\n")
"""
TEXT = "Ticket {}: the printer on the third floor is out of paper, and nobody knows where it is."


def rows(bench: Bench) -> Iterator[report.Row]:
    """The check and the preparation, each against plain Python; times for a million lines."""
    table, requests = _files(bench.folder)
    out = str(bench.folder / "out.jsonl")
    check = [*bench.oai, "batches", "check", str(requests)]
    prepare = [*bench.oai, "batches", "prepare", str(table), "--prompt", "Classify: {text}"]
    prepare += ["--model", "m", "--custom-id", "id", "-o", out]
    samples = bench.run(
        {
            "check": check,
            "decode": [sys.executable, "-c", DECODE, str(requests)],
            "prepare": prepare,
            "convert": [sys.executable, "-c", CONVERT, str(table), out],
        },
        USUAL_ROUNDS,
    )
    yield report.ratio(
        f"check of {LINES:,} requests : json.loads of each",
        samples["check"],
        samples["decode"],
        CHECK_RATIO,
    )
    minute = samples["check"].wall * MILLION / LINES
    what = "check of a million at that rate"
    yield report.Row(what, report.seconds(minute), limit=f"{MINUTE} s", ok=minute <= MINUTE)
    yield report.memory("peak memory of it", samples["check"].peak, PEAK)
    yield report.ratio(
        f"prepare of {LINES:,} rows : csv to JSON lines",
        samples["prepare"],
        samples["convert"],
        PREPARE_RATIO,
    )
    yield report.memory("peak memory of it", samples["prepare"].peak, PEAK)


def _files(folder: Path) -> tuple[Path, Path]:
    """A table, and requests of 400 bytes each."""
    table, requests = folder / "in.csv", folder / "in.jsonl"
    system = {"role": "system", "content": "You classify support tickets by their urgency."}
    with table.open("w") as cells, requests.open("w") as lines:
        cells.write("id,text\n")
        for number in range(LINES):
            text = TEXT.format(number)
            cells.write(f'{number},"{text}"\n')
            messages = [system, {"role": "user", "content": text}]
            body = {"model": "m", "messages": messages, "temperature": 0.2}
            url = "/v1/chat/completions"
            line = {"custom_id": f"t-{number}", "method": "POST", "url": url, "body": body}
            lines.write(json.dumps(line) + "\n")
    return table, requests
