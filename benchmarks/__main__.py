"""`python -m benchmarks [NAME…]`: measures, prints one table, fails when a limit is passed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from . import (
    batches,
    listing,
    markdown,
    now,
    parts,
    realtime,
    report,
    request,
    session,
    socket,
    sound,
    startup,
    stream,
    transfer,
    upload,
)
from .bench import Bench

CASES: dict[str, Callable[[Bench], Iterator[report.Row]]] = {
    "startup": startup.rows,
    "request": request.rows,
    "stream": stream.rows,
    "transfer": transfer.rows,
    "upload": upload.rows,
    "listing": listing.rows,
    "batches": batches.rows,
    "parts": parts.rows,
    "now": now.rows,
    "markdown": markdown.rows,
    "session": session.rows,
    "sound": sound.rows,
    "realtime": realtime.rows,
    "socket": socket.rows,
}


def main() -> int:
    """Run the cases named, or all; 1 when a figure is over its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"one of {', '.join(CASES)}; all by default")
    parser.add_argument("--rounds", type=int, help="how often each command runs")
    chosen = parser.parse_args()
    unknown = set(chosen.name) - CASES.keys()
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    over = 0
    with Bench(chosen.rounds) as bench:
        report.head()
        for name in chosen.name or CASES:
            for row in CASES[name](bench):
                report.show(row)
                over += not row.ok
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
