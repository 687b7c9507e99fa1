"""256 MiB in parts side by side, against one curl that sends the file in one request.

The Uploads API wants the MD5 of the whole, so the second reference takes that sum first.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from . import report
from .bench import Bench, curl

SIZE = 256 << 20
LIMIT = 2.5
MEMORY = 80
USUAL_ROUNDS = 5


def rows(bench: Bench) -> Iterator[report.Row]:
    """Time and memory of an upload in parts, four on their way at a time."""
    source = bench.folder / "parts.bin"
    with source.open("wb") as stream:
        stream.truncate(SIZE)
    one = curl("-F", "purpose=batch", "-F", f"file=@{source}", f"{bench.origin}/v1/files")
    commands = {
        "oai": [*bench.oai, "uploads", "run", str(source), "--purpose", "batch"],
        "curl": one,
        "summed": ["sh", "-c", f"md5sum {shlex.quote(str(source))} && {shlex.join(one)}"],
    }
    samples = bench.run(commands, USUAL_ROUNDS)
    ours = samples["oai"]
    yield report.ratio("256 MiB in parts : md5sum, then curl", ours, samples["summed"], LIMIT)
    yield report.ratio("256 MiB in parts : curl", ours, samples["curl"], None)
    yield report.memory("peak memory of it", ours.peak, MEMORY, samples["curl"].peak)
