"""The options that uploading adds, and how they are read."""

from __future__ import annotations

from ...engine.extra import Extra, Given
from ..transfer.job import JOBS, part_size

GROUP = "Sending"
EXTRAS = (
    Extra(
        "jobs",
        ("--jobs",),
        "N",
        f"Send this many files, or parts of a file, at a time; {JOBS} unless set.",
        GROUP,
    ),
    Extra(
        "resumable",
        ("--resumable",),
        "",
        "Send in parts whatever the size, so that an interruption costs little. Files above "
        "256 MiB go in parts anyway.",
        GROUP,
        "flag",
    ),
    Extra(
        "part_size",
        ("--part-size",),
        "SIZE",
        "Send in parts of this size: 16MB, 8MiB, at most 64MiB.",
        GROUP,
    ),
)


class Sending:
    """The added options of one command line. Raises UsageError for what makes no sense."""

    def __init__(self, given: Given) -> None:
        self.jobs = given.count("jobs", JOBS)
        size = given.text("part_size")
        self.part_size = part_size(size) if size else 0
        self.in_parts = given.flag("resumable") or bool(size)
