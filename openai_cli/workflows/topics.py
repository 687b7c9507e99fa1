"""The topics of `oai help`: the text of the manual pages, for wherever there is no `man`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from ..engine.layout import Page

DATA = Path(__file__).parents[1] / "help"
"""What `python -m tools.man` makes for run time."""


@cache
def read(name: str) -> Any:
    """One of the made files: `topics` or `search`."""
    return json.loads((DATA / f"{name}.json").read_bytes())


def summaries() -> dict[str, str]:
    """Every topic with its sentence."""
    return {name: topic["help"] for name, topic in read("topics").items()}


def lay_out(name: str, page: Page) -> str:
    """A topic's page."""
    topic = read("topics")[name]
    page.paragraph(f"{topic['manual']}: {topic['help']}")
    page.line()
    for at, (kind, content) in enumerate(topic["blocks"]):
        if kind == "heading":
            page.heading(content)
        elif kind == "rows":
            page.columns(tuple(row) for row in content)
        elif kind == "code":
            for line in content:
                page.line(f"    {line}".rstrip())
        else:
            if at and topic["blocks"][at - 1][0] != "heading":
                page.line()
            page.paragraph(content)
        _space(page, topic["blocks"][at + 1 : at + 2], kind)
    return page.text()


def _space(page: Page, following: list[Any], kind: str) -> None:
    """A line between a paragraph and the list or code below it."""
    if kind == "paragraph" and following and following[0][0] in ("rows", "code"):
        page.line()
