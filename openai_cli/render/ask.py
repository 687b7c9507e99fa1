"""Questions, asked on stderr, only where somebody can answer."""

from __future__ import annotations

from ..core.console import Console
from ..core.errors import UsageError


def confirm(console: Console, question: str) -> bool:
    """Whether the answer is yes; an empty line or the end of input is no."""
    assert console.stderr is not None and console.stdin is not None
    console.stderr.write(f"{question} [y/N] ")
    console.stderr.flush()
    answer = console.stdin.readline().decode("utf-8", "replace").strip().lower()
    return answer in ("y", "yes")


def secret(console: Console, question: str) -> str:
    """What is typed without being shown. Raises UsageError where it cannot be hidden."""
    import getpass
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(f"{question} ", console.stderr)
    except EOFError:
        return ""
    except getpass.GetPassWarning:
        raise UsageError("this terminal would show what is typed", "pipe it in instead") from None
