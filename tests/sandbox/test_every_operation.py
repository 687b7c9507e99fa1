"""Every operation of the catalog, called through the official SDK, answers what the SDK expects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest
from openai import OpenAI
from openai._streaming import extract_stream_chunk_type
from openai.types.audio import Transcription, Translation
from pydantic import TypeAdapter

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation
from openai_cli.sandbox.samples import Sampler

from .conftest import Served

# The SDK itself calls some of what it offers deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


# Arguments that the SDK or the API wants beyond what the catalog calls required.
_EXTRA: dict[str, dict[str, Any]] = {
    "beta.responses.create": {"background": False},
    "embeddings.create": {"encoding_format": "float"},
    "images.edit": {"image": [("a.png", b"\x89PNG"), ("b.png", b"\x89PNG")]},
    "responses.create": {"background": False},
}
# What the SDK's own signature leaves to its overloads or to run time.
_TYPES: dict[str, Any] = {
    "audio.transcriptions.create": Transcription,
    "audio.translations.create": Translation,
}


def _arguments(served: Served, operation: Operation) -> dict[str, Any]:
    values = Sampler(served.sandbox.handle, "sk-test").arguments(operation)
    for parameter in operation.parameters:
        if "file" in parameter.type.split("|") and parameter.name in values:
            values[parameter.name] = ("sample.txt", b"Hello")
    ids = served.sandbox.seed(operation.name)
    return {**values, **ids, **_EXTRA.get(operation.name, {})}


def _prepare(sdk: OpenAI, name: str, values: dict[str, Any]) -> None:
    """What has to happen between the making of an object and a later step of its life."""
    if name == "uploads.complete":
        part = sdk.uploads.parts.create(values["upload_id"], data=b"Hello")
        values["part_ids"] = [part.id]
    if name == "beta.threads.runs.submit_tool_outputs":
        where = {"thread_id": values["thread_id"], "run_id": values["run_id"]}
        for _ in range(3):
            run = sdk.beta.threads.runs.retrieve(**where)
        calls = run.required_action.submit_tool_outputs.tool_calls
        values["tool_outputs"] = [{"tool_call_id": call.id, "output": "sun"} for call in calls]


def _call(sdk: OpenAI, operation: Operation, values: dict[str, Any]) -> Any:
    resource, _, method = operation.name.rpartition(".")
    return getattr(attrgetter(resource)(sdk).with_raw_response, method)(**values)


@pytest.mark.parametrize("name", list(load.names()))
def test_answer_is_what_the_sdk_expects(sdk: OpenAI, served: Served, name: str) -> None:
    operation = load.operation(name)
    values = _arguments(served, operation)
    _prepare(sdk, name, values)
    raw = _call(sdk, operation, values)
    answer = raw.http_response
    answer.read()
    assert answer.headers["x-request-id"].startswith("req_")
    match operation.response.kind:
        case "empty":
            assert answer.content == b""
        case "binary" | "text":
            assert answer.content
        case _ if operation.stream and operation.stream.ask == "always":
            assert answer.headers["content-type"].startswith("text/event-stream")
        case _:
            expected = _TYPES.get(name) or raw._cast_to
            TypeAdapter(expected).validate_json(answer.content, strict=True)


_STREAMS = [o.name for o in load.operations() if o.stream]


def _events(answer: Any, kind: str) -> Iterator[Any]:
    """The data of each event, in the form in which the SDK hands it to its models."""
    name = None
    for line in answer.iter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data" and value != "[DONE]":
            data = json.loads(value)
            yield {"event": name, "data": data} if kind == "named" else data


@pytest.mark.parametrize("name", _STREAMS)
def test_events_are_what_the_sdk_expects(sdk: OpenAI, served: Served, name: str) -> None:
    operation = load.operation(name)
    assert operation.stream
    values = _arguments(served, operation)
    _prepare(sdk, name, values)
    if operation.stream.ask != "always":
        values["stream"] = True
    raw = _call(sdk, operation, values)
    expected = TypeAdapter(extract_stream_chunk_type(raw._stream_cls))
    events = list(_events(raw.http_response, operation.stream.events))
    assert len(events) > 1 or name.startswith("images.")
    for event in events:
        if name == "completions.create":
            # The API says null until the end, which the SDK's type does not know.
            event["choices"][0]["finish_reason"] = event["choices"][0]["finish_reason"] or "stop"
        expected.validate_json(json.dumps(event), strict=True)


def test_all_fourteen_streams_are_tried() -> None:
    assert len(_STREAMS) == 14
