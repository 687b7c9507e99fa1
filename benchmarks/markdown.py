"""Live markdown: the time for 1,000 tokens while an answer grows from 1,000 to 100,000 of them.

`python -m benchmarks.markdown`; fails when the end of the answer is slower than its start.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from openai_cli.render.markdown import MarkdownStream

from . import report

TOKENS = 100_000
STEP = 1_000
SHOWN = (1, 2, 5, 10, 20, 50, 100)
TOKEN = 4
ROUNDS = 3
LIMIT = 0.1
"""Seconds for 1,000 tokens."""

SLOWER = 1.5
"""How much longer the last tenth may take than the first."""

ANSWER = """\
## Step {0}

A paragraph of prose with **some words in bold**, a `name_in_code` and [a link](https://example.com/{0}),
long enough for several rows; it says nothing, and it says so in two sentences. This is the second.

1. First, *look* at what there is
2. Then change it
   - a detail, with `code`
   - another one, {0}

```python
def step_{0}(items: list[str]) -> dict[str, int]:
    # Count what came.
    return {{item: len(item) + {0} for item in items if item != "none"}}
```

| name | value | note |
|------|------:|------|
| a{0} | 1 | **first** |
| b{0} | 22 | the second, with a few more words |

> A quote that closes step {0}.

"""


def answer() -> str:
    """A long answer with something of everything."""
    made: list[str] = []
    length = 0
    while length < TOKENS * TOKEN:
        made.append(ANSWER.format(len(made)))
        length += len(made[-1])
    return "".join(made)[: TOKENS * TOKEN]


def times() -> tuple[list[float], int]:
    """CPU seconds for each 1,000 tokens of one answer, and how many characters were written."""
    text, written = answer(), 0

    def write(piece: str) -> None:
        nonlocal written
        written += len(piece)

    for warm in (True, False):
        written, took = 0, []
        stream = MarkdownStream(write, lambda: 80, lambda: 24, color=True)
        for start in range(0, STEP * TOKEN if warm else len(text), STEP * TOKEN):
            began = time.process_time()
            for at in range(start, start + STEP * TOKEN, TOKEN):
                stream.feed(text[at : at + TOKEN])
            took.append(time.process_time() - began)
        stream.finish()
    return took, written


def rows(_: object = None) -> Iterator[report.Row]:
    """The time per 1,000 tokens as the answer grows, and what that makes in the end. The best round
    counts: what the machine adds, it never subtracts."""
    rounds = [times() for _ in range(ROUNDS)]
    took = [min(each) for each in zip(*(took for took, _ in rounds), strict=True)]
    written = rounds[0][1]
    for count in SHOWN:
        seconds = took[count - 1]
        yield report.Row(
            f"1,000 tokens of markdown, up to {count * STEP:,}",
            report.seconds(seconds),
            limit=f"{LIMIT * 1000:g} ms",
            ok=seconds <= LIMIT,
        )
    tenth = len(took) // 10
    ratio = sum(took[-tenth:]) / sum(took[:tenth])
    yield report.Row(
        "the last 10,000 tokens : the first",
        report.seconds(sum(took[-tenth:])),
        report.seconds(sum(took[:tenth])),
        f"{ratio:.2f}",
        limit=f"{SLOWER:g} x",
        ok=ratio <= SLOWER,
    )
    yield report.Row("characters written for each of the answer", f"{written / len(answer()):.1f}")


def main() -> int:
    """Show the rows; 1 when a figure is over its limit."""
    report.head()
    over = 0
    for row in rows():
        report.show(row)
        over += not row.ok
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
