"""The small parts: router, shapes, schemas, tokens, forms."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.catalog import load
from openai_cli.sandbox import generic, multipart, shapes, sse, tokens, validate, vectors
from openai_cli.sandbox.conform import conform
from openai_cli.sandbox.errors import ApiError
from openai_cli.sandbox.router import Router
from openai_cli.sandbox.table import BEHAVIOURS, behaviour

_ROUTES = [
    ("GET", "/videos/{video_id}", "videos.retrieve"),
    ("GET", "/videos/characters/{character_id}", "videos.get_character"),
    ("POST", "/videos/characters", "videos.create_character"),
    ("POST", "/videos/{video_id}/remix", "videos.remix"),
    ("POST", "/responses", "responses.create"),
    ("POST", "/responses?beta=true", "beta.responses.create"),
]


@pytest.mark.parametrize(
    ("method", "path", "query", "operation", "ids"),
    [
        ("GET", "/videos/video_1", {}, "videos.retrieve", {"video_id": "video_1"}),
        ("GET", "/videos/a%2Fb", {}, "videos.retrieve", {"video_id": "a/b"}),
        ("GET", "/videos/characters", {}, "videos.retrieve", {"video_id": "characters"}),
        ("GET", "/videos/characters/c", {}, "videos.get_character", {"character_id": "c"}),
        ("POST", "/videos/characters/remix", {}, "videos.remix", {"video_id": "characters"}),
        ("POST", "/videos/characters", {}, "videos.create_character", {}),
        ("POST", "/responses", {}, "responses.create", {}),
        ("POST", "/responses/", {"beta": ["false"]}, "responses.create", {}),
        ("POST", "/responses", {"beta": ["true"]}, "beta.responses.create", {}),
    ],
)
def test_routes(
    method: str, path: str, query: dict[str, list[str]], operation: str, ids: dict[str, str]
) -> None:
    match = Router(_ROUTES).match(method, path, query)
    assert (match.operation, match.ids) == (operation, ids)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/videos//remix", 404), ("DELETE", "/videos/v", 405)],
)
def test_no_routes(method: str, path: str, status: int) -> None:
    with pytest.raises(ApiError) as caught:
        Router(_ROUTES).match(method, path, {})
    assert caught.value.status == status


def test_every_operation_is_reached_by_its_own_path() -> None:
    router = Router((o.method, o.path, o.name) for o in load.operations())
    # Two pairs share one endpoint; the API answers both alike.
    twins = {"files.retrieve_content": "files.content"}
    twins["fine_tuning.checkpoints.permissions.list"] = (
        "fine_tuning.checkpoints.permissions.retrieve"
    )
    for operation in load.operations():
        path, _, query = operation.path.partition("?")
        ids = {p.name: f"x{n}" for n, p in enumerate(operation.parameters) if p.place == "path"}
        sent = {"beta": ["true"]} if query else {}
        match = router.match(operation.method, path.format(**ids), sent)
        assert match.operation == twins.get(operation.name, operation.name)
        assert match.ids == ids


def test_special_behaviours_belong_to_operations() -> None:
    names = set(load.names())
    for name in BEHAVIOURS:
        assert name in names
        assert callable(behaviour(name))
    assert behaviour("safety.cases.retrieve") is generic.handle


def _shapes() -> list[Any]:
    return [o.response.shape for o in load.operations() if o.response.shape is not None]


@pytest.mark.parametrize("shape", _shapes(), ids=str)
def test_made_values_are_of_their_shape(shape: Any) -> None:
    assert shapes.matches(shape, shapes.make(shape))
    assert shapes.matches(shape, shapes.fit(shape, {"id": 5, "object": [], "data": "text"}))


def test_fitting_keeps_what_fits_and_drops_the_rest() -> None:
    shape = {
        "object": {
            "id": {"type": "string", "required": True},
            "size": {"type": "integer", "required": True},
            "tags": {"type": {"array": "string"}, "required": True},
            "note": {"type": "string", "nullable": True, "required": True},
            "kind": {"type": {"enum": ["a", "b"]}, "required": True},
            "more": {"type": "string"},
        }
    }
    told = {"id": "1", "size": "big", "tags": ["x", 5], "note": None, "kind": "b", "secret": "s"}
    assert shapes.fit(shape, told) == {
        "id": "1",
        "size": 0,
        "tags": ["x", ""],
        "note": None,
        "kind": "b",
    }


def test_times_are_made_in_the_form_wanted() -> None:
    assert shapes.make("integer", "created_at", 1735689600) == 1735689600
    assert shapes.make("string", "created_at", 1735689600) == "2025-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("shape", "text", "value"),
    [
        ("integer", "5", 5),
        ("integer", "five", "five"),
        ("boolean", "true", True),
        ("boolean", "yes", "yes"),
        ("number", "1.5", 1.5),
        ("string", "5", "5"),
        ({"union": ["string", "integer"]}, "5", "5"),
        ({"array": "integer"}, ["1", "2"], [1, 2]),
        ({"array": "integer"}, "1", [1]),
        ({"union": ["string", {"array": "string"}]}, "a", "a"),
        ({"map": "integer"}, {"a": "1"}, {"a": 1}),
        ({"object": {"a": {"type": "integer"}}}, {"a": "1", "b": "2"}, {"a": 1, "b": "2"}),
    ],
)
def test_texts_become_what_their_parameter_is(shape: Any, text: Any, value: Any) -> None:
    assert validate.coerce(shape, text) == value


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "topic"),
        ({"type": ["null", "string"]}, "topic"),
        ({"type": "string", "maxLength": 3}, "top"),
        ({"type": "string", "minLength": 8}, "topic..."),
        ({"type": "string", "format": "date"}, "2026-01-01"),
        ({"enum": ["x", "y"]}, "x"),
        ({"const": 7}, 7),
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "integer", "exclusiveMaximum": 0}, -1),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        ({"type": "number"}, 1.0),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3}, [1, 1, 1]),
        ({"type": "array", "maxItems": 0}, []),
        ({"anyOf": [{"type": "null"}, {"const": 1}]}, 1),
        (
            {"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]},
            {"a": 1, "b": 2},
        ),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"const": 5}}}, 5),
    ],
)
def test_schemas_are_satisfied(schema: Any, value: Any) -> None:
    assert conform(schema, "topic") == value


def test_schemas_that_contain_themselves_come_to_an_end() -> None:
    node: dict[str, Any] = {"type": "object", "required": ["name", "next", "all"]}
    node["properties"] = {
        "name": {"type": "string"},
        "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
        "all": {"type": "array", "items": {"$ref": "#/$defs/node"}},
    }
    value = conform({"$ref": "#/$defs/node", "$defs": {"node": node}}, "x")
    depth = 0
    while value:
        assert set(value) == {"name", "next", "all"}
        value, depth = value["next"], depth + 1
    assert 0 < depth < 12


@given(st.text())
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens.split(text)) == text


def test_texts_are_cut_at_tokens() -> None:
    assert tokens.cut("one two three", 2) == ("one two", True)
    assert tokens.cut("one two", 2) == ("one two", False)
    assert tokens.cut("one two", None) == ("one two", False)


@given(st.text(), st.text())
def test_likeness_is_a_cosine(first: str, second: str) -> None:
    one, other = vectors.features(first), vectors.features(second)
    assert -1e-9 <= vectors.likeness(one, other) <= 1 + 1e-9
    assert not one or vectors.likeness(one, one) == pytest.approx(1)


@given(st.recursive(st.text() | st.integers(), lambda v: st.dictionaries(st.text(), v)))
def test_an_event_is_one_line(value: Any) -> None:
    event = sse.encode(value)
    assert event.startswith(b"data: ")
    assert event.endswith(b"\n\n")
    assert event.count(b"\n") == event.count(b"\r") + 2 == 2


def test_form_names_are_put_together() -> None:
    pairs = [("a[]", "1"), ("a[]", "2"), ("b[c]", "3"), ("b[d][e]", "4"), ("x", "1"), ("x", "2")]
    assert multipart.nested([*pairs, ("k[z][]", "q"), ("k[z][]", "r"), ("s", "t")]) == {
        "a": ["1", "2"],
        "b": {"c": "3", "d": {"e": "4"}},
        "x": ["1", "2"],
        "k": {"z": ["q", "r"]},
        "s": "t",
    }


@given(st.integers(1, 40))
def test_forms_may_come_in_pieces_of_any_size(size: int) -> None:
    folder = Path(tempfile.mkdtemp())
    body = (
        b'--b\r\nContent-Disposition: form-data; name="session"\r\n'
        b'Content-Type: application/json\r\n\r\n{"a": 1}\r\n'
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="\xc3\xbc.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n1\r\n--not the end\r\n--b--\r\n"
    )
    pieces = (body[n : n + size] for n in range(0, len(body), size))
    form = multipart.parse("multipart/form-data; boundary=b", pieces, lambda: folder / "draft")
    assert form.fields == [("session", {"a": 1})]
    [upload] = form.uploads
    assert (upload.filename, upload.content_type) == ("ü.txt", "text/plain")
    assert upload.text() == "1\r\n--not the end"
    form.discard()
    folder.rmdir()
