"""One GiB down and up: wall time against curl, and peak memory."""

from __future__ import annotations

from collections.abc import Iterator

from . import report
from .bench import Bench, curl
from .measure import swallow

SIZE = 1 << 30
LIMIT = 2
MEMORY = 80
USUAL_ROUNDS = 3


def rows(bench: Bench) -> Iterator[report.Row]:
    """A download to a file and to a pipe, an upload."""
    yield from _download(bench)
    yield from _pipe(bench)
    yield from _upload(bench)


def _download(bench: Bench) -> Iterator[report.Row]:
    saved = bench.folder / "saved"

    def clear() -> None:
        """Whoever comes second must not pay for the first one's file."""
        saved.unlink(missing_ok=True)

    commands = {
        "curl": curl("-o", str(saved), f"{bench.origin}/v1/files/{SIZE}/content"),
        "oai": [*bench.oai, "files", "content", str(SIZE), "-o", str(saved)],
    }
    samples = bench.run(commands, USUAL_ROUNDS, before=clear)
    clear()
    yield report.ratio("1 GiB download to a file : curl", samples["oai"], samples["curl"], LIMIT)
    yield report.memory("peak memory of it", samples["oai"].peak, MEMORY, samples["curl"].peak)


def _pipe(bench: Bench) -> Iterator[report.Row]:
    commands = {
        "curl": curl(f"{bench.origin}/v1/files/{SIZE}/content"),
        "oai": [*bench.oai, "files", "content", str(SIZE)],
    }
    samples = bench.run(commands, USUAL_ROUNDS, drain=swallow)
    yield report.ratio("1 GiB download to a pipe : curl", samples["oai"], samples["curl"], LIMIT)
    yield report.memory("peak memory of it", samples["oai"].peak, MEMORY, samples["curl"].peak)


def _upload(bench: Bench) -> Iterator[report.Row]:
    source = bench.folder / "source.bin"
    with source.open("wb") as stream:
        stream.truncate(SIZE)
    commands = {
        "curl": curl("-F", "purpose=batch", "-F", f"file=@{source}", f"{bench.origin}/v1/files"),
        "oai": [*bench.oai, "files", "create", str(source), "--purpose", "batch"],
    }
    samples = bench.run(commands, USUAL_ROUNDS)
    yield report.ratio("1 GiB upload : curl", samples["oai"], samples["curl"], LIMIT)
    yield report.memory("peak memory of it", samples["oai"].peak, MEMORY, samples["curl"].peak)
