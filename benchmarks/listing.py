"""A list of a hundred thousand items: memory stays flat however long it is."""

from __future__ import annotations

from collections.abc import Iterator

from . import report
from .bench import Bench
from .measure import swallow
from .server import LISTED

TENTH = LISTED // 10
MEMORY = 80
GROWTH = 1.05
USUAL_ROUNDS = 2


def rows(bench: Bench) -> Iterator[report.Row]:
    """The whole list, and a tenth of it for comparison."""
    command = [*bench.oai, "files", "list", "-f", "jsonl"]
    commands = {"tenth": [*command, "--max-items", str(TENTH)], "whole": command}
    samples = bench.run(commands, USUAL_ROUNDS, drain=swallow)
    tenth, whole = samples["tenth"], samples["whole"]
    yield report.memory(f"{LISTED} items as jsonl, peak memory", whole.peak, MEMORY)
    growth = whole.peak / tenth.peak
    yield report.Row(
        f"memory of {LISTED} items : {TENTH} items",
        f"{whole.peak / report.MB:.1f} MB",
        f"{tenth.peak / report.MB:.1f} MB",
        f"{growth:.2f}",
        limit=f"{GROWTH:g} x",
        ok=growth <= GROWTH,
    )
    yield report.ratio(f"{LISTED} items : {TENTH} items", whole, tenth, None)
