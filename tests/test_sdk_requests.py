"""Every operation, sent by the official SDK and by oai, is the same request on the wire.

Both sides get the same values, made from the parameters' types with text that is hard to encode,
and both send into a transport that only records: method, target, headers and body are compared.
"""

from __future__ import annotations

import inspect
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from functools import cache
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI
from openai._qs import Querystring

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation, Parameter
from openai_cli.core import request
from openai_cli.core.errors import UsageError
from openai_cli.core.http import Hooks, Http
from openai_cli.core.keys import KeySource
from openai_cli.core.request import FileValue
from openai_cli.core.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

BASE = "https://api.example/v1"
DEPTH = 4
TEXT = 'a b/c?d#e%2F&f=g+h;"ü\u20ac\U0001f600\n'
SEGMENT = "id 1/2?3#4%2F&5=6+7;8:9@ü"

# What the SDK adds of its own accord, where the API has another default.
ADDED = {"embeddings.create": {"encoding_format": "base64"}}


@dataclass
class Sent:
    """One request as the transport saw it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any

    @classmethod
    def of(cls, method: str, target: str, headers: Mapping[str, str], content: bytes) -> Sent:
        """The parts that matter; a body by its meaning."""
        path, _, query = target.partition("?")
        kind = headers.get("content-type", "") if content else ""  # of nothing, it says nothing
        names = ("authorization", "openai-beta", "accept", "idempotency-key")
        kept = {name: headers[name] for name in names if name in headers}
        pairs = parse_qsl(query, keep_blank_values=True)
        return cls(method, path, pairs, kept | _kind(kind), _body(kind, content))


def _kind(content_type: str) -> dict[str, str]:
    """The type of the body; the boundary of a form is nobody's business."""
    return {"content-type": content_type.partition(";")[0]} if content_type else {}


def _body(content_type: str, content: bytes) -> Any:
    if content_type.startswith("multipart/form-data"):
        return sorted(_parts(content_type, content), key=lambda part: part[0])
    if content_type.startswith("application/json"):
        return json.loads(content)
    return content


def _parts(content_type: str, content: bytes) -> Iterator[tuple[Any, ...]]:
    """Name, filename, type and value of each part of a form."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    for part in BytesParser(policy=HTTP).parsebytes(head + content).iter_parts():
        value: Any = part.get_payload(decode=True)
        kind = str(part["content-type"]) if "content-type" in part else None
        if kind == "application/json":
            value = json.loads(value)
        named = part["content-disposition"].params
        yield named["name"], named.get("filename"), kind, value


# The two sides


class _Stop(BaseException):
    """Raised by the transport; no `except Exception` of the SDK takes it for a failure."""

    def __init__(self, sent: Sent) -> None:
        self.sent = sent


class _Transport(httpx2.BaseTransport):
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        target = request.url.raw_path.decode("ascii")
        raise _Stop(Sent.of(request.method, target, request.headers, request.read()))


@cache
def sdk() -> OpenAI:
    http = httpx2.Client(transport=_Transport())
    return OpenAI(
        api_key="sk-1", admin_api_key="sk-2", base_url=BASE, http_client=http, max_retries=0
    )


def method_of(name: str) -> Callable[..., Any]:
    method: Callable[..., Any] = attrgetter(name)(sdk())
    return method


def by_sdk(operation: Operation, values: Mapping[str, Any]) -> Sent:
    """The SDK's request; files as its tuples."""
    with pytest.raises(_Stop) as stopped:
        method_of(operation.name)(**{name: _for_sdk(value) for name, value in values.items()})
    return stopped.value.sent


def _for_sdk(value: Any) -> Any:
    if isinstance(value, FileValue):
        file = (value.filename, value.source)
        return (*file, value.content_type) if value.content_type else file
    return [_for_sdk(item) for item in value] if isinstance(value, list) else value


class Recording:
    """A server inside the process that keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def handle(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterator[bytes]
    ) -> Any:
        """Any answer will do."""
        self.sent.append(Sent.of(method, target, headers, b"".join(body)))
        return 200, [], iter([b"{}"])

    def connect(self, target: str, headers: Mapping[str, str]) -> Any:
        """Nothing here is a session."""
        raise AssertionError(target)


def by_oai(operation: Operation, values: Mapping[str, Any]) -> Sent:
    """Ours, through `request.build` and `http`."""
    seen = Recording()
    key, admin_key = KeySource("env", "ONE"), KeySource("env", "TWO")
    http = Http(
        Settings(base_url=BASE, api_key=key, admin_key=admin_key),
        {"ONE": "sk-1", "TWO": "sk-2"},
        "0",
        local=seen,
        hooks=Hooks(opener=lambda file: io.BytesIO(_content(file))),
    )
    http.open(request.build(operation, values), auth=operation.auth).close()
    http.close()
    return seen.sent[0]


def _content(file: FileValue) -> bytes:
    assert isinstance(file.source, bytes)
    return file.source


def assert_same(operation: Operation, values: Mapping[str, Any]) -> None:
    wanted, made = by_sdk(operation, values), by_oai(operation, values)
    for name, value in ADDED.get(operation.name, {}).items():
        if name not in values:
            assert wanted.body.pop(name) == value
    assert made == wanted


# Values


def sample(shape: Any, depth: int = 0) -> Any:
    """A value of a structured type, with everything in it that fits into `DEPTH` levels."""
    if isinstance(shape, str):
        return SCALARS[shape]
    if "union" in shape:
        return sample(shape["union"][0], depth)
    if "enum" in shape:
        return shape["enum"][-1]
    if "array" in shape:
        return [] if depth >= DEPTH else [sample(shape["array"], depth + 1)] * 2
    if "map" in shape:
        return {} if depth >= DEPTH else {"k&1": sample(shape["map"], depth + 1)}
    fields = load.shape(shape["ref"])["object"]
    return {
        name: sample(field["type"], depth + 1)
        for name, field in fields.items()
        if field.get("required") or depth < DEPTH
    }


SCALARS: dict[str, Any] = {
    "string": TEXT,
    "integer": 3,
    "number": 0.5,
    "boolean": True,
    "any": {"x y": [1, None, TEXT], "z": False},
    "null": None,
    "file": FileValue(b"\x00\r\n--\xff", "a b\u00fc.jsonl"),
}


def value_of(operation: Operation, parameter: Parameter) -> Any:
    if parameter.place == "path":
        return SEGMENT
    if parameter.place == "header":
        return ["a", "b"] if parameter.join else "key-1"
    return sample(parameter.shape or parameter.type)


def alternatives(operation: Operation) -> list[list[Parameter]]:
    """The smallest sets of parameters an operation can be called with."""
    plain = [p for p in operation.parameters if p.required]
    sets = [[p for p in operation.parameters if p.name in names] for names in operation.required]
    return sets or [plain]


def members(parameter: Parameter) -> list[Any]:
    shape = parameter.shape
    return list(shape["union"]) if isinstance(shape, dict) and "union" in shape else [shape]


OPERATIONS = list(load.operations())
every = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)


def values_of(operation: Operation, parameters: list[Parameter]) -> dict[str, Any]:
    return {p.name: value_of(operation, p) for p in parameters}


@every
def test_with_what_is_required(operation: Operation) -> None:
    for parameters in alternatives(operation):
        assert_same(operation, values_of(operation, parameters))


@every
def test_with_everything(operation: Operation) -> None:
    assert_same(operation, values_of(operation, list(operation.parameters)))


@every
def test_with_each_parameter_alone_in_each_of_its_types(operation: Operation) -> None:
    """One parameter beside the required ones, once for each member of its union."""
    least = values_of(operation, alternatives(operation)[0])
    for parameter in operation.parameters:
        if parameter.place != "body" or (len(members(parameter)) == 1 and parameter.name in least):
            continue
        for shape in members(parameter):
            if parameter.type == "file|object" and shape != "file":
                continue  # see the next test
            value = sample(shape or parameter.type)
            assert_same(operation, {**least, parameter.name: value})


@pytest.mark.parametrize(
    ("name", "parameter", "given", "part"),
    [
        ("videos.create", "input_reference", {"file_id": "f"}, "input_reference[file_id]"),
        ("videos.edit", "video", {"id": "v"}, "video[id]"),
        ("videos.extend", "video", {"id": "v"}, "video[id]"),
    ],
)
def test_an_object_in_place_of_a_file(name: str, parameter: str, given: Any, part: str) -> None:
    """The SDK declares it and then refuses it; we send it as every other object of a form."""
    operation = load.operation(name)
    values = {**values_of(operation, alternatives(operation)[0]), parameter: given}
    with pytest.raises(RuntimeError, match=parameter):
        method_of(name)(**values)
    assert (part, None, None, next(iter(given.values())).encode()) in by_oai(operation, values).body


@every
def test_with_null(operation: Operation) -> None:
    """Null is said in JSON, and left out of queries, headers and forms."""
    least = values_of(operation, alternatives(operation)[0])
    nulls = {p.name: None for p in operation.parameters if p.nullable and p.name not in least}
    if nulls:
        assert_same(operation, {**least, **nulls})


@pytest.mark.parametrize(
    "operation",
    [o for o in OPERATIONS if o.stream and o.stream.ask != "always"],
    ids=lambda o: o.name,
)
@pytest.mark.parametrize("stream", [True, False])
def test_with_stream(operation: Operation, stream: bool) -> None:
    least = values_of(operation, alternatives(operation)[0])
    assert_same(operation, {**least, "stream": stream})


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.multipart], ids=lambda o: o.name)
def test_with_files(operation: Operation) -> None:
    """One file, a list of one, a list of two; with the type of its content and without."""
    least = values_of(operation, alternatives(operation)[0])
    plain = FileValue(b"\x00one", "one.png")
    typed = FileValue("zwei\u00fc".encode(), "\u00fc 2.bin", "audio/x-own")
    for parameter in operation.parameters:
        if "file" in parameter.type.split("|"):
            for value in (plain, typed):
                assert_same(operation, {**least, parameter.name: value})
        if "array<file>" in parameter.type.split("|"):
            for several in ([plain], [plain, typed]):
                assert_same(operation, {**least, parameter.name: several})


def test_every_parameter_of_the_sdk_is_tried() -> None:
    """The values above are given by API name: it must be the SDK's own for all of them."""
    own = {"extra_headers", "extra_query", "extra_body", "timeout", "output_type", "tool_handlers"}
    for operation in OPERATIONS:
        declared = set(inspect.signature(method_of(operation.name)).parameters) - own
        assert {p.name for p in operation.parameters} == declared, operation.name


def test_a_list_in_a_query_repeats_its_name_with_brackets() -> None:
    """Written out once, should both sides be wrong in the same way."""
    operation = load.operation("responses.retrieve")
    made = request.build(operation, {"response_id": "r/1", "include": ["a", "b"], "stream": True})
    assert (made.path, made.body) == ("/responses/r%2F1", None)
    assert made.query == [("include[]", "a"), ("include[]", "b"), ("stream", "true")]


@pytest.mark.parametrize("value", [".", "..", ""])
def test_a_path_value_cannot_lead_elsewhere(value: str) -> None:
    with pytest.raises(UsageError):
        request.build(load.operation("files.retrieve"), {"file_id": value})
    with pytest.raises(ValueError):
        method_of("files.retrieve")(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(min_size=1), JSON))
def test_values_are_flattened_as_the_sdk_does(values: dict[str, Any]) -> None:
    wanted = Querystring(array_format="brackets").stringify_items(values)
    assert [pair for name, value in values.items() for pair in request.pairs(name, value)] == wanted


@given(st.text(min_size=1).filter(lambda text: "\x00" not in text))
def test_path_values_are_encoded_as_the_sdk_does(value: str) -> None:
    operation = load.operation("containers.files.retrieve")
    values = {"container_id": "c", "file_id": value}
    try:
        made = request.build(operation, values)
    except UsageError:
        with pytest.raises(ValueError):
            method_of(operation.name)(**values)
        return
    assert "/v1" + made.path == by_sdk(operation, values).path
