"""Every operation end to end: arguments in, a request to the sandbox, its answer on stdout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation, Parameter
from openai_cli.core import values
from openai_cli.sandbox.app import Sandbox
from openai_cli.sandbox.samples import Sampler

from .support import cli
from .support.cli import Outcome, oai

EXTRA: dict[str, dict[str, Any]] = {
    "responses.create": {"background": False},
    "beta.responses.create": {"background": False},
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The sandbox that `--sandbox` talks to, filled by the test."""
    with Sandbox(cli.home / "state" / "sandbox") as made:
        yield made


@pytest.mark.parametrize("name", list(load.names()))
def test_the_command_gets_the_operations_answer(
    name: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    operation = load.operation(name)
    arguments = _arguments(sandbox, operation, tmp_path)
    done = oai("--sandbox", "-f", "json", *operation.command, *arguments)
    assert done.code == 0, done.stderr
    _check(operation, done)


def _check(operation: Operation, done: Outcome) -> None:
    if operation.response.kind in ("binary", "text"):
        assert done.stdout_bytes
    elif operation.response.kind == "empty":
        assert done.json == {"done": True}
    elif operation.page:
        assert isinstance(done.json[operation.page.items], list)
    elif operation.stream and operation.stream.ask == "always":
        assert done.json
    else:
        assert operation.response.fields.keys() & done.json.keys()


def _arguments(sandbox: Sandbox, operation: Operation, folder: Path) -> list[str]:
    ids = sandbox.seed(operation.name)
    sample = folder / "sample.txt"
    sample.write_text("Hello")
    wanted = Sampler(sandbox.handle, "sk-test").arguments(operation)
    wanted |= EXTRA.get(operation.name, {})
    wanted |= _prepared(operation.name, ids, sample)
    words = [ids[p.name] for p in operation.parameters if p.place == "path"]
    for name, value in wanted.items():
        parameter = operation.parameter(name)
        if parameter is None or parameter.place == "path":
            continue
        if "file" in values.split_union(parameter.type.replace("array<file>", "file")):
            value = str(sample)
        words += _option(operation, parameter, value)
    return words


def _option(operation: Operation, parameter: Parameter, value: Any) -> list[str]:
    flag = str(operation.flag(parameter))
    if isinstance(value, bool):
        return [flag if value else f"--no-{flag[2:]}"]
    literal = values.takes_string(parameter.type) and not parameter.closed
    if isinstance(value, dict | list) and (literal or not value):
        return ["--set", f"{parameter.name}:={json.dumps(value)}"]
    if isinstance(value, list):
        return [word for item in value for word in (flag, _text(item))]
    return [flag, _text(value)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _prepared(name: str, ids: dict[str, str], sample: Path) -> dict[str, Any]:
    """What has to happen between the making of an object and a later step of its life."""
    if name == "uploads.complete":
        command = ("uploads", "parts", "create", ids["upload_id"], "--data", str(sample))
        return {"part_ids": [oai("--sandbox", *command).ok().json["id"]]}
    if name == "beta.threads.runs.submit_tool_outputs":
        command = ("beta", "threads", "runs", "retrieve", ids["thread_id"], ids["run_id"])
        for _ in range(3):
            run = oai("--sandbox", *command, "-f", "json").ok().json
        calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
        return {"tool_outputs": [{"tool_call_id": call["id"], "output": "sun"} for call in calls]}
    return {}
