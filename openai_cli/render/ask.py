"""Questions, asked on stderr, only where somebody can answer."""

from __future__ import annotations

from ..core.console import Console


def confirm(console: Console, question: str) -> bool:
    """Whether the answer is yes; an empty line or the end of input is no."""
    assert console.stderr is not None and console.stdin is not None
    console.stderr.write(f"{question} [y/N] ")
    console.stderr.flush()
    answer = console.stdin.readline().decode("utf-8", "replace").strip().lower()
    return answer in ("y", "yes")
