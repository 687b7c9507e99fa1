"""The lines of a job: where each stands in the inputs, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .state import State

OPEN, GOOD, FAILED = 0, 1, 2
"""Outcomes: nothing final yet, answered, failed for good."""
BLOCK = 2000


class Spot(NamedTuple):
    """A line in an input file: its bytes from `at`, `size` of them, the line end left out."""

    seq: int
    input: int
    at: int
    size: int


class Found(NamedTuple):
    """What came for a line: its final outcome, or OPEN to try it again, and where the answer is."""

    custom_id: str
    outcome: int
    answer: int | None
    place: int
    length: int


class Kept(NamedTuple):
    """A line with its outcome, for merging; `answer` is None where nothing came for it."""

    custom_id: str
    outcome: int
    part: int | None
    answer: int | None
    place: int
    length: int


def add(state: State, rows: Iterable[tuple[int, str, int, int, int, int]]) -> None:
    """Put lines in: seq, custom_id, kind, input, at, size. Raises sqlite3.IntegrityError for a
    `custom_id` that is there already."""
    state.db.executemany(
        "INSERT INTO lines (seq, custom_id, kind, input, at, size) VALUES (?, ?, ?, ?, ?, ?)", rows
    )


def free(state: State) -> Iterator[tuple[int, int, int]]:
    """Lines that no part holds and that have no outcome, all of the kind of the first of them:
    kind, seq, size."""
    yield from state.db.execute(
        "SELECT kind, seq, size FROM lines WHERE part IS NULL AND outcome = 0 AND kind = "
        "(SELECT kind FROM lines WHERE part IS NULL AND outcome = 0 ORDER BY kind LIMIT 1) "
        "ORDER BY seq"
    )


def any_free(state: State) -> bool:
    """Whether some line waits for a part."""
    found = state.db.execute("SELECT 1 FROM lines WHERE part IS NULL AND outcome = 0 LIMIT 1")
    return found.fetchone() is not None


def hold(state: State, part: int, lines: Iterable[int]) -> None:
    """Give lines to a part."""
    state.db.executemany("UPDATE lines SET part = ? WHERE seq = ?", ((part, seq) for seq in lines))


def held(state: State, part: int) -> Iterator[Spot]:
    """The open lines of a part, in the inputs' order."""
    rows = state.db.execute(
        "SELECT seq, input, at, size FROM lines WHERE part = ? AND outcome = 0 ORDER BY seq",
        (part,),
    )
    yield from map(Spot._make, rows)


def held_ids(state: State, part: int) -> Iterator[str]:
    """The `custom_id`s of a part's open lines, in the inputs' order."""
    rows = state.db.execute(
        "SELECT custom_id FROM lines WHERE part = ? AND outcome = 0 ORDER BY seq", (part,)
    )
    yield from (row[0] for row in rows)


def unanswered(state: State) -> Iterator[Spot]:
    """Every open line in order, block by block, so that outcomes may be noted meanwhile."""
    last = -1
    while True:
        rows = state.db.execute(
            "SELECT seq, input, at, size FROM lines WHERE outcome = 0 AND seq > ? "
            "ORDER BY seq LIMIT ?",
            (last, BLOCK),
        ).fetchall()
        if not rows:
            return
        yield from map(Spot._make, rows)
        last = rows[-1][0]


def settle(state: State, part: int, found: Iterable[Found], attempts: int) -> int:
    """Note what came for the lines of a part; OPEN ones go back until they have had `attempts`.

    Lines that are not open in this part are left alone. Returns how many were known.
    """
    known = 0
    for custom_id, outcome, answer, place, length in found:
        known += state.db.execute(
            "UPDATE lines SET tries = tries + 1, file = ?1, place = ?2, length = ?3, "
            "outcome = CASE WHEN ?4 = 0 AND tries + 1 >= ?5 THEN 2 ELSE ?4 END, "
            "part = CASE WHEN ?4 = 0 AND tries + 1 < ?5 THEN NULL ELSE part END "
            "WHERE custom_id = ?6 AND part = ?7 AND outcome = 0",
            (answer, place, length, outcome, attempts, custom_id, part),
        ).rowcount
    return known


def settle_rest(state: State, part: int, attempts: int, *, again: bool) -> None:
    """The lines of a part for which nothing came: back until they have had `attempts` if `again`,
    else failed."""
    state.db.execute(
        "UPDATE lines SET tries = tries + 1, file = NULL, "
        "outcome = CASE WHEN ?1 AND tries + 1 < ?2 THEN 0 ELSE 2 END, "
        "part = CASE WHEN ?1 AND tries + 1 < ?2 THEN NULL ELSE part END "
        "WHERE part = ?3 AND outcome = 0",
        (again, attempts, part),
    )


def release(state: State, part: int) -> None:
    """Take a part's open lines back as if it had never held them."""
    state.db.execute("UPDATE lines SET part = NULL WHERE part = ? AND outcome = 0", (part,))


def reopen(state: State) -> int:
    """Give what failed for good another go; how many lines that is."""
    return state.db.execute(
        "UPDATE lines SET outcome = 0, part = NULL, tries = 0, file = NULL WHERE outcome = 2"
    ).rowcount


def settle_now(state: State, found: Iterable[tuple[int, int, int, int, int]]) -> None:
    """Note answers that came one by one: outcome, answer, place, length, seq."""
    state.db.executemany(
        "UPDATE lines SET tries = tries + 1, outcome = ?, file = ?, place = ?, length = ? "
        "WHERE seq = ?",
        found,
    )


def seq_of(state: State, custom_id: str) -> int | None:
    """The place of a line that has no outcome yet."""
    row = state.db.execute(
        "SELECT seq FROM lines WHERE custom_id = ? AND outcome = 0", (custom_id,)
    ).fetchone()
    return row[0] if row else None


def finished(state: State) -> Iterator[Kept]:
    """Every line with an outcome, in the inputs' order."""
    rows = state.db.execute(
        "SELECT custom_id, outcome, part, file, place, length FROM lines WHERE outcome > 0 "
        "ORDER BY seq"
    )
    yield from map(Kept._make, rows)


def counts(state: State) -> dict[int, int]:
    """How many lines there are by outcome."""
    rows = state.db.execute("SELECT outcome, count(*) FROM lines GROUP BY outcome").fetchall()
    return {OPEN: 0, GOOD: 0, FAILED: 0, **dict(rows)}
