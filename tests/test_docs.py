"""What README and docs/ show can be typed: it is run against the sandbox, or at least parsed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from openai_cli.core.errors import UsageError

from .support import docs, lines
from .support.cli import ROOT

PAGES = docs.pages()
BLOCKS = [block for page in PAGES for block in docs.blocks(page)]
RUN = [page for page in PAGES if any(b.language == docs.RUN for b in docs.blocks(page))]
SHOWN = [
    pytest.param(line, id=f"{block.page}:{block.line}:{number}")
    for block in BLOCKS
    if block.language == docs.SHOWN
    for number, line in enumerate(docs.commands(block))
]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def name(page: Path) -> str:
    """A page's name in the list of tests."""
    return page.name


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=name)
def test_the_commands_of_a_page_work(page: Path, tmp_path: Path) -> None:
    done = docs.run(docs.script(page), page.name, tmp_path)
    assert done.code == 0, f"{done.stderr}\n{done.stdout[-2000:]}"
    assert "this is a fault of oai" not in done.stderr, done.stderr


@pytest.mark.parametrize("line", SHOWN)
def test_a_command_that_is_only_shown_parses(line: str, tmp_path: Path) -> None:
    for words, piped in lines.calls(line):
        lines.parse(words, tmp_path, piped=piped)


def test_every_block_says_what_it_is() -> None:
    for block in BLOCKS:
        assert block.language in docs.KNOWN, f"{block.page}:{block.line}: {block.language!r}"
        if block.language == docs.SHOWN:
            assert list(docs.commands(block)), f"{block.page}:{block.line} shows no command"


def test_links_lead_somewhere() -> None:
    for page in [*PAGES, *ROOT.glob("*.md")]:
        for found in LINK.finditer(page.read_text("utf-8")):
            target = (found[1] or found[2]).partition("#")[0]
            if target and "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_can_be_found() -> None:
    """From the index one gets to each page, and to the index from the README."""
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in index, page.name
    assert "docs/index.md" in (ROOT / "README.md").read_text("utf-8")


# -- the tests' own instruments -------------------------------------------------------------------


def write(folder: Path, text: str) -> Path:
    """A page."""
    page = folder / "page.md"
    page.write_text(text)
    return page


def test_a_command_that_fails_is_found_with_its_line(tmp_path: Path) -> None:
    text = (
        "# Page\n\n```sh\ntrue\n```\n\n"
        "```sh\necho begun\noai files retrieve no-such\necho on\n```\n"
    )
    done = docs.run(docs.script(write(tmp_path, text)), "page.md", tmp_path / "run")
    assert done.code == 3
    assert "page.md:9 fails: oai files retrieve no-such" in done.stderr
    assert done.stdout == "begun\n"


def test_blocks_share_a_folder_and_variables(tmp_path: Path) -> None:
    text = (
        "# Page\n\n```sh\nprintf '{}' >train.jsonl\n"
        "file=$(oai files create train.jsonl --purpose fine-tune --jq .id)\n```\n"
        '```toml\nx = 1\n```\n```sh\noai files retrieve "$file" --jq .filename\n```\n'
    )
    done = docs.run(docs.script(write(tmp_path, text)), "page.md", tmp_path / "run").ok()
    assert done.stdout == "train.jsonl\n"


def test_a_block_without_an_end_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="line 2 has no end"):
        docs.blocks(write(tmp_path, "```sh\noai\n"))


@pytest.mark.parametrize(
    "line",
    [
        "oai no-such-command",
        "oai files retrieve",
        "oai uploads create",
        "oai files list --no-such-option 1",
        "oai sessions show",
        "oai batches create @x.jsonl | oai files content",
    ],
)
def test_parsing_finds_what_cannot_be_typed(line: str, tmp_path: Path) -> None:
    from typer._click.exceptions import ClickException

    with pytest.raises((UsageError, ClickException)):
        for words, piped in lines.calls(line):
            lines.parse(words, tmp_path, piped=piped)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("git diff | oai responses create 'a | b'", [(["responses", "create", "a | b"], True)]),
        ("X=1 oai files list >x.json", [(["files", "list"], False)]),
        ("true && oai chat", [(["chat"], False)]),
    ],
)
def test_calls_are_found(line: str, found: list[tuple[list[str], bool]]) -> None:
    assert list(lines.calls(line)) == found
