"""Failures: their status, their shape, and the parameter they blame, for every operation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation, Parameter
from openai_cli.sandbox import shapes
from openai_cli.sandbox.app import Sandbox
from openai_cli.sandbox.samples import Sampler

from .conftest import Direct, Served

_HELLO = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hello"}]}
_CHAT = "/v1/chat/completions"
_ALL = list(load.operations())


def _path(operation: Operation, ids: dict[str, str]) -> str:
    return f"/v1{operation.path.format(**ids)}"


def _arguments(api: Direct, operation: Operation) -> tuple[dict[str, Any], str]:
    """Sample values by place: the body, and the path's query."""
    values = Sampler(api.sandbox.handle, "sk-test").arguments(operation)
    queries = {p.name for p in operation.parameters if p.place == "query"}
    query = "&".join(f"{name}={value}" for name, value in values.items() if name in queries)
    return {n: v for n, v in values.items() if n not in queries}, query


@pytest.mark.parametrize("key", [None, "", "bad-key", "sk-invalid-123"])
def test_missing_and_bad_keys_are_turned_away(api: Direct, key: str | None) -> None:
    status, error = api.error("GET", "/v1/models", key=key)
    assert status == 401
    assert error["type"] == "invalid_request_error"
    assert error["code"] == ("invalid_api_key" if key else None)


def test_a_sandbox_may_insist_on_one_key() -> None:
    with Sandbox(None, key="sk-mine") as sandbox:
        api = Direct(sandbox)
        assert api.error("GET", "/v1/models", key="sk-other")[0] == 401
        assert api.json("GET", "/v1/models", key="sk-mine")["data"]
        assert sandbox.seed("files.retrieve")["file_id"].startswith("file-")


def test_azure_sends_its_key_in_a_header_of_its_own(api: Direct) -> None:
    path = "/openai/deployments/gpt-5.5/chat/completions?api-version=2025-04-01"
    answer = api.json("POST", path, {"messages": _HELLO["messages"]}, key=None, api_key="azure")
    assert answer["model"] == "gpt-5.5"
    assert api.error("POST", path, _HELLO, key=None, api_key="bad-key")[0] == 401


@pytest.mark.parametrize(
    ("spec", "status", "kind", "code"),
    [
        ("429", 429, "requests", "rate_limit_exceeded"),
        ("429:insufficient_quota", 429, "insufficient_quota", "insufficient_quota"),
        ("500", 500, "server_error", None),
        ("503", 503, "service_unavailable", None),
        ("409:conflict", 409, "conflict_error", "conflict"),
        ("nonsense", 500, "server_error", None),
    ],
)
def test_failures_can_be_ordered(
    api: Direct, spec: str, status: int, kind: str, code: str | None
) -> None:
    got, headers, data = api.raw("POST", _CHAT, _HELLO, x_sandbox_fail=spec)
    error = json.loads(data)["error"]
    assert (got, error["type"], error["code"]) == (status, kind, code)
    assert headers.get("retry-after") == ("0" if spec == "429" else None)


def test_failures_end_after_some_tries(api: Direct) -> None:
    def tries(key: str) -> list[int]:
        sent = {"x_sandbox_fail": "503*2", "idempotency_key": key}
        return [api.raw("POST", _CHAT, _HELLO, **sent)[0] for _ in range(4)]

    assert tries("one") == tries("two") == [503, 503, 200, 200]
    assert tries("one") == [200] * 4


def test_the_sdk_tries_again_until_it_works(served: Served) -> None:
    with served.client(max_retries=1) as client:
        sent = {"x-sandbox-fail": "429*1", "idempotency-key": "once"}
        assert client.chat.completions.create(**_HELLO, extra_headers=sent).choices


def test_connections_can_be_broken(api: Direct, served: Served) -> None:
    body = json.dumps({**_HELLO, "stream": True}).encode()
    headers = {"api-key": "k", "x-sandbox-fail": "cut:3"}
    chunks = iter(api.sandbox.handle("POST", _CHAT, headers, [body]).body)
    assert [next(chunks)[:5] for _ in range(3)] == [b"data:"] * 3
    with pytest.raises(ConnectionResetError):
        next(chunks)
    with served.client() as client, pytest.raises(openai.APIConnectionError):
        list(
            client.chat.completions.create(
                **_HELLO, stream=True, extra_headers={"x-sandbox-fail": "cut:3"}
            )
        )


def test_what_the_clients_body_raises_comes_out_again(api: Direct) -> None:
    def body() -> Iterator[bytes]:
        yield b'{"model": '
        raise OSError("the file is gone")

    with pytest.raises(OSError, match="the file is gone"):
        api.sandbox.handle("POST", _CHAT, {"api-key": "k"}, body())


def test_the_sdk_sees_the_errors_it_knows(served: Served) -> None:
    with served.client(api_key="bad-key") as client, pytest.raises(openai.AuthenticationError):
        client.models.list()
    failing = {"x-sandbox-fail": "429"}
    with served.client() as client:
        with pytest.raises(openai.RateLimitError):
            client.models.list(extra_headers=failing)
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(**{**_HELLO, "model": "no-such-model"})
        assert caught.value.code == "model_not_found"
        assert caught.value.param == "model"


def test_unknown_places_and_wrong_methods(api: Direct) -> None:
    assert api.error("GET", "/v1/no/such/place")[0] == 404
    assert api.error("GET", "/elsewhere")[0] == 404
    status, headers, _ = api.raw("DELETE", "/v1/chat/completions")
    assert status == 405
    assert headers["allow"] == "GET, POST"


@pytest.mark.parametrize("body", [b"{not json", b'"text"', b"[1]"])
def test_bodies_that_are_no_json_objects(api: Direct, body: bytes) -> None:
    assert api.error("POST", _CHAT, body)[0] == 400


@pytest.mark.parametrize("operation", _ALL, ids=lambda o: o.name)
def test_every_reply_is_labelled(api: Direct, operation: Operation) -> None:
    ids = {p.name: "nothing" for p in operation.parameters if p.place == "path"}
    _, headers, _ = api.raw(operation.method, _path(operation, ids))
    assert headers["x-request-id"].startswith("req_")
    assert headers["openai-version"]
    assert headers["openai-processing-ms"].isdigit()


_WITH_ID = [
    o
    for o in _ALL
    if "{" in o.path and "{fine_tuned_model_checkpoint}" not in o.path.rpartition("/")[0]
]


@pytest.mark.parametrize("operation", _WITH_ID, ids=lambda o: o.name)
def test_unknown_ids_are_not_found(api: Direct, operation: Operation) -> None:
    ids = {p.name: "nothing" for p in operation.parameters if p.place == "path"}
    body, query = _arguments(api, operation)
    status, error = api.error(operation.method, f"{_path(operation, ids)}?{query}", body)
    assert status == 404
    assert "nothing" in error["message"]


def _needed(operation: Operation) -> list[Parameter]:
    return [p for p in operation.parameters if p.required and p.place in ("body", "query")]


@pytest.mark.parametrize("operation", [o for o in _ALL if _needed(o)], ids=lambda o: o.name)
def test_missing_parameters_are_named(api: Direct, operation: Operation) -> None:
    ids = api.sandbox.seed(operation.name)
    needed = {p.name for p in _needed(operation)} | {n for s in operation.required for n in s}
    status, error = api.error(operation.method, _path(operation, ids), {})
    assert status == 400
    assert error["code"] == "missing_required_parameter"
    assert error["param"] in needed


def _mistakes() -> list[Any]:
    wrong: dict[str, Any] = {"string": 5, "integer": "five", "boolean": "yes", "number": "pi"}
    wrong |= {"map": [], "object": "text"}
    return [
        pytest.param(o, p.name, wrong[p.type], id=f"{o.name}-{p.name}")
        for o in _ALL
        for p in o.parameters
        if p.place == "body" and p.type in wrong
    ]


@pytest.mark.parametrize(("operation", "name", "value"), _mistakes())
def test_mistyped_parameters_are_named(
    api: Direct, operation: Operation, name: str, value: Any
) -> None:
    ids = {p.name: "nothing" for p in operation.parameters if p.place == "path"}
    query = "&".join(f"{p.name}=1" for p in _needed(operation) if p.place == "query")
    path = f"{_path(operation, ids)}{'&' if '?' in operation.path else '?'}{query}"
    status, error = api.error(operation.method, path, {**_plain(operation), name: value})
    assert (status, error["code"], error["param"]) == (400, "invalid_type", name)


def _plain(operation: Operation) -> dict[str, Any]:
    """Sample values that need no other object."""
    wanted = {n for s in operation.required[:1] for n in s}
    return {
        p.name: shapes.example(shapes.of(p), p.name)
        for p in operation.parameters
        if p.place == "body" and (p.required or p.name in wanted)
    }


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"messages": "hi"}, "messages", "invalid_type"),
        ({"messages": []}, "messages", "empty_array"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content", "invalid_type"),
        ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter"),
        ({"stop": 5}, "stop", "invalid_type"),
        ({"reasoning_effort": "immense"}, "reasoning_effort", "invalid_value"),
        ({"tools": [{"type": "function"}]}, "tools[0].function", "missing_required_parameter"),
    ],
)
def test_nested_mistakes_are_named_by_their_path(
    api: Direct, change: dict[str, Any], param: str, code: str
) -> None:
    status, error = api.error("POST", _CHAT, {**_HELLO, **change})
    assert (status, error["param"], error["code"]) == (400, param, code)


@pytest.mark.parametrize(
    "extra",
    [
        {"brand_new_parameter": {"a": 1}},
        {"model": "a-model-of-tomorrow"},
        {"messages": [{"role": "oracle", "content": "Hello"}]},
        {"messages": [{"role": "user", "content": [{"type": "hologram", "hologram": "…"}]}]},
        {"temperature": None, "stop": None},
    ],
)
def test_what_the_catalog_does_not_know_passes(api: Direct, extra: dict[str, Any]) -> None:
    assert api.json("POST", _CHAT, {**_HELLO, **extra})["choices"]


def test_rate_limits_are_told_where_a_model_works(sdk: OpenAI) -> None:
    raw = sdk.chat.completions.with_raw_response.create(**_HELLO)
    assert int(raw.headers["x-ratelimit-remaining-requests"]) > 0
    assert "x-ratelimit-limit-tokens" in raw.headers
    assert "x-ratelimit-limit-tokens" not in sdk.models.with_raw_response.list().headers
