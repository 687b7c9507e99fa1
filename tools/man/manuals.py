"""The manual pages: `oai.1`, one for each group below it, and one for each topic."""

from __future__ import annotations

from collections.abc import Iterator

from openai_cli import __version__
from openai_cli.catalog.model import Operation
from openai_cli.core.errors import Exit
from openai_cli.engine.globals import options
from openai_cli.engine.help import MOST_VALUES

from . import RELEASED
from .record import Block
from .roff import Manual
from .topics import Topic
from .walk import Found

POINTER = "`oai --help`"
"""Paragraphs that send the reader there are left out: a manual has SEE ALSO."""


def pages(root: Found, topics: list[Topic]) -> Iterator[Manual]:
    """Every manual page."""
    references = _references(root, topics)
    for topic in topics:
        if topic.section == 1:
            yield _main(root, topic, topics, references)
        else:
            yield _topic(topic, references)
    for found in root.below:
        if found.group:
            yield _group(found, references)


def _references(root: Found, topics: list[Topic]) -> list[str]:
    """What SEE ALSO may name: `oai-chat(1)`, sections in order."""
    groups = [f"oai-{found.path[0]}(1)" for found in root.below if found.group]
    others = [f"{topic.manual}({topic.section})" for topic in topics if topic.section != 1]
    return ["oai(1)", *sorted(groups), *sorted(others, key=lambda name: (name[-2], name))]


def _manual(name: str, section: int, summary: str) -> Manual:
    manual = Manual(name, section, RELEASED, f"oai {__version__}")
    manual.name(name, summary)
    return manual


def _see_also(manual: Manual, references: list[str]) -> None:
    own = manual.file.rpartition(".")
    names = [name for name in references if name != f"{own[0]}({own[2]})"]
    manual.section("SEE ALSO")
    manual.paragraph(", ".join(f"`{name[:-3]}`{name[-3:]}" for name in names))


def _topic(topic: Topic, references: list[str]) -> Manual:
    manual = _manual(topic.manual, topic.section, topic.summary)
    manual.section("DESCRIPTION")
    _sections(manual, topic.blocks)
    _see_also(manual, ["oai(1)", *(name for name in references if not name.endswith("(1)"))])
    return manual


def _sections(manual: Manual, blocks: list[Block]) -> None:
    """Blocks whose headings are sections."""
    for kind, content in blocks:
        if kind == "heading":
            manual.section(content.upper())
        else:
            getattr(manual, kind)(content)


def _main(root: Found, intro: Topic, topics: list[Topic], references: list[str]) -> Manual:
    manual = _manual("oai", 1, intro.summary)
    manual.section("SYNOPSIS")
    manual.usage(_usage(root.blocks))
    manual.section("DESCRIPTION")
    _sections(manual, intro.blocks)
    _sections(manual, _without_usage(root.blocks[1:]))
    for found in root.below:
        if not found.group:
            _command(manual, found)
    manual.section("HELP")
    manual.rows(
        (", ".join(option.opts), str(option.help)) for option in options() if not option.group
    )
    manual.section("TOPICS")
    manual.rows((f"oai help {topic.name}", topic.summary) for topic in topics if topic.section > 1)
    manual.section("EXIT STATUS")
    codes = next(topic for topic in topics if topic.name == "exit-codes")
    numbers = {str(int(code)) for code in Exit}
    manual.rows(row for row in _rows(codes.blocks) if row[0] in numbers)
    _see_also(manual, references)
    return manual


def _rows(blocks: list[Block]) -> Iterator[list[str]]:
    for kind, content in blocks:
        if kind == "rows":
            yield from content


def _usage(blocks: list[Block]) -> list[str]:
    """The command lines below the heading Usage."""
    at = blocks.index(["heading", "Usage"])
    lines: list[str] = blocks[at + 1][1]
    return lines


def _without_usage(blocks: list[Block]) -> list[Block]:
    at = blocks.index(["heading", "Usage"])
    return [*blocks[:at], *blocks[at + 2 :]]


def _group(group: Found, references: list[str]) -> Manual:
    name = f"oai-{group.path[0]}"
    manual = _manual(name, 1, group.help)
    manual.section("SYNOPSIS")
    manual.usage(_usage(group.blocks))
    manual.section("DESCRIPTION")
    manual.blocks(_told(_without_usage(group.blocks)))
    for found in group.everything():
        if found is not group:
            _command(manual, found)
    manual.section("OPTIONS OF OAI")
    manual.paragraph(
        "Every command takes the options that `oai`(1) lists, for the output, the connection and "
        "the run. A failure is told by the exit codes of `oai-exit-codes`(7)."
    )
    topics = [reference for reference in references if not reference.endswith("(1)")]
    _see_also(manual, ["oai(1)", *topics])
    return manual


def _command(manual: Manual, found: Found) -> None:
    manual.section(found.name)
    manual.blocks(_told(found.blocks))
    operation = found.operation
    if isinstance(operation, Operation):
        _values(manual, operation)
        manual.part("Request")
        manual.paragraph(
            f"`{operation.method} {operation.path}`, which SDKs call `{operation.name}`."
        )


def _told(blocks: list[Block]) -> list[Block]:
    return [block for block in blocks if block[0] != "paragraph" or POINTER not in block[1]]


def _values(manual: Manual, operation: Operation) -> None:
    """The values that are too many for an option's sentence."""
    rows = []
    for parameter in operation.parameters:
        flag = operation.flag(parameter) or parameter.name.upper()
        rows.append((flag, parameter.enum))
        for field in parameter.fields:
            rows.append(("--" + ".".join(field.path).replace("_", "-"), field.enum))
    many = [(flag, ", ".join(enum) + ".") for flag, enum in rows if len(enum) > MOST_VALUES]
    if many:
        manual.part("Known values")
        manual.rows(many)
