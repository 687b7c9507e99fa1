"""Everything that can be waited for comes to its end in the sandbox, by the catalog's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation
from openai_cli.core import wait
from openai_cli.core.api import decode
from openai_cli.core.console import Console
from openai_cli.core.context import App
from openai_cli.core.request import FileValue
from openai_cli.render import trace
from openai_cli.sandbox.app import Sandbox
from openai_cli.sandbox.inside import Inside
from openai_cli.sandbox.samples import Sampler

from ..support.cli import environment
from ..support.clock import FakeTime
from .conftest import Direct

STARTERS = [
    operation
    for operation in load.operations()
    if operation.words.wait.get("retrieve", operation.name) != operation.name
]
SHOWN = [o for o in load.operations() if o.words.wait.get("retrieve") == o.name]
# What has to be said besides what is required, so that there is work that takes its time.
MORE: dict[str, dict[str, Any]] = {
    "responses.create": {"background": True},
    "beta.responses.create": {"background": True},
}
# The sandbox's assistants call their tools; its subagents' turns never begin.
ACTION = {"beta.threads.runs.create", "beta.threads.create_and_run"}
IDLE = {"beta.agents.sessions.subagents.turns.retrieve"}
BODY = b'{"custom_id":"1","method":"POST","url":"/v1/responses","body":{"model":"m","input":"x"}}'


@pytest.fixture
def app(api: Direct) -> Iterator[App]:
    """The app, over the sandbox of `api`."""
    console = Console(None, None, None, environment({"OAI_SANDBOX": "1"}))
    made = App(console, "0", lambda app: Inside(api.sandbox), trace.hooks)
    yield made
    made.close()


def _arguments(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    values = Sampler(sandbox.handle, "sk-test").arguments(operation)
    for parameter in operation.parameters:
        if "file" in parameter.type.split("|") and parameter.name in values:
            values[parameter.name] = FileValue(b"Hello", "sample.txt")
    return {**values, **sandbox.seed(operation.name), **MORE.get(operation.name, {})}


def _prepare(app: App, name: str, values: dict[str, Any]) -> None:
    """What has to happen before the work can start."""
    if name == "uploads.complete":
        part = {"upload_id": values["upload_id"], "data": FileValue(b"Hello", "part")}
        values["part_ids"] = [app.api.call("uploads.parts.create", part)["id"]]
    if name == "batches.create":
        file = {"file": FileValue(BODY, "batch.jsonl"), "purpose": "batch"}
        values["input_file_id"] = app.api.call("files.create", file)["id"]
        values["endpoint"] = "/v1/responses"
    if name == "beta.threads.runs.submit_tool_outputs":
        where = {key: values[key] for key in ("thread_id", "run_id")}
        run = app.api.wait("beta.threads.runs.retrieve", where, sleep=lambda seconds: None)
        calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
        values["tool_outputs"] = [{"tool_call_id": one["id"], "output": "sun"} for one in calls]


@pytest.mark.parametrize("operation", STARTERS, ids=lambda operation: operation.name)
def test_what_is_started_comes_to_an_end(api: Direct, app: App, operation: Operation) -> None:
    values = _arguments(api.sandbox, operation)
    _prepare(app, operation.name, values)
    waiter = wait.waiter(operation)
    assert waiter is not None
    with app.api.open(operation, values, whole=True) as reply:
        answer = decode(operation, reply)
    seen: list[str] = []
    time = FakeTime()
    ended = wait.wait(
        app.api,
        waiter,
        waiter.ids(values, answer),
        first=answer.get(waiter.object) if waiter.object else answer,
        timeout=600,
        clock=time.clock,
        sleep=time.sleep,
        report=lambda document: seen.append(waiter.status(document)),
    )
    end = "action" if operation.name in ACTION and ended.get("required_action") else "success"
    assert waiter.state(ended) == end, (ended, seen)
    assert waiter.state(app.api.call(waiter.retrieve, waiter.ids(values, answer))) == end


@pytest.mark.parametrize(
    "operation", [o for o in SHOWN if o.name not in IDLE], ids=lambda o: o.name
)
def test_what_is_there_comes_to_an_end(api: Direct, app: App, operation: Operation) -> None:
    values = api.sandbox.seed(operation.name)
    time = FakeTime()
    pace: dict[str, Any] = {"timeout": 600, "clock": time.clock, "sleep": time.sleep}
    waiter = wait.waiter(operation)
    assert waiter is not None
    assert waiter.state(app.api.wait(operation, values, **pace)) != "going"
