"""`python -m tools.sync`: write `openai_cli/catalog/data` from the installed SDK and `words/`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from . import facts, files, merge, words

ROOT = Path(__file__).parents[2]
DATA = ROOT / "openai_cli" / "catalog" / "data"
WORDS = ROOT / "words"
DIFF_LINES = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool; its exit code."""
    options = _parser().parse_args(arguments)
    catalog = merge.merge(facts.read(), words.read(options.words))
    folder = options.output or DATA
    foreign = options.output is not None
    for problem in catalog.problems:
        _say(f"{'warning' if foreign else 'error'}: {problem}")
    if options.check:
        return _check(folder, catalog, options.verbose)
    if options.diff:
        for line in files.differences(folder, catalog.files):
            _out(line)
    else:
        changed = files.write(folder, catalog.files)
        _say(f"{len(catalog.files)} files, {changed} changed, in {folder}")
    _say_missing(catalog, options.verbose)
    return int(bool(catalog.problems) and not foreign)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.sync", description=__doc__)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--check", action="store_true", help="write nothing; fail if data or words are not in order"
    )
    mode.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="write there, for another SDK than the pinned one: words may point at nothing",
    )
    parser.add_argument("--words", type=Path, default=WORDS, metavar="DIR", help=argparse.SUPPRESS)
    parser.add_argument("--verbose", action="store_true", help="name everything without words")
    return parser


def _check(folder: Path, catalog: merge.Catalog, verbose: bool) -> int:
    """Report everything that is not in order; 1 if there is anything."""
    lines = list(files.differences(folder, catalog.files))
    for line in islice(lines, None if verbose else DIFF_LINES):
        _out(line)
    if lines:
        _say("error: catalog/data is not what the SDK and words/ say; run python -m tools.sync")
    _say_missing(catalog, verbose=verbose, names=True)
    return int(bool(lines or catalog.problems or catalog.missing))


def _say_missing(catalog: merge.Catalog, verbose: bool, names: bool = False) -> None:
    if verbose or names:
        for name in catalog.missing:
            _say(f"no words: {name}")
    if verbose:
        for name in catalog.missing_fields:
            _say(f"no words: {name}")
    if catalog.missing:
        _say(f"{len(catalog.missing)} resources, operations and parameters have no words")
    if catalog.missing_fields:
        _say(f"{len(catalog.missing_fields)} nested fields have no words of their own")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _out(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
