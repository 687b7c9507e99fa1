"""The entry point: answers `--version` before anything heavy is imported, else hands over to cli."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `oai` with the process's arguments and exit with its code."""
    if sys.argv[1:] in (["--version"], ["version"]):
        from . import __version__

        sys.stdout.write(f"oai {__version__}\n")
        sys.exit(0)
    import gc

    gc.disable()  # nothing becomes garbage while modules load; the roof turns it on again
    from .cli import run

    run(sys.argv[1:])


if __name__ == "__main__":
    main()
