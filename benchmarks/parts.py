"""Splitting request files and merging what was answered, without a network between them.

`OAI_BENCH_LINES` says how many lines, as for `batches`; a million takes a minute.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from . import report
from .batches import DECODE, LINES, MILLION
from .bench import Bench

USUAL_ROUNDS = 2
SPLIT_RATIO, MERGE_RATIO = 8, 12
"""How many times each may take what it takes to decode each line."""
PEAK = 150
"""Megabytes."""

SPLIT = """\
import sys
from pathlib import Path
from openai_cli.workflows.batch import split, state
requests, out = sys.argv[1], Path(sys.argv[2])
state.erase(state.place(out))
with state.opened(state.place(out), create=True) as job:
    job.note(settings={"errors": "", "now": False}, started=0.0, job="bench")
    split.plan(job, [requests], lambda count: None)
    inputs = split.Inputs(job)
    while part := split.next_part(job, 50_000, 200_000_000):
        split.write_part(job, inputs, part)
"""
MERGE = """\
import sys
from pathlib import Path
from openai_cli.workflows.batch import merge, report, run_answers, state, state_lines, state_parts
answers, out = Path(sys.argv[1]), Path(sys.argv[2])
with state.opened(state.place(out)) as job:
    with job.transaction():
        job.db.execute("UPDATE lines SET outcome = 0")
        for part in state_parts.all_parts(job):
            path = job.work / f"answers-{part.n}.jsonl"
            path.unlink(missing_ok=True)
            path.symlink_to(answers / f"{part.n - 1}.jsonl")
            run_answers._take(job, part, path, 1)
    assert not state_lines.counts(job)[0]
    merge.merge(job, report.errors_path(job))
"""


def rows(bench: Bench) -> Iterator[report.Row]:
    """Both against decoding their input, and their memory."""
    requests, answers = _files(bench.folder)
    out = bench.folder / "parts-out.jsonl"
    python = [sys.executable, "-c"]
    whole = bench.folder / "answers.jsonl"
    samples = bench.run(
        {
            "split": [*python, SPLIT, str(requests), str(out)],
            "decode requests": [*python, DECODE, str(requests)],
            "merge": [*python, MERGE, str(answers), str(out)],
            "decode answers": [*python, DECODE, str(whole)],
        },
        USUAL_ROUNDS,
    )
    for what, beside, limit in (
        ("split", "decode requests", SPLIT_RATIO),
        ("merge", "decode answers", MERGE_RATIO),
    ):
        title = f"{what} of {LINES:,} lines : json.loads of each"
        yield report.ratio(title, samples[what], samples[beside], limit)
        million = samples[what].wall * MILLION / LINES
        yield report.Row(f"{what} of a million at that rate", report.seconds(million))
        yield report.memory("peak memory of it", samples[what].peak, PEAK)


def _files(folder: Path) -> tuple[Path, Path]:
    """Requests, and a folder of answers: a file for each part, backwards."""
    requests, answers = folder / "parts-in.jsonl", folder / "answers"
    answers.mkdir(exist_ok=True)
    with requests.open("w") as lines:
        for number in range(LINES):
            text = f"Ticket {number}: the printer on the third floor is out of paper."
            body = {"model": "m", "messages": [{"role": "user", "content": text}]}
            url = "/v1/chat/completions"
            line = {"custom_id": f"t-{number}", "method": "POST", "url": url, "body": body}
            lines.write(json.dumps(line) + "\n")
    with (folder / "answers.jsonl").open("w") as whole:
        for start in range(0, LINES, 50_000):
            with (answers / f"{start // 50_000}.jsonl").open("w") as part:
                for number in reversed(range(start, min(start + 50_000, LINES))):
                    text = _answer(number)
                    part.write(text)
                    whole.write(text)
    return requests, answers


def _answer(number: int) -> str:
    message = {"role": "assistant", "content": "urgent", "refusal": None}
    body = {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 40, "completion_tokens": 1, "total_tokens": 41},
    }
    response = {"status_code": 200, "request_id": "req_bench", "body": body}
    line = {"id": "b", "custom_id": f"t-{number}", "response": response, "error": None}
    return json.dumps(line) + "\n"
