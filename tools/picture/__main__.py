"""`python -m tools.picture [--check]`."""

from __future__ import annotations

import argparse
import difflib
import sys

from . import COMMANDS
from .session import ROOT, shown
from .svg import picture

PLACE = ROOT / "docs" / "terminal.svg"


def main(arguments: list[str]) -> int:
    """Write the picture, or say whether it is out of date; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.picture", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if out of date")
    check = parser.parse_args(arguments).check
    made = picture(shown(COMMANDS))
    there = PLACE.read_text("utf-8") if PLACE.exists() else ""
    if made == there:
        return 0
    if check:
        changes = difflib.unified_diff(there.splitlines(), made.splitlines(), "there", "now", n=0)
        print(*list(changes)[:20], sep="\n")
        print("docs/terminal.svg is out of date: python -m tools.picture")
        return 1
    PLACE.write_text(made, "utf-8")
    print(f"wrote {PLACE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
