"""Every example in the help can be typed as it stands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import jq
import pytest

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation
from openai_cli.cli import tree
from openai_cli.engine.tree import LazyGroup
from openai_cli.engine.workflow import WorkflowCommand

from .support.cli import oai

OPERATIONS = [operation for operation in load.operations() if operation.words.example]
SHELL = ("|", "<", ">", ">>", ";", "&&")


def calls(line: str) -> Iterator[tuple[list[str], bool]]:
    """The `oai` calls of a command line, each with whether something is piped into it."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|<>;&")
    lexer.whitespace_split = True
    words: list[str] = []
    piped = False
    for token in [*lexer, ";"]:
        if token in ("|", ";", "&&"):
            if words and words[0] == "oai":
                yield list(_without_targets(words))[1:], piped
            words, piped = [], token == "|"
        else:
            words.append(token)


def _without_targets(words: list[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if skip or word in SHELL:
            skip = word in ("<", ">", ">>")
            continue
        yield word


def make_files(words: list[str], folder: Path) -> None:
    """The files that an example names."""
    for word in words:
        for name in re.findall(r"(?:^|=|@)@?([\w./-]+\.\w+)$", word):
            if "://" in word or name.startswith("/") or name.startswith("-"):
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}" if name.endswith(("json", "yaml")) else "text")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_example_can_be_typed(operation: Operation, tmp_path: Path) -> None:
    for line in operation.words.example:
        found = list(calls(line))
        assert found, f"no call of oai: {line}"
        for words, piped in found:
            make_files(words, tmp_path)
            stdin = "text" if piped or " - " in f"{line} " else None
            for option in ("--jq", "-o"):
                if option in words:
                    value = words.pop(words.index(option) + 1)
                    words.remove(option)
                    assert option == "-o" or jq.compile(value)
            done = oai(*words, "--dry-run", "-f", "json", stdin=stdin, cwd=tmp_path)
            assert done.code == 0, f"{line}\n{done.stderr}"
            assert done.json["method"] == operation.method or len(found) > 1
        own = [words[: len(operation.command)] for words, _ in found]
        assert list(operation.command) in own, f"{line} shows another command"


def workflow_examples() -> Iterator[str]:
    """The examples of commands written by hand."""

    def walk(group: LazyGroup) -> Iterator[str]:
        for name, entry in group.node.entries.items():
            if isinstance(found := group.commands[name], LazyGroup) and entry.group:
                yield from walk(found)
            elif isinstance(found, WorkflowCommand):
                lines = (found.help or "").partition("\n\n")[2].splitlines()
                yield from (line.strip() for line in lines if line.strip().startswith("oai "))

    root = tree()
    for name in ("api", "auth", "profiles", "config", "alias", "sandbox"):
        made = root.commands[name]
        assert isinstance(made, LazyGroup)
        yield from walk(made)


@pytest.mark.parametrize("line", sorted(set(workflow_examples())))
def test_an_example_of_a_workflow_parses(line: str) -> None:
    for words, _ in calls(line):
        oai(*words, "--help").ok()
