"""`python -m tools.completions`: write `completion/data.json` and the scripts in `completions/`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import gather

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "openai_cli" / "completion"
SCRIPTS = ROOT / "completions"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.completions", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a file is not what it would be"
    )
    options = parser.parse_args(arguments)
    stale = [path for path, text in files().items() if not _is(path, text)]
    for path in stale:
        if options.check:
            sys.stderr.write(
                f"error: {path.relative_to(ROOT)} is stale; run python -m tools.completions\n"
            )
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files()[path], "utf-8")
            sys.stderr.write(f"wrote {path.relative_to(ROOT)}\n")
    return int(options.check and bool(stale))


def files() -> dict[Path, str]:
    """Every file as it should be. The scripts the package prints are those that are installed."""
    made = {PACKAGE / "data.json": gather.data()}
    for script in sorted((PACKAGE / "scripts").iterdir()):
        made[SCRIPTS / script.name] = script.read_text("utf-8")
    return made


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
