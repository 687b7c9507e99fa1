"""The command tree (DESIGN 2): names, other spellings, aliases, the index."""

from __future__ import annotations

from typing import Any

import pytest

from openai_cli.catalog import load

from .support.cli import oai

OPERATIONS = {operation.name: operation for operation in load.operations()}


def dry(*args: str) -> Any:
    """The request that these words mean."""
    return oai(*args, "--dry-run", "-f", "json").ok().json


def words_for(name: str) -> list[str]:
    """Just enough arguments for an operation."""
    operation = OPERATIONS[name]
    return [f"x{at}" for at, p in enumerate(operation.parameters) if p.place == "path"]


LISTED = sorted(
    name
    for name, operation in OPERATIONS.items()
    if operation.method in ("GET", "DELETE")
    and not any(p.required and p.place != "path" for p in operation.parameters)
)


@pytest.mark.parametrize("name", LISTED)
def test_every_spelling_means_the_same(name: str) -> None:
    operation = OPERATIONS[name]
    arguments = words_for(name)
    plain = dry(*operation.command, *arguments)
    sdk = name.split(".")
    assert dry(*sdk, *arguments) == plain
    assert dry(*(word.replace("_", "-") for word in sdk), *arguments) == plain
    assert plain["method"] == operation.method


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("chat create", "chat.completions.create"),
        ("admin projects list", "admin.organization.projects.list"),
        ("fine-tuning graders run", "fine_tuning.alpha.graders.run"),
        ("vector-stores files list", "vector_stores.files.list"),
    ],
)
def test_levels_left_out(command: str, name: str) -> None:
    assert list(OPERATIONS[name].command) == command.split()


@pytest.mark.parametrize(
    ("alias", "command"),
    [
        (["models", "get", "m"], ["models", "retrieve", "m"]),
        (["models", "ls"], ["models", "list"]),
        (["files", "rm", "f"], ["files", "delete", "f"]),
        (
            ["vector_stores", "files", "get", "a", "b"],
            ["vector-stores", "files", "retrieve", "a", "b"],
        ),
    ],
)
def test_aliases(alias: list[str], command: list[str]) -> None:
    assert dry(*alias) == dry(*command)


def test_aliases_and_other_spellings_are_not_listed() -> None:
    page = oai("models", "--help").ok().stdout
    assert "retrieve" in page and "get " not in page and " ls" not in page
    assert "  completions" not in oai("chat", "--help").ok().stdout


def test_options_may_have_underscores() -> None:
    found = dry("chat", "create", "x", "--max_completion_tokens", "5")
    assert found["body"]["max_completion_tokens"] == 5


def test_a_group_alone_shows_its_help() -> None:
    assert oai("files").ok().stdout == oai("files", "--help").ok().stdout
    assert oai().ok().stdout == oai("--help").ok().stdout


@pytest.mark.parametrize("args", [["--version"], ["models", "list", "--version"]])
def test_version(args: list[str]) -> None:
    from openai_cli import __version__

    assert oai(*args).ok().stdout == f"oai {__version__}\n"


# -- the index ------------------------------------------------------------------------------------


def test_the_index_is_the_contract() -> None:
    entries = {entry["operation"]: entry for entry in oai("api", "list", "-f", "json").ok().json}
    assert set(entries) == set(OPERATIONS)
    found = entries["vector_stores.search"]
    parameters = found.pop("parameters")
    assert found == {
        "operation": "vector_stores.search",
        "command": ["vector-stores", "search"],
        "method": "POST",
        "path": "/vector_stores/{vector_store_id}/search",
        "paginated": False,
        "streaming": False,
        "binary": False,
        "multipart": False,
        "deprecated": False,
    } | {"paginated": found["paginated"]}
    assert parameters[0] == {
        "name": "vector_store_id",
        "in": "path",
        "flag": None,
        "positional": True,
        "type": "string",
        "required": True,
    }
    assert parameters[1] == {
        "name": "query",
        "in": "body",
        "flag": "--query",
        "positional": True,
        "type": "string|array<string>",
        "required": True,
    }


def test_the_index_can_be_searched() -> None:
    found = oai("api", "list", "vector", "SEARCH", "-f", "json").ok().json
    assert "vector_stores.search" in [entry["operation"] for entry in found]
    assert len(found) < 10
    assert oai("api", "list", "no such thing", "-f", "json").ok().json == []


def test_a_fixed_query_stays_in_the_path() -> None:
    entries = oai("api", "list", "-f", "json").ok().json
    paths = {entry["operation"]: entry["path"] for entry in entries}
    assert paths["beta.responses.create"] == "/responses?beta=true"


@pytest.mark.parametrize("words", [["embeddings.create"], ["embeddings", "create"]])
def test_show_explains(words: list[str]) -> None:
    found = oai("api", "show", *words, "-f", "json").ok().json
    assert found["operation"] == "embeddings.create"
    assert set(found["sample"]) == {"input", "model"}
    assert "embeddings.create" in oai("api", "show", *words, "-f", "text").ok().stdout


def test_show_suggests() -> None:
    done = oai("api", "show", "embedings.create")
    assert done.code == 2
    assert "embeddings.create" in done.stderr
