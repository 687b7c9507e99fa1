"""The table."""

from __future__ import annotations

from dataclasses import dataclass

from .measure import Samples

MB = 1_000_000
LINE = "{:<48} {:>10} {:>10} {:>7} {:>7} {:>8}  {}"


@dataclass
class Row:
    """One figure: ours, the reference's where there is one, and whether it is within its limit."""

    what: str
    ours: str
    reference: str = ""
    ratio: str = ""
    cpu: str = ""
    limit: str = ""
    ok: bool = True


def head() -> None:
    """The column titles."""
    print(LINE.format("what", "oai", "reference", "ratio", "cpu", "limit", "").rstrip())


def show(row: Row) -> None:
    """One line, at once."""
    verdict = "" if not row.limit else "ok" if row.ok else "OVER"
    cells = (row.what, row.ours, row.reference, row.ratio, row.cpu, row.limit, verdict)
    print(LINE.format(*cells).rstrip(), flush=True)


def ratio(what: str, ours: Samples, reference: Samples, limit: float | None) -> Row:
    """Wall time against the reference's, and CPU time beside it; the best round of each counts."""
    times = ours.wall / reference.wall
    return Row(
        what,
        seconds(ours.wall),
        seconds(reference.wall),
        f"{times:.2f}",
        f"{ours.cpu / reference.cpu:.2f}",
        f"{limit:g} x" if limit else "",
        limit is None or times <= limit,
    )


def memory(what: str, peak: int, limit: int, reference: int | None = None) -> Row:
    """Peak memory against a limit in MB."""
    beside = f"{reference / MB:.0f} MB" if reference else ""
    return Row(what, f"{peak / MB:.0f} MB", beside, limit=f"{limit} MB", ok=peak < limit * MB)


def delay(what: str, ours: float, reference: float, limit: float) -> Row:
    """A time against a limit in seconds; where the machine delays the reference longer, that."""
    return Row(
        what,
        f"{ours * 1000:.2f} ms",
        f"{reference * 1000:.2f} ms",
        limit=f"{limit * 1000:g} ms",
        ok=ours <= max(limit, reference),
    )


def seconds(value: float) -> str:
    """A time as people write it."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"
