"""Every operation of the catalog, called through the official SDK, answers what the SDK expects."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any

import pytest
from openai import OpenAI
from openai.types.audio import Transcription, Translation
from pydantic import TypeAdapter

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation
from openai_cli.sandbox.samples import Sampler

from .conftest import Served

# Arguments without which a request makes no sense to the API, though the SDK lets it pass.
_EXTRA: dict[str, dict[str, Any]] = {
    "beta.threads.messages.create": {"role": "user", "content": "Hello"},
    "conversations.items.create": {"items": [{"type": "message", "role": "user", "content": "Hi"}]},
    "images.edit": {"image": [("a.png", b"\x89PNG"), ("b.png", b"\x89PNG")]},
    "responses.create": {"model": "gpt-5.5", "input": "Hello"},
    "beta.responses.create": {"model": "gpt-5.5", "input": "Hello"},
}
# What the SDK's own signature leaves to its overloads or to run time.
_TYPES: dict[str, Any] = {
    "audio.transcriptions.create": Transcription,
    "audio.translations.create": Translation,
}


def _arguments(served: Served, operation: Operation) -> dict[str, Any]:
    values = Sampler(served.sandbox.handle, "sk-test").arguments(operation)
    for parameter in operation.parameters:
        if parameter.type == "file" and parameter.name in values:
            values[parameter.name] = ("sample.txt", b"Hello")
    ids = served.sandbox.seed(operation.name)
    return {**values, **ids, **_EXTRA.get(operation.name, {})}


def _call(sdk: OpenAI, operation: Operation, values: dict[str, Any]) -> Any:
    resource, _, method = operation.name.rpartition(".")
    return getattr(attrgetter(resource)(sdk).with_raw_response, method)(**values)


@pytest.mark.parametrize("name", list(load.names()))
def test_answer_is_what_the_sdk_expects(sdk: OpenAI, served: Served, name: str) -> None:
    operation = load.operation(name)
    raw = _call(sdk, operation, _arguments(served, operation))
    answer = raw.http_response
    assert answer.headers["x-request-id"].startswith("req_")
    match operation.response.kind:
        case "empty":
            assert answer.content == b""
        case "binary" | "text":
            assert answer.content
        case _:
            expected = _TYPES.get(name) or raw._cast_to
            TypeAdapter(expected).validate_json(answer.content, strict=True)
            assert json.loads(answer.content)
