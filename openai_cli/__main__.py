"""The entry point: answers `--version` before anything heavy is imported, else calls the roof."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `oai` with the process's arguments and exit with its code."""
    try:
        _run()
    except KeyboardInterrupt:  # before the roof was there to say so, or after it had
        sys.exit(130)


def _run() -> None:
    if sys.argv[1:] in (["--version"], ["version"]):
        from . import __version__

        sys.stdout.write(f"oai {__version__}\n")
        sys.exit(0)
    if sys.argv[1:2] == ["__complete"]:
        _complete(sys.argv[2:])
        sys.exit(0)
    import gc

    gc.disable()  # nothing becomes garbage while modules load; the roof turns it on again
    from .cli import run

    run(sys.argv[1:])


def _complete(arguments: list[str]) -> None:
    """Answer a shell. (The scripts drop what a failure says.)"""
    import os

    from .completion.answer import reply

    text = reply(arguments, os.environ)
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    main()
