"""Every example in the help can be typed as it stands, and works against the sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jq
import pytest

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation
from openai_cli.cli import tree
from openai_cli.engine.tree import LazyGroup
from openai_cli.engine.workflow import WorkflowCommand
from openai_cli.sandbox.app import Sandbox
from openai_cli.workflows.chat.store import Store
from tools.man import __main__ as tool
from tools.man import topics

from .support import cli
from .support.cli import oai
from .support.clock import FakeTime
from .support.lines import CONTENT, calls, make_files, parse
from .support.talks import talk
from .support.vault import Vault

OPERATIONS = [operation for operation in load.operations() if operation.words.example]
MADE_BY = {
    "file-123": ("files.retrieve", "file_id"),
    "file-1": ("files.retrieve", "file_id"),
    "file-2": ("files.retrieve", "file_id"),
    "resp_123": ("responses.retrieve", "response_id"),
    "cert_abc123": ("admin.organization.certificates.retrieve", "certificate_id"),
    "cert_def456": ("admin.organization.certificates.retrieve", "certificate_id"),
    "agent_123": ("beta.agents.retrieve", "agent_id"),
    "asst_123": ("beta.assistants.retrieve", "assistant_id"),
    "video_123": ("videos.retrieve", "video_id"),
}
"""Ids that examples name outside a path, and the path parameters that such ids belong to."""
LONG = "responses retrieve --stream --starting-after"
UNREADY = ("uploads.complete", "beta.threads.runs.submit_tool_outputs")
"""What needs steps before it that an example does not show; `test_every_operation` takes them."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The sandbox that `--sandbox` talks to, filled by the test."""
    with Sandbox(cli.home / "state" / "sandbox") as made:
        yield made


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_example_can_be_typed(operation: Operation, sandbox: Sandbox, tmp_path: Path) -> None:
    for line in operation.words.example:
        found = list(calls(line))
        assert found, f"no call of oai: {line}"
        for words, piped in found:
            make_files(words, tmp_path)
            stdin = "text" if piped or " - " in f"{line} " else None
            done = oai(*_plain(words), "--dry-run", "-f", "json", stdin=stdin, cwd=tmp_path)
            assert done.code == 0, f"{line}\n{done.stderr}"
            assert done.json["method"] == operation.method or len(found) > 1
            if operation.name not in UNREADY:
                ids = _ids(operation, sandbox, line, done.json["url"])
                real = [ids.get(word, word) for word in words]
                done = oai("--sandbox", *real, stdin=stdin, cwd=tmp_path)
                assert done.code == 0, f"{line}\n{done.stderr}"
        own = [words[: len(operation.command)] for words, _ in found]
        assert list(operation.command) in own, f"{line} shows another command"


def _plain(words: list[str]) -> list[str]:
    """Without a filter and a file, which a dry run's JSON is not for."""
    kept = list(words)
    for option in ("--jq", "-o"):
        if option in kept:
            value = kept.pop(kept.index(option) + 1)
            kept.remove(option)
            assert option == "-o" or jq.compile(value)
    return kept


def _ids(operation: Operation, sandbox: Sandbox, line: str, url: str) -> dict[str, str]:
    """The made-up ids of an example, and ids of objects that are there."""
    ids = {}
    for word, (name, parameter) in MADE_BY.items():
        if re.search(rf"\b{word}\b", line):
            ids[word] = sandbox.seed(name)[parameter]
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path.partition("?")[0])
    if path := re.search(f"{pattern}$", url.partition("?")[0]):
        real = sandbox.seed(operation.name)
        ids |= {unquote(path[name]): id for name, id in real.items()}
    if LONG in line:
        text = "one " * 60
        ids["resp_123"] = oai("--sandbox", "responses", "create", text, "-f", "json").json["id"]
    return ids


def test_what_has_no_steps_shown_is_tried_elsewhere() -> None:
    assert {load.operation(name).name for name in UNREADY} == set(UNREADY)


# -- commands written by hand ---------------------------------------------------------------------

WAITING = {
    "sandbox serve": "serves until Ctrl-C",
    "auth login": "asks on a terminal, see test_auth",
    "uploads resume": "goes on with what was interrupted, see test_uploads_run",
    "webhooks verify": "wants a delivery, see docs/webhooks.md",
    "webhooks unwrap": "wants a delivery, see docs/webhooks.md",
    "webhooks trigger": "wants somebody who listens, see docs/webhooks.md",
    "realtime talk": "listens to a microphone",
    "realtime calls monitor": "wants a call that is under way, see docs/realtime.md",
    "realtime connect": "talks on a terminal",
    "audio record": "listens to a microphone",
    "audio play": "plays on a loudspeaker",
    "realtime transcribe": "needs a microphone, or real sound",
    "realtime translate": "needs a microphone, or real sound",
    "webhooks listen": "serves until Ctrl-C",
}
"""Commands that do not come to an end by themselves, or need more than a machine; only parsed."""
CONFIG = """
[defaults.chat.create]
model = "gpt-5.5"
[aliases]
review = "chat create"
[prices."gpt-5.5"]
in = 1.25
out = 10
[profiles.default]
api_key_keyring = true
[profiles.work]
base_url = "http://127.0.0.1:9/v1"
admin_key_keyring = true
timeout = 30
[profiles.old]
model = "gpt-4o"
"""
BEFORE = {
    "batches resume": "batches run requests.jsonl -o results.jsonl",
    "batches status": "batches run requests.jsonl -o results.jsonl",
    "batches prepare": "chat create 'Translate: {text}' --model gpt-5.5 --dry-run > request.json",
}
"""What has been done when an example is typed; `> FILE` keeps what was printed."""
SEEDS = {
    "vs_123": ("vector_stores.retrieve", "vector_store_id"),
    "file-abc123": ("files.retrieve", "file_id"),
    "ftjob-123": ("fine_tuning.jobs.retrieve", "fine_tuning_job_id"),
}
"""Made-up ids of such examples, as in `MADE_BY`."""
TAKEN = {"sessions rename": "another"}
"""What the conversation trip is called where an example makes one of that name."""


def workflow_examples() -> Iterator[Any]:
    """The examples of commands written by hand, each behind its command."""

    def walk(group: LazyGroup, path: tuple[str, ...]) -> Iterator[Any]:
        for name, entry in group.node.entries.items():
            if isinstance(found := group.commands[name], LazyGroup) and entry.group:
                yield from walk(found, (*path, name))
            elif isinstance(found, WorkflowCommand):
                for line in (found.help or "").partition("\n\n")[2].strip().splitlines():
                    yield pytest.param(" ".join((*path, name)), line.strip(), id=line.strip())

    yield from walk(tree(), ())


@pytest.fixture
def lived_in(command: str, isolated: Path, vault: Vault) -> dict[str, str]:
    """A home with a configuration, a template and conversations; and the ids of the latter."""
    path = isolated / "config" / "config.toml"
    (path.parent / "templates").mkdir(parents=True)
    path.write_text(CONFIG)
    (path.parent / "templates" / "review.toml").write_text('prompt = "Review this"\n')
    (isolated / ".config" / "fish" / "completions").mkdir(parents=True)
    vault.kept = {("oai", "default:api_key"): "sk-one", ("oai", "work:admin_key"): "sk-two"}
    with Store.open(isolated / "data" / "sessions.db") as store:
        talk(store, TAKEN.get(command, "trip"))
        return {"3f9a": talk(store).id, "77c0e1d2": talk(store).id}


@pytest.fixture
def workshop(command: str, tmp_path: Path) -> Path:
    """A folder with all that the examples read, and what was made from it before."""
    make_files(list(CONTENT), tmp_path)
    for words, _ in calls(f"oai {BEFORE[command]}") if command in BEFORE else ():
        done = oai(*words, env={"OAI_SANDBOX": "1"}, cwd=tmp_path, time=FakeTime()).ok()
        if kept := BEFORE[command].partition(" > ")[2]:
            (tmp_path / kept).write_text(done.stdout)
    return tmp_path


def real_words(words: list[str], line: str, ids: dict[str, str], folder: Path) -> Iterator[str]:
    """The words with ids of things that are there, and with names for the shell's patterns."""
    for word in words:
        if word in SEEDS:
            name, parameter = SEEDS[word]
            with Sandbox(cli.home / "state" / "sandbox") as sandbox:
                yield sandbox.seed(name)[parameter]
        elif "*" in word and f"'{word}'" not in line:
            yield from sorted(path.name for path in folder.glob(word))
        else:
            yield ids.get(word, word)


@pytest.mark.parametrize(("command", "line"), list(workflow_examples()))
def test_an_example_of_a_workflow_can_be_typed(
    command: str, line: str, lived_in: dict[str, str], workshop: Path
) -> None:
    found = list(calls(line))
    assert found, f"no call of oai: {line!r}"
    for words, piped in found:
        make_files(words, workshop)
        if command in WAITING:
            parse(words, workshop, piped=piped)
            continue
        if command == "profiles create":
            (cli.home / "config" / "config.toml").unlink()
        real = list(real_words(words, line, lived_in, workshop))
        if command == "completion install":
            real.append("--yes")
        ends = (True, True, True) if command.endswith(" edit") else (False, False, False)
        env = {"OAI_SANDBOX": "1", "EDITOR": "true", "SHELL": "/bin/bash"}
        stdin = "text" if piped else None
        done = oai(*real, env=env, stdin=stdin, cwd=workshop, terminals=ends, time=FakeTime())
        assert done.code == 0, f"{line}\n{done.stderr}"


def topic_examples() -> Iterator[str]:
    """The command lines in the topics, which are also in the manual."""
    for topic in topics.read(tool.TOPICS):
        for kind, content in topic.blocks:
            if kind == "code":
                yield from (line for line in content if list(calls(line)))


@pytest.mark.parametrize("line", sorted(set(topic_examples())))
def test_an_example_of_a_topic_can_be_typed(line: str, tmp_path: Path) -> None:
    for words, piped in calls(line):
        make_files(words, tmp_path)
        real = real_words(words, line, {}, tmp_path)
        done = oai("--sandbox", *real, stdin="text" if piped else None, cwd=tmp_path)
        assert done.code == 0, f"{line}\n{done.stderr}"


def test_what_is_only_parsed_is_there() -> None:
    lines = {param.values[0] for param in workflow_examples()}
    assert {"sandbox serve", "auth login"} <= lines & set(WAITING)
