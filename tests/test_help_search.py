"""`oai help search`: what people look for comes first."""

from __future__ import annotations

from typing import Any

import pytest

from openai_cli.catalog import load
from openai_cli.cli import tree
from openai_cli.workflows import finding, topics

from .support.cli import oai
from .test_house import HEAVY, loaded

INDEX = topics.read("search")
KEYS = ["kind", "command", "option", "operation", "help"]


def first(query: str) -> str:
    """The best hit as a command line."""
    hit = finding.find(INDEX, query)[0]
    return f"{hit.command} {hit.option}".strip()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("delete vector store file", "oai vector-stores files delete"),
        ("remove a file from a vector store", "oai vector-stores files delete"),
        ("list files", "oai files list"),
        ("upload a file", "oai files create"),
        ("download file content", "oai files content"),
        ("transcribe audio", "oai audio transcriptions create"),
        ("transcription", "oai audio transcriptions"),
        ("create an image", "oai images generate"),
        ("edit a picture", "oai images edit"),
        ("cancel batch", "oai batches cancel"),
        ("wait for a batch", "oai batches wait"),
        ("stop a running response", "oai responses cancel"),
        ("remove a user from a project", "oai admin projects users delete"),
        ("costs of the organization", "oai admin usage costs"),
        ("usage of embeddings", "oai admin usage embeddings"),
        ("get model", "oai models retrieve"),
        ("call any endpoint", "oai api call"),
        ("saved conversations", "oai sessions"),
        ("vector store", "oai vector-stores"),
        ("exit codes", "oai help exit-codes"),
        ("environment variables", "oai help environment"),
        ("OPENAI_ADMIN_KEY", "oai help environment"),
    ],
)
def test_words_find_commands(query: str, expected: str) -> None:
    assert first(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("chat.completions.create", "oai chat create"),
        ("vector_stores.file_batches.cancel", "oai vector-stores file-batches cancel"),
        ("admin.organization.projects.list", "oai admin projects list"),
        ("max_completion_tokens", "oai chat create --max-completion-tokens"),
        ("reasoning.effort", "oai responses create --reasoning.effort"),
        ("--jq", "oai --jq"),
        ("chat temperature", "oai chat create --temperature"),
        ("b64_json", "oai images edit --response-format"),
        ("retries", "oai --max-retries"),
        ("response schema", "oai responses create --schema"),
    ],
)
def test_api_names_find_operations_and_options(query: str, expected: str) -> None:
    assert first(query) == expected


def test_every_operation_is_found_by_its_name() -> None:
    """Its own name finds it, before anything but operations of the same words."""
    for name in load.names():
        hits = [hit.operation for hit in finding.find(INDEX, name) if not hit.option]
        assert name in hits[:4], f"{name}: {hits[:4]}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [("temprature", "--temperature"), ("moderat", "moderations"), ("embeding", "embeddings")],
)
def test_slips_and_beginnings_are_understood(query: str, expected: str) -> None:
    assert expected in first(query)


def test_singular_and_plural_are_the_same() -> None:
    assert first("deleting vector stores files") == first("delete vector store file")
    assert [finding.stem(word) for word in ("batches", "stores", "queries", "status", "class")] == [
        "batch", "store", "query", "status", "class",
    ]  # fmt: skip


def test_words_without_meaning_do_not_count() -> None:
    assert first("how do I list the files of a vector store") == "oai vector-stores files list"
    assert finding.find(INDEX, " ?! ") == []


def test_one_option_does_not_fill_the_page() -> None:
    hits = finding.find(INDEX, "model")
    assert sum(hit.option == "--model" for hit in hits) <= finding.SAME_OPTION
    assert len({hit.command for hit in hits}) > 5


# -- as a command ---------------------------------------------------------------------------------


def test_the_answer_is_a_stable_array() -> None:
    found = oai("help", "search", "delete vector store file", "-f", "json").ok().json
    assert found[0] == {
        "kind": "command",
        "command": "oai vector-stores files delete",
        "option": None,
        "operation": "vector_stores.files.delete",
        "help": load.operation("vector_stores.files.delete").help,
    }
    assert all(list(hit) == KEYS for hit in found)
    assert 5 < len(found) <= 20


def test_an_option_is_told_with_its_command() -> None:
    found = oai("help", "search", "max_completion_tokens", "-f", "json").ok().json[0]
    assert (found["kind"], found["option"]) == ("option", "--max-completion-tokens")
    assert found["operation"] == "chat.completions.create"
    assert "tokens" in found["help"].lower()


def test_a_query_may_be_one_word_or_many() -> None:
    whole = oai("help", "search", "delete vector store file").ok().stdout
    assert oai("help", "search", "delete", "vector", "store", "file").ok().stdout == whole


def test_a_terminal_gets_a_table() -> None:
    screen = oai("help", "search", "cancel batch", terminals=(True, True, True)).ok().stdout
    assert "oai batches cancel" in screen.splitlines()[1]


def test_the_number_of_hits_can_be_chosen() -> None:
    assert len(oai("help", "search", "file", "--max-items", "3").ok().json) == 3
    assert len(oai("help", "search", "file", "--max-items", "40").ok().json) > 20
    assert oai("help", "search", "file", "--max-items", "0").ok().json == []


def test_a_filter_applies() -> None:
    done = oai("help", "search", "cancel batch", "--jq", ".[0].command").ok()
    assert done.stdout == "oai batches cancel\n"


def test_nothing_found_is_an_empty_array() -> None:
    assert oai("help", "search", "qqqqzzzz").ok().json == []


def test_a_search_for_nothing_is_a_mistake() -> None:
    done = oai("help", "search")
    assert done.code == 2 and "oai help search" in done.stderr


def test_searching_loads_nothing_heavy_and_reads_no_operation() -> None:
    modules = loaded("help", "search", "delete vector store file")
    assert not modules & HEAVY
    assert "openai_cli.catalog.decode" not in modules


# -- the index ------------------------------------------------------------------------------------


def test_the_index_holds_every_operation_and_only_commands_that_are_there() -> None:
    entries: list[list[Any]] = INDEX["entries"]
    commands = {entry[1] for entry in entries}
    known = [*load.operations(), *map(load.socket, load.sockets())]
    for operation in known:
        assert " ".join(("oai", *operation.command)) in commands
    names = {"", *(operation.name for operation in known)}
    root = tree()
    for kind, command, operation_name, help, _ in entries:
        assert help
        assert operation_name in names
        if kind in ("command", "group") and command != "oai":
            group: Any = root
            for word in command.split()[1:]:
                group = group.commands[word]
        elif kind == "topic":
            assert command.removeprefix("oai help ") in topics.summaries()


def test_the_index_holds_every_option() -> None:
    known: dict[str, set[str]] = {}
    for flag, _, places in INDEX["options"]:
        for place in places:
            known.setdefault(INDEX["entries"][place][1], set()).add(flag)
    for operation in load.operations():
        options = known.get(" ".join(("oai", *operation.command)), set())
        wanted = {operation.flag(p) for p in operation.parameters if p.place != "path"}
        assert wanted <= options, operation.name
    assert {"--jq", "--format", "--dry-run"} <= known["oai"]
